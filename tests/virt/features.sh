#!/bin/sh
# SPDX-License-Identifier: MIT
# What the device promises to kernel clients, tests/kmod/feature_*.c.  timeout: 120
# shellcheck source=tests/virt/lib.sh
. "${0%/*}/lib.sh"

settings() {
	for knob in latency_us fail_nth short_nth; do
		knob "$1" $knob 0
	done
	knob "$1" source/pattern counter
	knob "$1" source/rate 20000
	knob "$1" sink/rate 20000
	case $2 in
	order | callback-*) knob "$1" latency_us 50000 ;;
	terminate) knob "$1" latency_us 400000 ;;
	pause) knob "$1" latency_us 200000 ;;
	failing) knob "$1" fail_nth 1 ;;
	short) knob "$1" short_nth 1 ;;
	residue) knob "$1" source/rate 4000 ;;
	esac
}

feature() {
	settings "$1" "$2"
	echo >"$findings"
	echo "$2 dmaspan_virt.$1" >"$seeded/feature"
	cat "$seeded/feature"
	[ "$(cat "$seeded/feature")" = ok ]
	no_findings
}

virt_load devices=2 coherent=0,1
insmod "$modules/dmaspan_seeded.ko"
cat "$seeded/features" >"$work/features"
while read -r feature; do
	check "strict: $feature" feature 0 "$feature"
	check "coherent: $feature" feature 1 "$feature"
done <"$work/features"
done_testing
