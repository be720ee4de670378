// SPDX-License-Identifier: MIT
/*
 * The copy channels of a coherent device of dmaspan_virt: how fast they copy
 * beside the CPU, and what a transfer costs from a program, by one or by many
 * in a command, beside the kernel's own dmatest.
 */
#include <stdlib.h>
#include <string.h>

#include "bench.h"

#define DEVICE		"virt1"
#define PLATFORM	"dmaspan_virt.1"
#define COPIES		16	/* MiB in a round */
#define SMALL		(4 * KIB)
#define TRANSFERS	4096
#define MOST_BATCH	256
#define WAIT_MS		20000

/**
 * struct rig - a channel, and what it copies between
 * @batch: transfers in one command
 * @copy: the CPU's way
 */
struct rig {
	struct dmaspan_channel *ch;
	struct dmaspan_buffer *src;
	struct dmaspan_buffer *dst;
	unsigned int batch;
	copy_fn copy;
};

static void collect(struct rig *r, unsigned int count)
{
	struct dmaspan_completion done[MOST_BATCH];
	int n, i;

	while (count) {
		n = dmaspan_wait(r->ch, done, MOST_BATCH, WAIT_MS);
		must(n, "dmaspan_wait");
		for (i = 0; i < n; i++)
			must(done[i].status, "a transfer");
		count -= (unsigned int)n;
	}
}

static void submit(struct rig *r, unsigned int count, size_t length)
{
	struct dmaspan_transfer transfers[MOST_BATCH];
	unsigned int i;

	memset(transfers, 0, sizeof(transfers));
	for (i = 0; i < count; i++) {
		transfers[i].mapping = dmaspan_mapping(r->dst);
		transfers[i].src_mapping = dmaspan_mapping(r->src);
		transfers[i].offset = i * length;
		transfers[i].src_offset = i * length;
		transfers[i].length = length;
	}
	must(dmaspan_submit_array(r->ch, transfers, count), "dmaspan_submit_array");
}

/* MB/s, with the syncs that a program would do: none here */
static double device_copy(void *arg)
{
	struct rig *r = arg;
	uint64_t start = now_ns();

	must(dmaspan_sync_for_device(r->src, 0, COPIES * MIB), "dmaspan_sync_for_device");
	submit(r, COPIES, MIB);
	collect(r, COPIES);
	must(dmaspan_sync_for_cpu(r->dst, 0, COPIES * MIB), "dmaspan_sync_for_cpu");
	return COPIES * MIB * 1000.0 / (double)(now_ns() - start);
}

static double cpu_copy(void *arg)
{
	struct rig *r = arg;
	char *dst = dmaspan_data(r->dst), *src = dmaspan_data(r->src);
	uint64_t start = now_ns();
	size_t at;

	for (at = 0; at < COPIES * MIB; at += MIB)
		r->copy(dst + at, src + at);
	return COPIES * MIB * 1000.0 / (double)(now_ns() - start);
}

static void library_copy(void *to, const void *from)
{
	memcpy(to, from, MIB);
}

static void copy_beside_cpu(struct rig *r)
{
	struct figure fig = {
		.name = "virt_copy_1m",
		.unit = "MB/s",
		.higher = true,
		.goal = 0.8,
		.limit = NO_LIMIT,
		.rounds = 9,
	};

	r->copy = library_copy;
	compare(&fig, &(struct subject) { "dmaspan", device_copy, r },
		&(struct subject) { "memcpy()", cpu_copy, r }, 1);
	fig.goal = NO_GOAL;
	r->copy = fastest_copy(dmaspan_data(r->dst), dmaspan_data(r->src), COPIES * MIB);
	compare(&fig, &(struct subject) { "dmaspan", device_copy, r },
		&(struct subject) { "the CPU's fastest copy", cpu_copy, r }, 1);
}

/* Transfers a second */
static double small_rate(void *arg)
{
	struct rig *r = arg;
	unsigned int i;
	uint64_t start = now_ns();

	for (i = 0; i < TRANSFERS; i += r->batch) {
		submit(r, r->batch, SMALL);
		collect(r, r->batch);
	}
	return TRANSFERS * 1e9 / (double)(now_ns() - start);
}

static double peer_rate(void *arg)
{
	return dmatest_rate(arg);
}

static void small_beside_dmatest(struct rig *r, unsigned int batch, const char *name)
{
	const struct figure fig = {
		.name = name,
		.unit = "transfers/s",
		.higher = true,
		.limit = NO_LIMIT,
		.rounds = 5,
	};
	const struct subject peer = { "dmatest, one at a time", peer_rate, PLATFORM };

	r->batch = batch;
	compare(&fig, &(struct subject) { "dmaspan", small_rate, r }, &peer, dmatest_exists());
}

void bench_virt(struct bench *b)
{
	struct dmaspan_device *dev;
	struct rig r = { .batch = 1 };

	(void)b;
	must(dmaspan_open(DEVICE, &dev), DEVICE);
	must(dmaspan_alloc(dev, COPIES * MIB, NULL, &r.src), "dmaspan_alloc");
	must(dmaspan_alloc(dev, COPIES * MIB, NULL, &r.dst), "dmaspan_alloc");
	/* The last of them: dmatest takes the first. */
	must(dmaspan_channel_open(dev, "copy3", DMASPAN_BIDIRECTIONAL, &r.ch), "copy3");
	touch(dmaspan_data(r.src), COPIES * MIB);
	touch(dmaspan_data(r.dst), COPIES * MIB);
	copy_beside_cpu(&r);
	small_beside_dmatest(&r, 1, "virt_submit_4k_by_1");
	small_beside_dmatest(&r, 16, "virt_submit_4k_by_16");
	small_beside_dmatest(&r, MOST_BATCH, "virt_submit_4k_by_256");
	dmaspan_channel_close(r.ch);
	dmaspan_free(r.dst);
	dmaspan_free(r.src);
	dmaspan_close(dev);
}
