#!/bin/sh
# SPDX-License-Identifier: MIT
# The kernel's own dmatest, in all its modes, on a strict and on a coherent device.  timeout: 400
# shellcheck source=tests/virt/lib.sh
. "${0%/*}/lib.sh"
params=/sys/module/dmatest/parameters
copies=4
limit=90
iterations=120
case $DMASPAN_GUEST in
debug-*) iterations=16 limit=300 ;;
esac

# The copy channels of each device; source and sink come after them.
find_channels() {
	for id in 0 1; do
		find "$devices/dmaspan_virt.$id/dma/" -name 'dma*chan*' -printf '%f\n' | sort -V |
			head -n "$copies" >"$work/channels.$id"
	done
}

defaults() {
	while read -r key value; do
		echo "$value" >"$params/$key"
	done <<-END
		dmatest 0
		iterations $iterations
		test_buf_size 16384
		threads_per_chan 1
		timeout 10000
		polled 0
		norandom 0
		noverify 0
		alignment -1
		transfer_size 0
	END
	[ ! -e "$params/nobounce" ] || echo 0 >"$params/nobounce"
}

now() {
	read -r up _ </proc/uptime
	up=${up%.*}
}

# Mark, threads, tests. The summaries: as many as wanted, and no failure. Status 2: some are missing.
judge() {
	dmesg --notime | awk -v mark="dmaspan-tests: mark dmatest $1" -v threads="$2" -v tests="$3" '
		$0 == mark { since = 1; n = t = f = other = 0 }
		!since || !/^dmatest: .*-(copy|set)[0-9]+: / { next }
		/ summary / { n++; for (i = 1; i < NF; i++) { if ($(i + 1) == "tests,") t += $i; if ($(i + 1) == "failures") f += $i } }
		!/ summary / && other++ < 10 { print }
		END {
			print n + 0 " threads, " t + 0 " tests, " f + 0 " failures"
			exit n < threads ? 2 : !(n == threads && t == tests && f == 0 && !other)
		}'
}

# "run" says N before the threads have begun, too. Read after their end, it lets go of the channels.
wait_and_judge() {
	now
	deadline=$((up + limit))
	while :; do
		sleep 0.1
		read -r running <"$params/run"
		judged=2
		if [ "$running" = N ]; then
			judged=0
			judge "$@" >"$work/judged" || judged=$?
		fi
		[ $judged = 2 ] || break
		now
		if [ "$up" -gt "$deadline" ]; then
			echo "it does not end"
			echo 0 >"$params/run"
			break
		fi
	done
	read -r running <"$params/run"
	cat "$work/judged"
	return "$judged"
}

# Devices, then KEY=VALUE... A thread that polls does so without pause, and the device's own needs a CPU too:
# then there is but one.
run_dmatest() {
	on=$1
	shift
	defaults
	for setting in "$@"; do
		echo "${setting#*=}" >"$params/${setting%%=*}"
	done
	mark=$number
	echo "dmaspan-tests: mark dmatest $mark" >/dev/kmsg
	count=0
	read -r polled <"$params/polled"
	for id in $on; do
		while read -r channel; do
			echo "$channel" >"$params/channel"
			count=$((count + 1))
			[ "$polled" = N ] || break
		done <"$work/channels.$id"
	done
	[ "$count" -gt 0 ]
	echo 1 >"$params/run"
	read -r threads <"$params/threads_per_chan"
	read -r each <"$params/iterations"
	wait_and_judge "$mark" $((count * threads)) $((count * threads * each))
}

# A mapping that is bounced has at most 256 KiB. A buffer of 16384 bytes and what dmatest adds for alignment is aligned to much more than that.
modes() {
	large=2048
	[ "$2 $DMASPAN_MODE" != "coherent bounce" ] || large=128
	check "$2: memcpy" run_dmatest "$1"
	check "$2: memset" run_dmatest "$1" dmatest=1
	check "$2: polled" run_dmatest "$1" polled=1 iterations=$((iterations * 5 / 2))
	check "$2: polled memset" run_dmatest "$1" polled=1 dmatest=1 iterations=$((iterations * 5 / 2))
	check "$2: norandom" run_dmatest "$1" norandom=1
	check "$2: noverify" run_dmatest "$1" noverify=1 iterations=$((iterations * 10 / 3))
	check "$2: alignment 64" run_dmatest "$1" alignment=6
	check "$2: memset, alignment 64" run_dmatest "$1" alignment=6 dmatest=1
	check "$2: transfer_size 4096" run_dmatest "$1" transfer_size=4096
	check "$2: 4 threads for each channel" run_dmatest "$1" threads_per_chan=4 iterations=$((iterations * 5 / 12))
	check "$2: buffers of 64 bytes" run_dmatest "$1" test_buf_size=64 iterations=$((iterations * 5 / 2))
	check "$2: buffers of $((large / 2)) KiB" run_dmatest "$1" test_buf_size=$((large * 512)) iterations=3
	check "$2: whole buffers of $large KiB, not verified" run_dmatest "$1" \
		test_buf_size=$((large * 1024)) norandom=1 noverify=1 iterations=10
	[ ! -e "$params/nobounce" ] || check "$2: nobounce" run_dmatest "$1" nobounce=1
}

silent() {
	check "$1: no finding" no_findings
}

if [ ! -e "$modules/dmatest.ko" ]; then
	trap - EXIT
	echo "1..0 # SKIP there is no dmatest.ko: vm/guest-build provides its source"
	exit 77
fi
virt_load devices=2 coherent=0,1
insmod "$modules/dmatest.ko"
find_channels
modes 0 strict
silent strict
modes 1 coherent
check "both devices at once" run_dmatest "0 1"
knob 0 latency_us 500
knob 0 jitter_us 2000
check "strict: with latency" run_dmatest 0 iterations=50
silent "both, and latency"
virt_load devices=2 coherent=0,1 alignment=64 address_bits=32 max_segment=65536 channels=2
copies=2
find_channels
check "aligned device: memcpy" run_dmatest 0
check "aligned device: memset" run_dmatest 0 dmatest=1
silent "aligned device"
done_testing
