#!/bin/sh
# SPDX-License-Identifier: MIT
# What the runner takes from the kernel's log: strange.awk, with logs that were written for it.
# shellcheck source=tests/cli/lib.sh
. "${0%/*}/../cli/lib.sh"

printf '# a reason\n\n^known: [0-9]+$\n^a known warning$\n' >"$work/patterns"

# The log is standard input; its lines that nobody knows are what is expected.
strange_are() {
	expect "$1" awk -v from='mark 1: ' -v to='mark 2: ' -f "${0%/*}/../strange.awk" "$work/patterns" -
	printf '%s' "$2" | cmp - "$work/out"
}

# What is between the marks
log() {
	printf 'strange before\nmark 1: begin\n%smark 2: end\nstrange after\n' "$1"
}

lines_that_nobody_knows() {
	log '' | strange_are 1 ''
	log 'known: 7
' | strange_are 1 ''
	log 'known: 7
known: 7 and more
' | strange_are 0 'known: 7 and more
'
}

a_mark_is_lost() {
	printf 'known: 7\nmark 2: end\n' | strange_are 3 ''
}

a_warning_is_what_it_warns_of() {
	trace='WARNING: CPU: 0
  f+0x1/0x2
---[ end trace 0 ]---
'
	log "--[ cut here ]--
a known warning
$trace" | strange_are 1 ''
	log "--[ cut here ]--
another
known: 7
$trace" | strange_are 0 "--[ cut here ]--
another
$trace"
}

a_report_in_a_known_warning() {
	for line in 'BUG: KASAN: slab-use-after-free in f' 'BUG: sleeping function called' \
		'WARNING: possible circular locking dependency detected' 'UBSAN: array-index-out-of-bounds'; do
		log "--[ cut here ]--
a known warning
WARNING: CPU: 0
$line
  f+0x1/0x2
---[ end trace 0 ]---
" | strange_are 0 "$line
"
	done
}

run_cases lines_that_nobody_knows a_mark_is_lost a_warning_is_what_it_warns_of a_report_in_a_known_warning
