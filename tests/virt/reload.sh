#!/bin/sh
# SPDX-License-Identifier: MIT
# The module is loaded, unloaded and refused to be, and the device unbound, while kernel clients hold channels.  timeout: 240
# shellcheck source=tests/virt/lib.sh
. "${0%/*}/lib.sh"
params=/sys/module/dmatest/parameters

unbind() {
	timeout 10 sh -c "echo dmaspan_virt.$1 >$driver/unbind"
}

bind() {
	timeout 10 sh -c "echo dmaspan_virt.$1 >$driver/bind"
}

unload() {
	timeout 20 rmmod dmaspan_virt
}

loads_and_unloads() {
	for _ in 1 2 3 4 5; do
		unload
		virt_insert devices=2 coherent=0,1
	done
	unload
	virt_insert devices=16
	[ -e /dev/dmaspan/virt15 ]
	virt_load devices=2 coherent=0,1
}

# The next may be there before programs have let go of the last.
at_once() {
	for _ in 1 2 3 4 5; do
		unload
		insmod "$DMASPAN_O/kernel/virt/dmaspan_virt.ko"
	done
	virt_load devices=2 coherent=0,1
}

refuses() {
	unload
	for bad in devices=0 devices=17 channels=0 channels=33 address_bits=19 address_bits=65 alignment=3 \
		alignment=8192 max_segment=0; do
		fails insmod "$DMASPAN_O/kernel/virt/dmaspan_virt.ko" "$bad"
		[ ! -e /sys/module/dmaspan_virt ]
	done
	virt_insert devices=2 coherent=0,1
}

copies_of() {
	find "$devices/dmaspan_virt.$1/dma/" -name 'dma*chan*' -printf '%f\n' | sort -V | head -n 4
}

# Device, and how often; 0: until it is stopped, which is only safe when the device is gone: dmatest's wait is broken off
# (kthread_stop() sets TIF_NOTIFY_SIGNAL since 6.1), and it frees memory that a transfer may still be using.
dmatest_start() {
	insmod "$modules/dmatest.ko" iterations="$2" timeout=15000 noverify=1
	for channel in $(copies_of "$1"); do
		echo "$channel" >$params/channel
	done
	echo 1 >$params/run
	sleep 1
}

dmatest_stop() {
	timeout 30 sh -c "echo 0 >$params/run"
	timeout 30 rmmod dmatest
}

unload_is_refused() {
	dmatest_start "$1" 300
	fails unload
	timeout 60 cat $params/wait >/dev/null
	fails unload
	dmatest_stop
	unload
	virt_insert devices=2 coherent=0,1
}

unbind_under_dmatest() {
	dmatest_start "$1" 0
	unbind "$1"
	sleep 1
	fails unload
	bind "$1"
	sleep 0.5
	unbind "$1"
	bind "$1"
	dmatest_stop
	unload
	virt_insert devices=2 coherent=0,1
}

# The client is told at once, and need not wait for its own time-out.
unbind_while_hanging() {
	echo "dmaspan-tests: mark hanging $1" >/dev/kmsg
	knob "$1" hang_nth 1
	knob "$1" latency_us 100000
	dmatest_start "$1" 0
	unbind "$1"
	dmatest_stop
	dmesg --notime | sed "1,/mark hanging $1/d" >"$work/said"
	grep -q "^dmatest: .*'completion error status'" "$work/said"
	fails grep "^dmatest: .*'test timed out'" "$work/said"
	bind "$1"
	virt_load devices=2 coherent=0,1
}

unbinds_again_and_again() {
	for _ in 1 2 3 4 5 6 7 8; do
		unbind 0
		unbind 1
		bind 1
		bind 0
	done
	[ -e /dev/dmaspan/virt0 ]
	[ -e /dev/dmaspan/virt1 ]
}

# A program that has the node open does not keep the module; one with a channel may.
with_an_open_node() {
	exec 5<>/dev/dmaspan/virt0
	unload
	exec 5>&-
	virt_load devices=2 coherent=0,1
}

leak_then_unload() {
	insmod "$modules/dmaspan_seeded.ko"
	echo "leak bug dmaspan_virt.0" >"$seeded/run"
	unbind 0
	grep -q "^[^#].*${tab}virt0${tab}leak$tab" "$findings"
	bind 0
	echo clean >"$seeded/run"
	rmmod dmaspan_seeded
	[ "$(grep -vc '^#' /sys/kernel/debug/dmaspan_virt/virt0/maps)" = 0 ]
}

virt_load devices=2 coherent=0,1
check "loads and unloads" loads_and_unloads
check "loads and unloads at once" at_once
check "refuses impossible parameters" refuses
check "unbinds and binds again and again" unbinds_again_and_again
for id in 0 1; do
	check "device $id: unloading is refused while dmatest holds channels" unload_is_refused $id
	check "device $id: unbinds while dmatest runs" unbind_under_dmatest $id
	check "device $id: unbinds while transfers hang" unbind_while_hanging $id
done
check "unloads with a node open" with_an_open_node
check "a leak outlives the driver, and can be mended" leak_then_unload
done_testing
