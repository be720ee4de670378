// SPDX-License-Identifier: MIT
/*
 * What a transfer costs the CPU: the command that queues it, and the way from
 * its end to the program that waits for it. The edu device itself takes 100 ms
 * for each, which is not in the figures.
 */
#include <string.h>
#include <unistd.h>

#include "bench.h"

#define ROUNDS		31
#define LENGTH		64
#define BATCH		16
#define WAIT_MS		20000

/**
 * struct rig - both ends of the device's FIFO, and a buffer for them
 * @ch: to and from the device; what the first one does is measured, the
 *	second empties the FIFO
 * @buf: the buffer
 * @transfers: in one command
 */
struct rig {
	struct dmaspan_channel *ch[2];
	struct dmaspan_buffer *buf;
	unsigned int transfers;
};

static double submit(struct rig *r, struct dmaspan_channel *ch)
{
	struct dmaspan_transfer transfers[BATCH];
	unsigned int i;
	uint64_t start;

	memset(transfers, 0, sizeof(transfers));
	for (i = 0; i < r->transfers; i++) {
		transfers[i].mapping = dmaspan_mapping(r->buf);
		transfers[i].offset = i * LENGTH;
		transfers[i].length = LENGTH;
	}
	start = now_ns();
	must(dmaspan_submit_array(ch, transfers, r->transfers), "dmaspan_submit_array");
	return (double)(now_ns() - start);
}

/* All that were submitted; how long after its end the last one was seen */
static double collect(struct rig *r, struct dmaspan_channel *ch)
{
	struct dmaspan_completion done;
	unsigned int i;
	double late = 0;

	for (i = 0; i < r->transfers; i++) {
		must(dmaspan_wait(ch, &done, 1, WAIT_MS), "dmaspan_wait");
		late = (double)(now_ns() - done.time);
		must(done.status, "a transfer");
	}
	return late;
}

static void drain(struct rig *r)
{
	submit(r, r->ch[1]);
	collect(r, r->ch[1]);
}

/* A transfer that has ended when it is asked for */
static double collect_ready(struct rig *r)
{
	uint64_t start;

	usleep(150 * 1000);
	start = now_ns();
	collect(r, r->ch[0]);
	return (double)(now_ns() - start);
}

static void say(struct bench *b, const char *name, struct series *s)
{
	const struct figure fig = {
		.name = name,
		.unit = b->icount ? "instructions" : "ns",
		.limit = NO_LIMIT,
	};

	report(&fig, s, NULL, NULL);
}

static void single(struct bench *b, struct rig *r)
{
	struct series queue = { .count = 0 }, wake = { .count = 0 }, read = { .count = 0 };
	unsigned int i;

	r->transfers = 1;
	for (i = 0; i < ROUNDS; i++) {
		series_add(&queue, submit(r, r->ch[0]));
		series_add(&wake, collect(r, r->ch[0]));
		drain(r);
	}
	for (i = 0; i < ROUNDS; i++) {
		submit(r, r->ch[0]);
		series_add(&read, collect_ready(r));
		drain(r);
	}
	say(b, "call_submit", &queue);
	say(b, "completion_to_reader", &wake);
	say(b, "call_read_completion", &read);
}

static void batch(struct bench *b, struct rig *r)
{
	struct series queue = { .count = 0 };
	unsigned int i;

	r->transfers = BATCH;
	for (i = 0; i < ROUNDS; i++) {
		series_add(&queue, submit(r, r->ch[0]));
		collect(r, r->ch[0]);
		drain(r);
	}
	say(b, "call_submit_16", &queue);
}

void bench_engine(struct bench *b)
{
	struct rig r = { .transfers = 1 };

	must(dmaspan_alloc(b->dev, PAGE, NULL, &r.buf), "dmaspan_alloc");
	must(dmaspan_channel_open(b->dev, NULL, DMASPAN_TO_DEVICE, &r.ch[0]), "channel to device");
	must(dmaspan_channel_open(b->dev, NULL, DMASPAN_FROM_DEVICE, &r.ch[1]),
	     "channel from device");
	single(b, &r);
	batch(b, &r);
	dmaspan_channel_close(r.ch[1]);
	dmaspan_channel_close(r.ch[0]);
	dmaspan_free(r.buf);
}
