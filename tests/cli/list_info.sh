#!/bin/sh
# SPDX-License-Identifier: MIT
# dmaspan list, info, bench; help and version.
# shellcheck source=tests/cli/lib.sh
. "${0%/*}/lib.sh"

lists() {
	expect 0 dmaspan list
	grep -q "^$device .*pci/0000:.* 2 channels" "$work/out"
	[ ! -s "$work/err" ]
}

lists_json() {
	expect 0 dmaspan list -o json
	json '.[0].name == "edu0" and .[0].channels == 2 and .[0].used == 0'
	json '[.[].name] | index("virt0")'
	expect 0 dmaspan list --json
	json '.[0].limit > 0'
}

infos() {
	expect 0 dmaspan info "$device"
	grep -q '^name  *edu0$' "$work/out"
	grep -q 'channel  *tx, to-device, free' "$work/out"
	grep -q 'channel  *rx, from-device, free' "$work/out"
}

infos_json() {
	iommu=false
	[ "$DMASPAN_MODE" != iommu ] || iommu=true
	expect 0 dmaspan info -o json "$device"
	json '.name == "edu0" and .abi == 2 and .dma_mask == "0xffffffff"'
	json ".coherent == true and .iommu == $iommu"
	json '[.channels[].name] | sort == ["rx", "tx"]'
	json 'all(.channels[]; .busy == false and .owner == 0)'
}

infos_of_copies() {
	expect 0 dmaspan info virt0
	grep -q 'channel  *copy0, memory-to-memory, free' "$work/out"
	expect 0 dmaspan info -o json virt0
	json '.coherent == false and .iommu == true'
	json '[.channels[] | select(.direction == "memory-to-memory") | .name] | sort[:2] == ["copy0", "copy1"]'
	json '[.channels[] | select(.direction == "from-device") | .name] == ["source"]'
}

infos_of_nothing() {
	expect 3 dmaspan info nothing
	err_says 'nothing'
	err_lines 1
	[ ! -s "$work/out" ]
	expect 1 dmaspan info /dev/null
	err_says '/dev/null'
	err_lines 1
}

helps() {
	expect 0 dmaspan --help
	for verb in list info copy play capture bench; do
		grep -q "^  $verb " "$work/out"
	done
	for verb in list info copy play capture bench; do
		expect 0 dmaspan $verb --help
		grep -q "^usage: dmaspan $verb" "$work/out"
	done
	expect 0 dmaspan --version
	grep -q '^dmaspan [0-9]' "$work/out"
}

others_may_not() {
	expect 1 setpriv --reuid 65534 --clear-groups "$(command -v dmaspan)" info "$device"
	err_says 'ermission'
	err_lines 1
}

closed_output() {
	expect 1 sh -c "dmaspan list >/dev/full"
	err_says 'No space'
}

run_cases lists lists_json infos infos_json infos_of_copies infos_of_nothing helps others_may_not closed_output
