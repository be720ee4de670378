#!/bin/sh
# SPDX-License-Identifier: MIT
# What goes wrong while data flows: the object, the call and the cause, and what is safe.  timeout: 120
# shellcheck source=tests/cli/lib.sh
. "${0%/*}/lib.sh"

no_input() {
	expect 1 dmaspan play "$device" "$work/none"
	err_says "$work/none.*No such file"
	err_lines 1
}

no_output() {
	make_input "$work/in" 100
	expect 1 dmaspan copy "$device" "$work/in" "$work/none/out"
	err_says "$work/none/out.*No such file"
	err_lines 1
}

input_too_short() {
	make_input "$work/in" 500
	# The pipe's end comes before the number of bytes that was asked for.
	expect 1 sh -c "cat '$work/in' | dmaspan copy -n 600 $device /dev/stdin '$work/out2'"
	err_says "/dev/stdin"
}

# A disk of 8 KiB
disk_full() {
	mkdir "$work/full"
	mount -t tmpfs -o size=8k tmpfs "$work/full"
	make_input "$work/in" 20000
	expect 1 dmaspan copy -b 2K "$device" "$work/in" "$work/full/out" || bad=1
	length=$(wc -c <"$work/full/out")
	cmp -n "$length" "$work/in" "$work/full/out" || bad=1
	umount "$work/full"
	[ -z "${bad:-}" ]
	err_says "full/out.*No space"
	err_says "$length bytes are safe"
	[ "$length" -ge 6144 ]
}

# The same around the page cache, on ext4
disk_full_direct() {
	modprobe loop
	truncate -s 1M "$disk/small"
	mkfs.ext4 -q -F -O ^has_journal -m 0 "$disk/small"
	mkdir -p "$work/small"
	mount -o loop "$disk/small" "$work/small"
	free=$(df -k --output=avail "$work/small" | tail -n 1)
	head -c $(((free - 8) * 1024)) /dev/zero >"$work/small/ballast"
	make_input "$disk/cli-in" 20000
	expect 1 dmaspan copy --direct -b 2K "$device" "$disk/cli-in" "$work/small/out" || bad=1
	cat "$work/err"
	length=$(wc -c <"$work/small/out")
	cmp -n "$length" "$disk/cli-in" "$work/small/out" || bad=1
	umount "$work/small"
	rm -f "$disk/small" "$disk/cli-in"
	[ -z "${bad:-}" ]
	err_says "small/out.*No space"
	err_says "$length bytes are safe"
}

busy_channel() {
	dmaspan capture -o "$work/out2" "$device" >"$work/log2" 2>&1 &
	pid=$!
	sleep 1
	expect 1 dmaspan capture -c rx -o "$work/out3" "$device"
	err_says "rx.*process $pid"
	expect 1 dmaspan capture -o "$work/out3" "$device"
	err_says "in use"
	[ ! -e "$work/out3" ]
	kill -TERM $pid
	wait $pid
}

device_goes() {
	address=$(dmaspan info -o json "$device" | jq -r .bus_name)
	address=${address#pci/}
	driver=/sys/bus/pci/drivers/dmaspan_edu
	dmaspan capture -o "$work/out2" "$device" >"$work/log2" 2>"$work/err" &
	pid=$!
	sleep 1
	echo "$address" >$driver/unbind
	status=0
	wait $pid || status=$?
	expect_none=0
	dmaspan info "$device" >/dev/null 2>&1 || expect_none=$?
	echo "$address" >$driver/bind
	for _ in 1 2 3 4 5 6 7 8 9 10; do
		[ ! -e /dev/dmaspan/$device ] || break
		sleep 0.2
	done
	[ "$status" = 1 ]
	[ "$expect_none" = 3 ]
	err_says "$device"
	err_says 'gone'
	err_says '0 bytes are safe'
}

limit_reached() {
	limit=/sys/class/dmaspan/$device/limit
	old=$(cat $limit)
	echo 4096 >$limit
	make_input "$work/in" 100
	expect 1 dmaspan play "$device" "$work/in" || bad=1
	echo "$old" >$limit
	[ -z "${bad:-}" ]
	err_says "$device.*limit"
	err_lines 1
}

run_cases no_input no_output input_too_short disk_full disk_full_direct busy_channel \
	device_goes limit_reached
