# SPDX-License-Identifier: MIT
# What the tests of the command line share: cases are functions, run under "set -e".
# shellcheck shell=sh
work=$(mktemp -d)
trap 'umount -l "$work"/* 2>/dev/null; rm -rf "$work"' EXIT
# shellcheck disable=SC2034 # for those that source this
disk=/mnt/nvme
# shellcheck disable=SC2034
device=edu0

# Run a command: its status must be the first argument; output in $work/out and $work/err.
expect() {
	want=$1
	shift
	status=0
	"$@" >"$work/out" 2>"$work/err" || status=$?
	if [ "$status" != "$want" ]; then
		echo "$*: status $status, want $want"
		cat "$work/out" "$work/err"
		return 1
	fi
}

err_says() {
	grep -q -e "$1" "$work/err" || {
		echo "no '$1' on standard error:"
		cat "$work/err"
		return 1
	}
}

err_lines() {
	[ "$(wc -l <"$work/err")" -le "$1" ] || {
		echo "more than $1 lines on standard error:"
		cat "$work/err"
		return 1
	}
}

# A jq expression that must hold for the output
json() {
	jq -e "$1" "$work/out" >/dev/null || {
		echo "not so: $1"
		cat "$work/out"
		return 1
	}
}

# FILE BYTES: what no two blocks of are alike
make_input() {
	head -c "$2" /dev/urandom >"$1"
}

# Not within an "if": that would switch "set -e" off.
run_cases() {
	echo "1..$#"
	number=0
	for one in "$@"; do
		number=$((number + 1))
		(
			set -e
			"$one"
		) >"$work/log" 2>&1
		status=$?
		if [ $status = 0 ]; then
			echo "ok $number - $one"
		else
			sed 's/^/# /' "$work/log"
			echo "not ok $number - $one"
		fi
	done
}
