// SPDX-License-Identifier: MIT
/*
 * A buffer made and freed: one system call that gives its fd, and close().
 * udmabuf needs a memfd for the memory, which counts.
 */
#include <unistd.h>

#include "bench.h"

/**
 * struct make - one size, by one maker
 * @b: the program
 * @length: of the buffer
 * @calls: made and freed so often for one value
 */
struct make {
	struct bench *b;
	size_t length;
	unsigned int calls;
};

static double per_call(const struct make *m, uint64_t start)
{
	return (double)(now_ns() - start) / m->calls;
}

static double ours(void *arg)
{
	const struct make *m = arg;
	uint64_t start = now_ns();
	unsigned int i;

	for (i = 0; i < m->calls; i++)
		close(our_alloc(m->b, DMASPAN_KIND_CACHED, m->length));
	return per_call(m, start);
}

static double heap(void *arg)
{
	const struct make *m = arg;
	uint64_t start = now_ns();
	unsigned int i;

	for (i = 0; i < m->calls; i++)
		close(heap_alloc(m->length));
	return per_call(m, start);
}

static double udmabuf(void *arg)
{
	const struct make *m = arg;
	uint64_t start = now_ns();
	unsigned int i;

	for (i = 0; i < m->calls; i++)
		close(udmabuf_alloc(m->length));
	return per_call(m, start);
}

static void one_size(struct bench *b, const char *name, size_t length,
		     unsigned int calls, unsigned int rounds)
{
	struct make m = { .b = b, .length = length, .calls = calls };
	const struct subject own = { "dmaspan", ours, &m };
	struct subject peers[2];
	const struct figure fig = {
		.name = name,
		.unit = b->icount ? "instructions" : "ns",
		.limit = NO_LIMIT,
		.rounds = rounds,
	};
	unsigned int n = 0;

	if (heap_exists())
		peers[n++] = (struct subject) { "dma_heap/system", heap, &m };
	if (udmabuf_exists())
		peers[n++] = (struct subject) { "udmabuf", udmabuf, &m };
	compare(&fig, &own, peers, n);
}

void bench_alloc(struct bench *b)
{
	if (b->icount) {
		one_size(b, "alloc_free_4k", 4 * KIB, 1, 101);
		one_size(b, "alloc_free_1m", MIB, 1, 51);
		one_size(b, "alloc_free_64m", BIG, 1, 5);
		return;
	}
	one_size(b, "alloc_free_4k", 4 * KIB, 500, 31);
	one_size(b, "alloc_free_1m", MIB, 10, 31);
	one_size(b, "alloc_free_64m", BIG, 1, 15);
}
