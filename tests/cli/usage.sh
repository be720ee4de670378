#!/bin/sh
# SPDX-License-Identifier: MIT
# Bad arguments: status 2, one line that says which, and a hint.  timeout: 120
# shellcheck source=tests/cli/lib.sh
. "${0%/*}/lib.sh"

# Arguments of dmaspan; what the message must name
wrong() {
	name=$1
	shift
	expect 2 dmaspan "$@"
	err_says "^dmaspan: .*$name"
	err_says '--help'
	err_lines 2
	[ ! -s "$work/out" ]
}

verbs() {
	wrong verb
	wrong fly fly
	wrong -- --fly --fly
	wrong '' ''
}

arguments() {
	wrong missing info
	wrong missing play "$device"
	wrong missing copy "$device" in
	wrong more info "$device" more
	wrong more play "$device" in more
	wrong more list more
	wrong empty info ''
	wrong missing capture -o "$work/x"
}

options() {
	wrong '-z' list -z
	wrong 'fly' list --fly
	wrong 'xml' list -o xml
	wrong 'o' info "$device" -o
	wrong 'no option' info --block 5 "$device"
	wrong '-o FILE' capture "$device"
	wrong 'direct' info --direct=5 "$device"
}

numbers() {
	for number in 0 -1 1x '' 99999999999999999999 18446744073709551615G; do
		wrong "'$number'" capture -o "$work/x" -n "$number" "$device"
	done
	wrong "'1KB'" capture -o "$work/x" -b 1KB "$device"
	wrong "'0'" capture -o "$work/x" -b 0 "$device"
	[ ! -e "$work/x" ]
}

same_file() {
	make_input "$work/same" 100
	ln "$work/same" "$work/link"
	wrong same copy "$device" "$work/same" "$work/link"
	[ "$(wc -c <"$work/same")" = 100 ]
}

run_cases verbs arguments options numbers same_file
