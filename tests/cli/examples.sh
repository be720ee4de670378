#!/bin/sh
# SPDX-License-Identifier: MIT
# The examples do what the README says.
# shellcheck source=tests/cli/lib.sh
. "${0%/*}/lib.sh"

examples=$DMASPAN_O/examples

hello() {
	expect 0 "$examples/hello" "$device"
	grep -q '^came back: hello, device$' "$work/out"
}

readme_shows_it() {
	program=${0%/*}/../../examples/hello.c
	sed -n '/^int main/,/^}/p' "$program" >"$work/program"
	[ -s "$work/program" ]
	# shellcheck disable=SC2016 # the marks of Markdown
	sed -n '/^```c$/,/^```$/p' "${0%/*}/../../README.md" | sed '/^```/d' | cmp - "$work/program"
}

direct() {
	make_input "$work/in" 4096
	dmaspan play "$device" "$work/in" >/dev/null 2>&1 &
	expect 0 "$examples/direct" "$device" "$disk/direct"
	wait
	cmp "$work/in" "$disk/direct"
	rm "$disk/direct"
}

no_device() {
	expect 1 "$examples/hello" nothing
	err_says 'open'
	err_lines 1
}

run_cases hello readme_shows_it direct no_device
