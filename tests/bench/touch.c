// SPDX-License-Identifier: MIT
/*
 * A program's view of a 64 MiB buffer: mmap, a write to each page, munmap.
 *
 * Ours is what the library does, dmaspan_import() to dmaspan_free(): besides
 * the view, that is a dup(), a BUFFER_INFO and a close().
 */
#include <sys/mman.h>
#include <unistd.h>

#include "bench.h"

/**
 * struct touched - one buffer
 * @b: the program
 * @fd: the buffer
 * @faults: of every round, the warm-up included
 */
struct touched {
	struct bench *b;
	int fd;
	struct series faults;
};

static double ours(void *arg)
{
	const struct dmaspan_buffer_opts opts = {
		.size = sizeof(opts),
		.no_mapping = true,
	};
	struct touched *t = arg;
	struct dmaspan_buffer *buf;
	uint64_t faults = page_faults(), start = now_ns(), end;

	must(dmaspan_import(t->b->dev, t->fd, &opts, &buf), "dmaspan_import");
	touch(dmaspan_data(buf), BIG);
	dmaspan_free(buf);
	end = now_ns();
	series_add(&t->faults, (double)(page_faults() - faults));
	return (double)(end - start) / 1000;
}

static double peer(void *arg)
{
	struct touched *t = arg;
	uint64_t faults = page_faults(), start = now_ns(), end;
	void *data = must_map(t->fd, BIG);

	touch(data, BIG);
	munmap(data, BIG);
	end = now_ns();
	series_add(&t->faults, (double)(page_faults() - faults));
	return (double)(end - start) / 1000;
}

static struct subject as_peer(const char *name, struct touched *t, int fd)
{
	t->fd = fd;
	return (struct subject) { name, peer, t };
}

void bench_touch(struct bench *b)
{
	struct touched t[3] = { { .b = b }, { .b = b }, { .b = b } };
	const struct subject own = { "dmaspan", ours, &t[0] };
	const struct figure time = {
		.name = "mmap_touch_64m",
		.unit = b->icount ? "1000 instructions" : "us",
		.goal = 1,
		.limit = NO_LIMIT,
		.rounds = 25,
	};
	const struct figure faults = {
		.name = "mmap_touch_64m_faults",
		.unit = "page faults",
		.limit = 32,
	};
	struct subject peers[2];
	unsigned int n = 0, i;

	t[0].fd = our_alloc(b, DMASPAN_KIND_CACHED, BIG);
	if (heap_exists()) {
		peers[n] = as_peer("dma_heap/system", &t[n + 1], heap_alloc(BIG));
		n++;
	}
	if (udmabuf_exists()) {
		peers[n] = as_peer("udmabuf", &t[n + 1], udmabuf_alloc(BIG));
		n++;
	}
	compare(&time, &own, peers, n);

	if (!n)
		report(&faults, &t[0].faults, NULL, NULL);
	for (i = 0; i < n; i++)
		report(&faults, &t[0].faults, peers[i].name, &t[i + 1].faults);
	for (i = 0; i <= n; i++)
		close(t[i].fd);
}
