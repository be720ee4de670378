// SPDX-License-Identifier: MIT
/*
 * 4 KiB out of 64 MiB, taken from the device and handed back to it.
 *
 * The peer is the dma-buf's own way, on the same buffer with the same mapping:
 * DMA_BUF_IOCTL_SYNC, start and end. It has no range to name.
 */
#include "bench.h"

#define RANGE_OFFSET	(20 * MIB)
#define RANGE_LENGTH	(4 * KIB)
#define CALLS		200

static void our_pair(void *arg)
{
	must(dmaspan_sync_for_cpu(arg, RANGE_OFFSET, RANGE_LENGTH), "dmaspan_sync_for_cpu");
	must(dmaspan_sync_for_device(arg, RANGE_OFFSET, RANGE_LENGTH), "dmaspan_sync_for_device");
}

static void peer_pair(void *arg)
{
	peer_sync_pair(dmaspan_buffer_fd(arg));
}

static double ours(void *arg)
{
	uint64_t start = now_ns();
	unsigned int i;

	for (i = 0; i < CALLS; i++)
		our_pair(arg);
	return (double)(now_ns() - start) / 1000 / CALLS;
}

/* Where it copies 128 MiB, once is enough */
static double peer(void *arg)
{
	unsigned int calls = dmaspan_needs_sync(arg) ? 1 : CALLS, i;
	uint64_t start = now_ns();

	for (i = 0; i < calls; i++)
		peer_pair(arg);
	return (double)(now_ns() - start) / 1000 / calls;
}

/* A mapping that needs no sync costs no system call; one that does, one each. */
static void count(struct dmaspan_buffer *buf)
{
	const struct figure fig = {
		.name = "sync_4k_of_64m_calls",
		.unit = "system calls",
		.limit = dmaspan_needs_sync(buf) ? 2 : 0,
	};
	struct series own = { .count = 0 }, theirs = { .count = 0 };

	series_add(&own, count_calls(our_pair, buf));
	series_add(&theirs, count_calls(peer_pair, buf));
	report(&fig, &own, "DMA_BUF_IOCTL_SYNC", &theirs);
}

void bench_sync(struct bench *b)
{
	struct dmaspan_buffer *buf;
	struct figure fig = {
		.name = "sync_4k_of_64m",
		.unit = "us",
		.limit = NO_LIMIT,
		.rounds = 9,
	};

	must(dmaspan_alloc(b->dev, BIG, NULL, &buf), "dmaspan_alloc");
	if (b->bounce != (dmaspan_class(buf) == DMASPAN_CLASS_BOUNCED))
		die("the buffer is mapped in another way than the mode says");
	if (b->bounce)
		fig.goal = 100;
	touch(dmaspan_data(buf), BIG);
	compare(&fig, &(struct subject) { "dmaspan", ours, buf },
		&(struct subject) { "DMA_BUF_IOCTL_SYNC", peer, buf }, 1);
	count(buf);
	dmaspan_free(buf);
}
