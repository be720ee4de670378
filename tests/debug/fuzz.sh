#!/bin/sh
# SPDX-License-Identifier: MIT
# The fuzzer's corpus, and on an instrumented kernel the fuzzer itself.  timeout: 300
#
# MINUTES: how long it fuzzes (1); CORPUS: a directory that gets new programs; SEED; WORKERS (3); ROUNDS of replay (1).
# shellcheck source=tests/cli/lib.sh
. "${0%/*}/../cli/lib.sh"
: >"$work/counts"
fuzz=$DMASPAN_O/tests/fuzz/dmaspan_fuzz
corpus=${0%/*}/../fuzz/corpus
workers=${WORKERS:-3}

# What it printed is the log's; the counts are for the run.
counted() {
	status=0
	"$@" >"$work/said" 2>&1 || status=$?
	cat "$work/said"
	sed -n 's/^# seed/# fuzzer: seed/p' "$work/said" >"$work/seed"
	grep '^# count: ' "$work/said" >"$work/counts.new" || true
	return "$status"
}

# File, where it is wrong
refused() {
	expect 1 "$fuzz" --replay "$1"
	grep -q "^# $1:$2: no program" "$work/out"
}

refuses_what_is_no_program() {
	printf 'open 0 2\nclose n0\nclose\n\n# said\n' >"$work/good"
	expect 0 "$fuzz" --replay "$work/good"
	printf 'open 0 2\nclosed n0\n' >"$work/bad"
	refused "$work/bad" 2
	printf 'close n0 1\n' >"$work/bad"
	refused "$work/bad" 1
	printf 'open 0 2\n\nclose n99999\n' >"$work/bad"
	refused "$work/bad" 3
	printf 'open 0 2\0close n0\n' >"$work/bad"
	refused "$work/bad" 1
	for size in 1 10 100 1000 8191 8192 100000; do
		printf 'open \377' >"$work/bad"
		head -c "$size" /dev/urandom >>"$work/bad"
		refused "$work/bad" 1
	done
}

# A program may do what it likes to any fd, but not to where this run's output goes.
keeps_to_itself() {
	printf 'lseek 1 0x40000000 0\nlseek 2 0x40000000 0\nclose 1\nclose 2\n' >"$work/good"
	expect 0 "$fuzz" --replay "$work/good"
	[ "$(wc -c <"$work/out")" -lt 4096 ]
}

replays_the_corpus() {
	counted "$fuzz" --replay --times "${ROUNDS:-1}" --workers "$workers" "$corpus"
	mv "$work/counts.new" "$work/counts"
	programs=$(find "$corpus" -type f | wc -l)
	[ "$programs" -gt 10 ]
	grep -q "^# count: fuzz_programs $programs$" "$work/counts"
	grep -q "^# count: fuzz_executions $((programs * ${ROUNDS:-1}))$" "$work/counts"
}

# It begins with the corpus: what that does not reach any more would be found again.
fuzzes() {
	set -- --minutes "${MINUTES:-1}" --workers "$workers"
	[ -z "${SEED:-}" ] || set -- "$@" --seed "$SEED"
	if [ -n "${CORPUS:-}" ]; then
		counted "$fuzz" "$@" --corpus "$CORPUS"
	else
		counted "$fuzz" "$@" "$corpus"
	fi
	executions=$(sed -n 's/^# count: fuzz_executions //p' "$work/counts")
	awk -v replayed="${executions:-0}" '
	$3 == "fuzz_executions" { $4 += replayed }
	{ print }' "$work/counts.new" >"$work/counts"
	pcs=$(sed -n 's/^# count: fuzz_pcs //p' "$work/counts")
	[ "$pcs" -gt 1200 ]
}

case $DMASPAN_GUEST in
debug-*) set -- fuzzes ;;
*) set -- ;;
esac
run_cases refuses_what_is_no_program keeps_to_itself replays_the_corpus "$@"
cat "$work/counts" "$work/seed"
