# SPDX-License-Identifier: MIT
# bash completion for dmaspan

_dmaspan_devices() {
	local node

	for node in /dev/dmaspan/*; do
		[[ -e $node ]] && printf '%s\n' "${node##*/}"
	done
}

_dmaspan() {
	local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD-1]}
	local verb=${COMP_WORDS[1]-} opts args=0 i

	COMPREPLY=()
	if ((COMP_CWORD == 1)); then
		mapfile -t COMPREPLY < <(compgen -W \
			"list info play capture copy bench check --help --version" -- "$cur")
		return
	fi

	case $verb in
	play) opts="-b --block -c --channel -n --bytes --direct -o --json --help" ;;
	capture) opts="-o --output -b --block -c --channel -n --bytes --direct --json --help" ;;
	copy) opts="-b --block -c --channel -n --bytes --direct --json --help" ;;
	list | info | bench) opts="-o --json --help" ;;
	check)
		if ((COMP_CWORD == 2)) && [[ $cur == -* ]]; then
			mapfile -t COMPREPLY < <(compgen -W "--json --help" -- "$cur")
		elif ((COMP_CWORD == 2)); then
			mapfile -t COMPREPLY < <(compgen -c -- "$cur")
		else
			compopt -o default
		fi
		return
		;;
	*) return ;;
	esac

	case $prev in
	-o | --output)
		if [[ $verb == capture ]]; then
			compopt -o default
		else
			mapfile -t COMPREPLY < <(compgen -W json -- "$cur")
		fi
		return
		;;
	-b | --block | -n | --bytes | -c | --channel)
		return
		;;
	esac

	if [[ $cur == -* ]]; then
		mapfile -t COMPREPLY < <(compgen -W "$opts" -- "$cur")
		return
	fi

	# The device is the first argument that is neither an option nor its value
	for ((i = 2; i < COMP_CWORD; i++)); do
		case ${COMP_WORDS[i]} in
		-o | --output | -b | --block | -n | --bytes | -c | --channel) ((i++)) ;;
		-*) ;;
		*) ((args++)) ;;
		esac
	done
	if ((args == 0)) && [[ $verb != list ]]; then
		mapfile -t COMPREPLY < <(compgen -W "$(_dmaspan_devices)" -- "$cur")
	elif [[ $verb == play || $verb == copy ]]; then
		compopt -o default
	fi
}

complete -F _dmaspan dmaspan
