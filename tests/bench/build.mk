# SPDX-License-Identifier: MIT
# The benchmarks' program. Included with O, CC, CPPFLAGS_ALL, CFLAGS_ALL,
# STATIC_LIB and HEADERS set.

BENCH_SRC := $(wildcard tests/bench/*.c)
BENCH_OBJ := $(BENCH_SRC:%.c=$(O)/%.bench.o)
BENCH_PROGS := $(O)/tests/bench/bench

.PHONY: bench-progs
bench-progs: $(BENCH_PROGS)

$(O)/tests/bench/%.bench.o: tests/bench/%.c tests/bench/bench.h $(HEADERS)
	@mkdir -p $(@D)
	$(CC) $(CPPFLAGS_ALL) $(CFLAGS_ALL) -c -o $@ $<

$(BENCH_PROGS): $(BENCH_OBJ) $(STATIC_LIB)
	$(CC) $(CFLAGS_ALL) $(LDFLAGS) -o $@ $^
