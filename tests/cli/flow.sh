#!/bin/sh
# SPDX-License-Identifier: MIT
# dmaspan play, capture, copy: the bytes come back, and the summary is true.  timeout: 120
# shellcheck source=tests/cli/lib.sh
. "${0%/*}/lib.sh"

class() {
	case $DMASPAN_MODE in
	plain) echo direct ;;
	iommu) echo iommu ;;
	bounce) echo bounced ;;
	esac
}

copies() {
	make_input "$work/in" 9001
	expect 0 dmaspan copy -b 2K "$device" "$work/in" "$work/copied"
	cmp "$work/in" "$work/copied"
	grep -q '^copy: 9001 bytes' "$work/out"
	grep -q 'segments: [1-9]' "$work/out"
}

copies_direct() {
	copied=0
	[ "$DMASPAN_MODE" != bounce ] || copied=2
	make_input "$disk/cli-in" 8192
	sync
	expect 0 dmaspan copy --json --direct -b 2K "$device" "$disk/cli-in" "$disk/cli-out"
	cmp "$disk/cli-in" "$disk/cli-out"
	json ".command == \"copy\" and .bytes == 8192 and .direct == true"
	json ".cpu_copies == $copied and .class == \"$(class)\""
	json '.segments[0].address | test("^0x[0-9a-f]+$")'
	json '.seconds > 0 and .device == "edu0"'
	rm -f "$disk/cli-in" "$disk/cli-out"
}

# A length that O_DIRECT cannot write: the file must still end where the data does.
copies_an_odd_length_direct() {
	make_input "$disk/cli-in" 4097
	sync
	expect 0 dmaspan copy --direct -b 2K "$device" "$disk/cli-in" "$disk/cli-out"
	cmp "$disk/cli-in" "$disk/cli-out"
	rm -f "$disk/cli-in" "$disk/cli-out"
}

plays_and_captures() {
	make_input "$work/in" 6000
	dmaspan capture -o "$disk/cli-out" -n 6000 -b 2K --direct "$device" >"$work/log2" 2>&1 &
	pid=$!
	sleep 1
	expect 0 dmaspan play -o json -b 2K -n 6000 "$device" "$work/in"
	json '.command == "play" and .bytes == 6000 and .channel == "tx"'
	wait $pid
	cmp "$work/in" "$disk/cli-out"
	grep -q '^capture: 6000 bytes' "$work/log2"
	rm -f "$disk/cli-out"
}

captures_until_a_signal() {
	make_input "$work/in" 3000
	dmaspan capture --json -o "$work/out2" -b 1K "$device" >"$work/log2" 2>&1 &
	pid=$!
	sleep 1
	expect 0 dmaspan play -b 1K "$device" "$work/in"
	sleep 2
	kill -INT $pid
	wait $pid
	[ "$(jq .bytes "$work/log2")" = "$(wc -c <"$work/out2")" ]
	cmp -n "$(wc -c <"$work/out2")" "$work/in" "$work/out2"
	[ "$(wc -c <"$work/out2")" -ge 1024 ]
}

plays_from_a_pipe() {
	dmaspan capture -o "$work/out2" -n 700 -b 700 "$device" >"$work/log2" 2>&1 &
	pid=$!
	sleep 1
	make_input "$work/in" 700
	expect 0 sh -c "cat '$work/in' | dmaspan play -b 512 $device /dev/stdin"
	wait $pid
	cmp "$work/in" "$work/out2"
}

chosen_channels() {
	make_input "$work/in" 100
	expect 0 dmaspan copy -c tx,rx "$device" "$work/in" "$work/out2"
	cmp "$work/in" "$work/out2"
	expect 1 dmaspan play -c rx "$device" "$work/in"
	err_says 'rx'
	expect 1 dmaspan play -c none "$device" "$work/in"
	err_says "none"
}

nothing_to_copy() {
	: >"$work/empty"
	expect 0 dmaspan copy "$device" "$work/empty" "$work/out2"
	[ -e "$work/out2" ]
	[ ! -s "$work/out2" ]
}

run_cases copies copies_direct copies_an_odd_length_direct plays_and_captures \
	captures_until_a_signal plays_from_a_pipe chosen_channels nothing_to_copy
