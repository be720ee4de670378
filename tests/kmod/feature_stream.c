// SPDX-License-Identifier: GPL-2.0-only
/* The source and the sink. The source is to count, at 20000 samples a second or so. */
#include <linux/delay.h>
#include <linux/err.h>
#include <linux/scatterlist.h>
#include <linux/slab.h>

#include "client.h"

#define FLAGS	(DMA_PREP_INTERRUPT | DMA_CTRL_ACK)
#define PERIOD	4096		/* bytes */
#define PERIODS	4
#define ROUNDS	10		/* periods to be seen */

/* Samples that count on from *@last. */
static int counts_on(struct client *c, const void *data, size_t len, u32 *last)
{
	const __le32 *samples = data;
	size_t i;

	for (i = 0; i < len / sizeof(*samples); i++, ++*last)
		if (le32_to_cpu(samples[i]) != *last + 1)
			return said(c, "sample %zu is %u after %u", i, le32_to_cpu(samples[i]),
				    *last);
	return 0;
}

/* One transfer that takes a second or so: what is left of it becomes less. */
static int residue_shrinks(struct client *c, struct job *job, u32 len)
{
	unsigned int tries, values = 0;
	struct dma_tx_state state;
	u32 last = len;

	for (tries = 0; tries < WAIT_MS / 10 && !completion_done(&job->done); tries++) {
		dmaengine_tx_status(job->chan, job->cookie, &state);
		if (state.residue > last)
			return said(c, "residue went from %u to %u", last, state.residue);
		values += state.residue < last;
		last = state.residue;
		msleep(10);
	}
	if (values < 3)
		return said(c, "residue had %u values", values);
	if (dmaengine_tx_status(job->chan, job->cookie, &state) != DMA_COMPLETE || state.residue)
		return said(c, "residue %u at the end", state.residue);
	return 0;
}

int feature_residue(struct client *c)
{
	struct dma_chan *chan = client_channel(c, SOURCE);
	size_t len = 4 * PERIOD;
	struct span dst;
	struct job job;
	int ret;

	if (IS_ERR(chan))
		return PTR_ERR(chan);
	ret = span_map(c, &dst, c->dst, len, DMA_FROM_DEVICE);
	if (ret)
		return ret;
	ret = job_start(&job, chan, dmaengine_prep_slave_single(chan, dst.addr, len,
								DMA_DEV_TO_MEM, FLAGS));
	ret = ret ?: residue_shrinks(c, &job, len);
	ret = ret ?: job_wait(&job);
	dmaengine_terminate_sync(chan);
	span_unmap(c, &dst);
	return ret;
}

/* Into pieces that are apart: the samples go on from one to the next. */
static int scatter(struct client *c, struct dma_chan *chan, const struct span *dst)
{
	static const u32 at[] = { 8192, 0, 20000, 4096 }, len[] = { 4096, 400, 8000, 1204 };
	struct scatterlist sg[ARRAY_SIZE(at)];
	u32 last = 0;
	struct job job;
	unsigned int i;
	int ret;

	sg_init_table(sg, ARRAY_SIZE(sg));
	for (i = 0; i < ARRAY_SIZE(sg); i++) {
		sg_dma_address(&sg[i]) = dst->addr + at[i];
		sg_dma_len(&sg[i]) = len[i];
	}
	ret = job_start(&job, chan, dmaengine_prep_slave_sg(chan, sg, ARRAY_SIZE(sg),
							    DMA_DEV_TO_MEM, FLAGS));
	ret = ret ?: job_wait(&job);
	if (ret)
		return ret;
	span_to_cpu(c, dst);
	last = le32_to_cpup((__le32 *)(dst->data + at[0])) - 1;
	for (i = 0; i < ARRAY_SIZE(sg) && !ret; i++)
		ret = counts_on(c, dst->data + at[i], len[i], &last);
	return ret;
}

int feature_scatter(struct client *c)
{
	struct dma_chan *chan = client_channel(c, SOURCE);
	struct span dst;
	int ret;

	if (IS_ERR(chan))
		return PTR_ERR(chan);
	ret = span_map(c, &dst, c->dst, SZ_32K, DMA_FROM_DEVICE);
	if (ret)
		return ret;
	ret = scatter(c, chan, &dst);
	span_unmap(c, &dst);
	return ret;
}

/**
 * struct ring - a cyclic transfer
 * @c: the client
 * @span: its memory
 * @seen: periods that were called back
 * @last: sample
 * @ret: what was wrong
 * @done: enough periods, or something was wrong
 */
struct ring {
	struct client *c;
	struct span span;
	atomic_t seen;
	u32 last;
	int ret;
	struct completion done;
};

static void ring_period(void *arg)
{
	struct ring *ring = arg;
	unsigned int seen = atomic_inc_return(&ring->seen) - 1;
	size_t at = seen % PERIODS * PERIOD;
	const struct span period = {
		.data = ring->span.data + at,
		.len = PERIOD,
		.dir = ring->span.dir,
		.addr = ring->span.addr + at,
	};

	if (period.dir == DMA_FROM_DEVICE && !ring->ret) {
		span_to_cpu(ring->c, &period);
		if (!seen)
			ring->last = le32_to_cpup((__le32 *)period.data) - 1;
		ring->ret = counts_on(ring->c, period.data, PERIOD, &ring->last);
		span_to_device(ring->c, &period);
	}
	if (ring->ret || seen + 1 == ROUNDS)
		complete(&ring->done);
}

static int ring_run(struct ring *ring, struct dma_chan *chan)
{
	enum dma_transfer_direction dir = ring->span.dir == DMA_FROM_DEVICE ? DMA_DEV_TO_MEM :
									      DMA_MEM_TO_DEV;
	struct dma_async_tx_descriptor *tx;
	int ret = 0, seen;

	tx = dmaengine_prep_dma_cyclic(chan, ring->span.addr, PERIODS * PERIOD, PERIOD, dir,
				       DMA_PREP_INTERRUPT);
	if (!tx)
		return said(ring->c, "not prepared");
	tx->callback = ring_period;
	tx->callback_param = ring;
	if (dma_submit_error(dmaengine_submit(tx)))
		return said(ring->c, "not submitted");
	dma_async_issue_pending(chan);
	if (!wait_for_completion_timeout(&ring->done, msecs_to_jiffies(5 * WAIT_MS)))
		ret = said(ring->c, "%d periods", atomic_read(&ring->seen));
	dmaengine_terminate_sync(chan);
	seen = atomic_read(&ring->seen);
	msleep(500);
	if (!ret && !ring->ret && atomic_read(&ring->seen) != seen)
		ret = said(ring->c, "called back after the end");
	return ret ?: ring->ret;
}

static int ring(struct client *c, enum channel which, enum dma_data_direction dir)
{
	struct dma_chan *chan = client_channel(c, which);
	struct ring *ring;
	int ret;

	if (IS_ERR(chan))
		return PTR_ERR(chan);
	ring = kzalloc(sizeof(*ring), GFP_KERNEL);
	if (!ring)
		return -ENOMEM;
	ring->c = c;
	init_completion(&ring->done);
	ret = span_map(c, &ring->span, c->dst, PERIODS * PERIOD, dir);
	if (!ret) {
		ret = ring_run(ring, chan);
		span_unmap(c, &ring->span);
	}
	kfree(ring);
	return ret;
}

int feature_cyclic(struct client *c)
{
	return ring(c, SOURCE, DMA_FROM_DEVICE);
}

int feature_cyclic_sink(struct client *c)
{
	return ring(c, SINK, DMA_TO_DEVICE);
}
