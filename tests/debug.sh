# SPDX-License-Identifier: MIT
# Sourced by tests/run: what an instrumented kernel can tell when the modules are gone. Each left_* prints what is
# left, a line for each thing, and fails where the kernel is not able to tell.
# shellcheck shell=sh
debugfs=/sys/kernel/debug

# What was lost before the first test is not ours. Every mistake is to be said, not the first only.
debug_begin() {
	[ ! -e $debugfs/kmemleak ] || echo clear >$debugfs/kmemleak
	[ ! -e $debugfs/dma-api/all_errors ] || echo 1 >$debugfs/dma-api/all_errors
}

# Before each program: warnings that come once only come again.
debug_program() {
	[ ! -e $debugfs/clear_warn_once ] || echo 1 >$debugfs/clear_warn_once
}

# An object is only reported some seconds after it was allocated, and if two scans find it unchanged. dmaengine loses
# the name of a channel that it fails to register (6.1, fail-nth).
left_memory() {
	[ -e $debugfs/kmemleak ] || return 1
	sleep 6
	{ echo scan && echo scan; } >$debugfs/kmemleak || return 1
	awk 'BEGIN { RS = "unreferenced object" }
		NR > 1 && !/ __dma_async_device_channel_register\+/ { printf "%s%s", RS, $0 }' $debugfs/kmemleak
}

# Pages that our modules' functions allocated: those of modules that are gone have no names any more. A slab's page may
# stay when its objects are gone; those are kmemleak's. Page tables stay, too: of the kernel's own addresses (with
# KASAN's shadow of them), and of an IOMMU's while its domain lives; and where KASAN keeps the traces of who allocated.
# What is read must be read by pieces of a page.
left_pages() {
	[ -e $debugfs/page_owner ] || return 1
	dd if=$debugfs/page_owner bs=4096 2>/dev/null | awk -v RS= '
		/slab|stack_depot_save|kasan_populate_vmalloc| __p(te|md|ud|4d)_alloc| pfn_to_dma_pte| iommu_alloc_page/ { next }
		/\n 0xffffffffa0|\[dmaspan/ { print $0 "\n" }'
}

# Asked for after each program, while the devices that the kernel's list refers to are there. Of the mistakes of
# virt/seeded some stay in that list for good, and when the kernel lacks memory for the list (fail-nth) it keeps none.
mistakes_seeded=
left_mappings() {
	[ "$1" != virt/seeded ] || mistakes_seeded=1
	if [ -n "$mistakes_seeded" ] || [ ! -e $debugfs/dma-api/disabled ]; then
		return 1
	fi
	read -r disabled <$debugfs/dma-api/disabled
	[ "$disabled" = N ] || return 1
	grep dmaspan $debugfs/dma-api/dump || true
}

leaks=0
judge_mappings() {
	if ! left_mappings "$1" >"$work/left"; then
		case $mistakes_seeded$1 in
		1* | failnth/*) ;;
		*) emit_all unable "$1" mappings ;;
		esac
	elif [ -s "$work/left" ]; then
		leaks=$((leaks + 1))
		emit_all sed 's/^/# /' "$work/left"
		emit "not ok - $1: DMA mappings are left"
	fi
}

left_pins() {
	[ -e $debugfs/kmemleak ] || return 1
	awk '/^nr_foll_pin_acquired / { n += $2 } /^nr_foll_pin_released / { n -= $2 }
		END { if (n) print n " pins" }' /proc/vmstat
}

# What lockdep has seen makes it stop.
left_locks() {
	[ -e /proc/lockdep_stats ] || return 1
	grep -q 'debug_locks: *1$' /proc/lockdep_stats || echo "lockdep is off"
}

# What of the modules ran, for scripts/coverage, unless DMASPAN_NO_COVERAGE. The kernel keeps it when they are gone.
keep_coverage() {
	[ -z "${DMASPAN_NO_COVERAGE:-}" ] || return 0
	from=$debugfs/gcov$DMASPAN_O/kernel
	to=$DMASPAN_O/gcov/$DMASPAN_MODE
	[ -d "$from" ] || return 0
	rm -rf "$to"
	find "$from" -name '*.gcda' -printf '%P\n' | while IFS= read -r file; do
		mkdir -p "$to/kernel/$(dirname "$file")"
		cat "$from/$file" >"$to/kernel/$file"
	done
}

# An instrumented kernel must be able to tell. After what, and what
unable() {
	case $DMASPAN_GUEST in
	debug-*) echo "not ok - $1: no $2 left: the kernel cannot tell" ;;
	esac
}

# A result for each, and the sum as a count.
debug_end() {
	keep_coverage
	for what in memory pages pins locks; do
		if ! "left_$what" >"$work/left"; then
			unable end "$what"
		elif [ -s "$work/left" ]; then
			leaks=$((leaks + 1))
			head -n 60 "$work/left" | sed 's/^/# /'
			echo "not ok - end: no $what left"
		else
			echo "ok - end: no $what left"
		fi
	done
	echo "# count: leaks $leaks"
}
