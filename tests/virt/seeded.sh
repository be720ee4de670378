#!/bin/sh
# SPDX-License-Identifier: MIT
# Each mistake of tests/kmod/case_*.c is caught, its correct twin is silent, and what a coherent machine
# would have shown is counted: $DMASPAN_O/seeded-MODE.json.  timeout: 180
# shellcheck source=tests/virt/lib.sh
. "${0%/*}/lib.sh"
json=$DMASPAN_O/seeded-$DMASPAN_MODE.json
all=0
unnoticed=0

# Case, what it must be found as, what may be found besides, and on a coherent device: hidden or shown
table() {
	cat <<'END'
missing-sync-for-device	stale-read	-	hidden
short-sync	stale-read	-	hidden
sync-wrong-direction	mismatch	-	hidden
late-clear	stale-write	-	hidden
cpu-writes-owned	cpu-write	-	hidden
missing-sync-for-cpu	not-taken	-	hidden
missing-sync-in-ring	not-taken	-	hidden
short-sync-for-cpu	not-taken	-	hidden
forgotten-completion	in-flight	unmapped	hidden
early-look	in-flight	-	hidden
wrong-direction-write	direction	-	hidden
wrong-direction-read	direction	-	hidden
off-by-one-page	outside	-	hidden
use-after-unmap	unmapped	-	hidden
across-two-mappings	outside	-	hidden
double-unmap	not-mapped	-	hidden
sync-after-unmap	not-mapped	-	hidden
unmap-wrong-size	mismatch	-	hidden
unmap-wrong-direction	mismatch	-	hidden
unmap-short-sg	mismatch	-	hidden
overlap	overlap	-	hidden
leak	leak	-	hidden
unaligned	unaligned	-	shown
mask-too-wide	width	-	hidden
mask-too-narrow	mask	-	hidden
segment-too-long	segment	-	shown
END
}

# Case, bug or good, device: $result is what the driver noticed
run_case() {
	echo >"$findings"
	echo "$1 $2 dmaspan_virt.$3" >"$seeded/run"
	read -r result <"$seeded/run"
	echo "the driver noticed: $result"
	[ "$1" = leak ] || return 0
	# Its driver leaves the device, and comes back; then the leak is mended.
	echo "dmaspan_virt.$3" >"$driver/unbind"
	echo "dmaspan_virt.$3" >"$driver/bind"
	echo clean >"$seeded/run"
}

# All of them must be of the kind wanted, or of the other one, and say that it was this driver.
judge() {
	show_finding
	case $kind in
	"$wanted")
		caught=$message
		case $site in
		*'[dmaspan_seeded]'*) ;;
		*) [ "$kind" = mask ] || strange="$site" ;;
		esac
		;;
	"$other") ;;
	*) strange=$kind ;;
	esac
}

caught() {
	wanted=$2
	other=$3
	caught=''
	strange=''
	run_case "$1" bug 0
	for_findings judge
	echo "$result" >"$work/result"
	echo "$caught" >"$work/message"
	[ -n "$caught" ]
	[ -z "$strange" ]
}

silent() {
	run_case "$1" good "$2"
	[ "$result" = ok ]
	no_findings
}

on_coherent() {
	shown=shown
	run_case "$1" bug 1
	found=0
	for_findings show_finding
	[ "$result$found" != ok0 ] || shown=hidden
	echo $shown >"$work/coherent"
	[ "$shown" = "$2" ]
}

latency=0
set_latency() {
	[ "$latency" != "$1" ] || return 0
	latency=$1
	knob 0 latency_us "$latency"
	knob 1 latency_us "$latency"
}

one() {
	case $1 in
	forgotten-completion | early-look) set_latency 30000 ;;
	*) set_latency 0 ;;
	esac
	try caught "$1" "$2" "$3"
	# The finding's own words are a part of the name.
	read -r words <"$work/message"
	report "$1: caught as $2: $words"
	read -r result <"$work/result"
	check "$1: correct twin is silent" silent "$1" 0
	check "$1: correct twin is silent on a coherent device" silent "$1" 1
	all=$((all + 1))
	[ "$DMASPAN_MODE" != bounce ] || return 0
	check "$1: on a coherent device it is $4" on_coherent "$1" "$4"
	read -r shown <"$work/coherent"
	[ "$shown" != hidden ] || unnoticed=$((unnoticed + 1))
	echo "$1$tab$2$tab$result$tab$shown" >>"$work/rows"
}

# Bounced, memory of a coherent device is not the machine's: mistakes show there too.
count() {
	jq -Rn --arg guest "$DMASPAN_GUEST" --arg mode "$DMASPAN_MODE" '[inputs | split("\t") |
		{case: .[0], finding: .[1], driver_noticed: .[2], coherent: .[3]}] |
		{guest: $guest, mode: $mode, seeded: length, caught_strict: length,
		unnoticed_coherent: map(select(.coherent == "hidden")) | length, cases: .}' \
		"$work/rows" >"$json"
	jq -e ".seeded == $all and .unnoticed_coherent == $unnoticed" "$json"
}

virt_load devices=2 coherent=0,1 address_bits=32 alignment=64 max_segment=65536
insmod "$modules/dmaspan_seeded.ko"
table >"$work/table"
while IFS="$tab" read -r mistake kind also coherent; do
	one "$mistake" "$kind" "$also" "$coherent"
done <"$work/table"
if [ "$DMASPAN_MODE" = bounce ]; then
	skip "unnoticed on a coherent device" "its memory is bounced"
else
	echo "# $unnoticed of $all seeded bugs go unnoticed with coherent=1"
	check "unnoticed on a coherent device: counted" count
fi
done_testing
