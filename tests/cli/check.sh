#!/bin/sh
# SPDX-License-Identifier: MIT
# dmaspan check, with the examples that docs/testing-without-hardware.md shows.  timeout: 150
# shellcheck disable=SC2016 # the marks of Markdown, another shell's variable
# shellcheck source=tests/cli/lib.sh
. "${0%/*}/lib.sh"

examples=$DMASPAN_O/examples
page=${0%/*}/../../docs/testing-without-hardware.md
strict=/sys/bus/platform/devices/dmaspan_virt.0

finds_four_mistakes() {
	expect 1 dmaspan check -- "$examples/forgetful" virt0
	err_says '^virt0: stale-read, at device-read of 65536 bytes at offset 0 of'
	err_says '^virt0: not-taken, at unmap of 65536 bytes at offset 0 of'
	err_says '^virt0: not-taken, at unmap of 61440 bytes at offset 4096 of'
	err_says '^virt0: in-flight, at sync-for-cpu of 65536 bytes at offset 0 of'
	err_says '^virt0: abandoned, at close of channel source'
	err_says ' 5 mistakes found$'
}

# Mappings are numbered from when the module was loaded.
page_shows_it() {
	dmaspan check -- "$examples/forgetful" virt0 2>"$work/err" >/dev/null || true
	sed -n '/^\$ dmaspan check -- /,/^```$/p' "$page" | sed -e '1d' -e '$d' |
		sed 's/ mapping [0-9]*/ mapping N/' >"$work/shown"
	[ -s "$work/shown" ]
	sed -e "s|$examples/|examples/|" -e 's/ mapping [0-9]*/ mapping N/' "$work/err" | diff "$work/shown" -
	diff "${0%/*}/../../examples/forgetful.c" "${0%/*}/../../examples/careful.c" |
		grep '^[<>]' >"$work/differ"
	sed -n '/^```diff$/,/^```$/p' "$page" | grep '^[<>]' | diff "$work/differ" -
	for name in play capture capture_tail capture_quickly; do
		sed -n "/^static void $name(/,/^}/p" "${0%/*}/../../examples/forgetful.c" >"$work/function"
		sed -n "/^static void $name(/,/^}/p" "$page" | cmp - "$work/function"
	done
}

finds_nothing_wrong() {
	expect 0 dmaspan check -- "$examples/careful" virt0
	err_says ' 0 mistakes found$'
	[ "$(grep -c 'last sample 16383$' "$work/out")" = 3 ]
}

# What is to be found is that nothing is found: the PC hides it.
coherent_hides_them() {
	expect 0 dmaspan check -- "$examples/forgetful" virt1
	err_says ' 0 mistakes found$'
}

reports_json() {
	expect 1 dmaspan check --json "$examples/forgetful" virt0
	sed -i '/last sample/d' "$work/out"
	json 'length == 5 and .[0].kind == "stale-read" and .[0].length == 65536'
	json '.[4].kind == "abandoned" and .[4].access == "source"'
	expect 0 dmaspan check --json "$examples/careful" virt0
	sed -i '/last sample/d' "$work/out"
	json 'length == 0'
}

# A driver of programs' calls: python's ioctl, a mapping that does not exist.
reports_refused_calls() {
	expect 1 dmaspan check -- python3 -c '
import fcntl, struct
node = open("/dev/dmaspan/virt0", "r+b", buffering=0)
try:
    fcntl.ioctl(node, 0xDA06, struct.pack("IIII", 16, 0, 77, 0))
except OSError as error:
    print(error)
'
	err_says '^virt0: refused, at unmap of mapping 77$'
	err_says ' 1 mistake found$'
}

# The tools of our own, whatever the way they end.
own_tools_are_clean() {
	for options in "-b 64K" "-b 4K" "-b 1000"; do
		# shellcheck disable=SC2086 # two words
		expect 0 dmaspan check -- dmaspan capture -c source -n 256000 $options -o "$disk/samples" virt0
		# shellcheck disable=SC2086
		expect 0 dmaspan check -- dmaspan play -c sink $options virt0 "$disk/samples"
		[ "$(cat $strict/sink/errors)" = 0 ]
	done
	expect 0 dmaspan check -- timeout --foreground --preserve-status -s INT 1 dmaspan capture -c source -o /dev/null virt0
	err_says ' 0 mistakes found$'
	rm "$disk/samples"
}

passes_the_status_on() {
	expect 7 dmaspan check -- sh -c 'exit 7'
	expect 137 dmaspan check sh -c 'kill -9 $$'
	expect 127 dmaspan check -- /nonexistent
	err_says '/nonexistent'
	expect 0 dmaspan check sh -c '[ "$DMASPAN_DEVICE" = virt0 ]'
	expect 2 dmaspan check
	[ "$(cat $strict/latency_us)" = 0 ]
}

# Whoever ends it ends the program, and devices are as fast as before.
passes_signals_on() {
	for signal in 1 15; do
		dmaspan check -- sleep 100 2>"$work/err" &
		pid=$!
		for _ in 1 2 3 4 5 6 7 8 9 10; do
			[ "$(cat $strict/latency_us)" = 0 ] || break
			sleep 0.5
		done
		[ "$(cat $strict/latency_us)" != 0 ]
		kill -$signal $pid
		status=0
		wait $pid || status=$?
		[ "$status" = "$((128 + signal))" ]
		err_says ' 0 mistakes found$'
		[ "$(cat $strict/latency_us)" = 0 ]
	done
}

run_cases finds_four_mistakes page_shows_it finds_nothing_wrong coherent_hides_them reports_json \
	reports_refused_calls own_tools_are_clean passes_the_status_on passes_signals_on
