# SPDX-License-Identifier: MIT
# What the scripts about dmaspan_virt share. Each leaves the module loaded as tests/run loads it.
# shellcheck shell=sh
work=$(mktemp -d)
# shellcheck disable=SC2034 # for those that source this
{
	modules=$DMASPAN_O/tests/kmod
	findings=/sys/kernel/debug/dmaspan_virt/findings
	seeded=/sys/kernel/debug/dmaspan_seeded
	driver=/sys/bus/platform/drivers/dmaspan_virt
}
devices=/sys/bus/platform/devices
number=0
tab=$(printf '\t')

virt_insert() {
	insmod "$DMASPAN_O/kernel/virt/dmaspan_virt.ko" "$@"
	for _ in 1 2 3 4 5 6 7 8 9 10; do
		[ ! -e /dev/dmaspan/virt0 ] || return 0
		sleep 0.2
	done
	echo "there is no /dev/dmaspan/virt0"
	return 1
}

# Instead of what is loaded
virt_load() {
	[ ! -e /sys/module/dmaspan_virt ] || rmmod dmaspan_virt
	virt_insert "$@"
}

virt_restore() {
	for module in dmatest dmaspan_seeded; do
		[ ! -e "/sys/module/$module" ] || rmmod "$module"
	done
	virt_load devices=2 coherent=0,1
}

trap 'virt_restore; rm -rf "$work"' EXIT
trap 'exit 1' INT TERM HUP

# Device number, its attribute, value
knob() {
	echo "$3" >"$devices/dmaspan_virt.$1/$2"
}

# Command: its status is kept, and what it prints. Not within an "if": that would switch "set -e" off.
try() {
	(
		set -e
		"$@"
	) >"$work/log" 2>&1
	status=$?
}

# The test of this name was what was tried last; what that printed is shown if it failed.
report() {
	number=$((number + 1))
	if [ "$status" = 0 ]; then
		echo "ok $number - $1"
	else
		sed 's/^/# /' "$work/log"
		echo "not ok $number - $1"
	fi
}

# Name, command
check() {
	title=$1
	shift
	try "$@"
	report "$title"
}

skip() {
	number=$((number + 1))
	echo "ok $number - $1 # SKIP $2"
}

done_testing() {
	echo "1..$number"
}

# A command that must not succeed
fails() {
	if "$@"; then
		echo "$*: succeeded"
		return 1
	fi
}

# Commands are slow in an emulated machine: what follows is called often, and runs none.

# For each finding, a command with its columns
for_findings() {
	while IFS="$tab" read -r seq time on kind times access address length mapping offset size direction \
		pid comm site message; do
		case $seq in
		'#'*) ;;
		*) "$@" ;;
		esac
	done <"$findings"
}

show_finding() {
	echo "$seq $time $on $kind $times $access $address $length $mapping $offset $size $direction" \
		"$pid $comm $site: $message"
	found=1
}

no_findings() {
	found=0
	for_findings show_finding
	[ $found = 0 ]
}
