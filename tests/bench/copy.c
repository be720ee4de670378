// SPDX-License-Identifier: MIT
/*
 * Ways to copy a MiB, and the fastest on this machine. An emulated CPU does
 * "rep movs", which memcpy() may use, byte by byte.
 */
#include <string.h>

#include "bench.h"

#define ROUNDS		5

static void copy_library(void *to, const void *from)
{
	memcpy(to, from, MIB);
}

/* What the compiler copies with a few loads and stores of its widest kind */
struct line {
	unsigned char bytes[64];
};

/* The barrier keeps it from making a memcpy() of the whole */
static void copy_lines(void *to, const void *from)
{
	const struct line *in = from;
	struct line *out = to;
	size_t i;

	for (i = 0; i < MIB / sizeof(*in); i++) {
		out[i] = in[i];
		__asm__ volatile("" : : : "memory");
	}
}

#ifdef __x86_64__
static void copy_string(void *to, const void *from)
{
	size_t words = MIB / 8;

	__asm__ volatile("rep movsq" : "+D"(to), "+S"(from), "+c"(words) : : "memory");
}
#else
#define copy_string copy_library
#endif

static const struct {
	const char *name;
	void (*copy)(void *to, const void *from);
} copies[] = {
	{ "memcpy()", copy_library },
	{ "loads and stores", copy_lines },
	{ "rep movsq", copy_string },
};

static double copy_rate(copy_fn copy, void *to, const void *from, size_t length)
{
	uint64_t start = now_ns();
	size_t at;

	for (at = 0; at < BIG; at += MIB)
		copy(to, (const char *)from + at % length);
	return (double)BIG * 1000 / (double)(now_ns() - start);
}

/**
 * fastest_copy() - tried out on the memory itself
 * @to: a MiB, aligned
 * @from: aligned
 * @length: of it, whole MiB
 */
copy_fn fastest_copy(void *to, const void *from, size_t length)
{
	double best[ARRAY_SIZE(copies)] = { 0 }, rate;
	size_t i, round, choice = 0;

	for (round = 0; round < ROUNDS; round++) {
		for (i = 0; i < ARRAY_SIZE(copies); i++) {
			rate = copy_rate(copies[i].copy, to, from, length);
			if (rate > best[i])
				best[i] = rate;
		}
	}
	for (i = 0; i < ARRAY_SIZE(copies); i++) {
		note("copy by %s: %.0f MB/s", copies[i].name, best[i]);
		if (best[i] > best[choice])
			choice = i;
	}
	return copies[choice].copy;
}
