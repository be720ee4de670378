// SPDX-License-Identifier: GPL-2.0-only
/* What dmaengine promises about queued transfers. The device's latency is to be 50 ms or more. */
#include <linux/delay.h>
#include <linux/err.h>
#include <linux/sched.h>
#include <linux/slab.h>

#include "client.h"

#define JOBS	6
#define PIECE	1024

/**
 * struct queue - copies of PIECE bytes, one after the other
 * @src: of all
 * @dst: of all
 * @jobs: each
 */
struct queue {
	struct span src;
	struct span dst;
	struct job jobs[JOBS];
};

static struct queue *queue_open(struct client *c)
{
	struct queue *q = kzalloc(sizeof(*q), GFP_KERNEL);

	if (!q)
		return NULL;
	if (!IS_ERR(client_channel(c, COPY)) && !pair_map(c, &q->src, &q->dst))
		return q;
	kfree(q);
	return NULL;
}

/* Waits until no callback is running or to come. */
static void queue_close(struct client *c, struct queue *q)
{
	dmaengine_terminate_sync(c->channels[COPY]);
	span_unmap(c, &q->dst);
	span_unmap(c, &q->src);
	kfree(q);
}

static struct dma_async_tx_descriptor *queue_prepare(struct client *c, struct queue *q,
						     unsigned int i)
{
	return copy_prepare(c, q->dst.addr + i * PIECE, q->src.addr + i * PIECE, PIECE);
}

static int queue_start(struct client *c, struct queue *q, unsigned int i)
{
	return job_start(&q->jobs[i], c->channels[COPY], queue_prepare(c, q, i));
}

/* Those before one that has completed have completed too; all have in the end. */
static int in_order(struct client *c, struct queue *q)
{
	struct dma_chan *chan = c->channels[COPY];
	unsigned int i, before;

	for (i = 0; i < JOBS; i++)
		if (queue_start(c, q, i))
			return -EIO;
	for (i = JOBS; i--;) {
		if (job_wait(&q->jobs[i]))
			return said(c, "transfer %u does not end well", i);
		for (before = 0; before < i; before++)
			if (dmaengine_tx_status(chan, q->jobs[before].cookie, NULL) != DMA_COMPLETE)
				return said(c, "transfer %u completed before %u", i, before);
	}
	return 0;
}

int feature_order(struct client *c)
{
	struct queue *q = queue_open(c);
	unsigned int i;
	int ret;

	if (!q)
		return -EIO;
	ret = in_order(c, q);
	dmaengine_synchronize(c->channels[COPY]);
	for (i = 0; i < JOBS && !ret; i++)
		if (atomic_read(&q->jobs[i].calls) != 1)
			ret = said(c, "transfer %u has been called back %d times", i,
				   atomic_read(&q->jobs[i].calls));
	queue_close(c, q);
	return ret ?: check(c->dst, JOBS * PIECE, 1);
}

/* A callback takes the locks that its driver holds when it submits. */
int feature_callback_context(struct client *c)
{
	struct queue *q = queue_open(c);
	unsigned long flags;
	int ret, calls;

	if (!q)
		return -EIO;
	local_irq_save(flags);
	ret = queue_start(c, q, 0);
	calls = atomic_read(&q->jobs[0].calls);
	local_irq_restore(flags);
	if (!ret && calls && q->jobs[0].task == current)
		ret = said(c, "called back out of dma_async_issue_pending()");
	ret = ret ?: job_wait(&q->jobs[0]);
	if (!ret && atomic_read(&q->jobs[0].calls) != 1)
		ret = said(c, "called back %d times", atomic_read(&q->jobs[0].calls));
	queue_close(c, q);
	return ret ?: check(c->dst, PIECE, 1);
}

static struct {
	struct client *c;
	struct queue *q;
	unsigned int next;
	struct completion done;
	int ret;
} chain;

static void chain_next(void *arg);

static int chain_start(void)
{
	size_t at = chain.next * PIECE;
	struct dma_async_tx_descriptor *tx;

	tx = copy_prepare(chain.c, chain.q->dst.addr + at, chain.q->src.addr + at, PIECE);
	if (!tx)
		return -EIO;
	tx->callback = chain_next;
	if (dma_submit_error(dmaengine_submit(tx)))
		return -EIO;
	dma_async_issue_pending(chain.c->channels[COPY]);
	return 0;
}

static void chain_next(void *arg)
{
	if (++chain.next < JOBS)
		chain.ret = chain_start();
	if (chain.ret || chain.next == JOBS)
		complete(&chain.done);
}

/* A callback may prepare and submit what comes next. */
int feature_callback_submits(struct client *c)
{
	int ret;

	chain.c = c;
	chain.q = queue_open(c);
	chain.next = 0;
	chain.ret = 0;
	init_completion(&chain.done);
	if (!chain.q)
		return -EIO;
	ret = chain_start();
	if (!ret && !wait_for_completion_timeout(&chain.done, msecs_to_jiffies(WAIT_MS)))
		ret = -ETIMEDOUT;
	queue_close(c, chain.q);
	return ret ?: chain.ret ?: check(c->dst, JOBS * PIECE, 1);
}

/* Issued or not, what is cancelled is not called back, and does not touch memory. */
static int cancel_all(struct client *c, struct queue *q)
{
	struct dma_chan *chan = c->channels[COPY];
	unsigned int i;

	for (i = 0; i < JOBS - 1; i++)
		if (queue_start(c, q, i))
			return -EIO;
	if (job_submit(&q->jobs[i], chan, queue_prepare(c, q, i)))
		return -EIO;
	dmaengine_terminate_sync(chan);
	dma_async_issue_pending(chan);
	msleep(500);
	for (i = 0; i < JOBS; i++)
		if (atomic_read(&q->jobs[i].calls))
			return said(c, "transfer %u was called back", i);
	span_to_cpu(c, &q->dst);
	for (i = 0; i < JOBS * PIECE; i++)
		if (q->dst.data[i])
			return said(c, "byte %u was written", i);
	span_to_device(c, &q->dst);
	/* It works on. */
	if (queue_start(c, q, 0) || job_wait(&q->jobs[0]))
		return said(c, "no transfer after it");
	return 0;
}

int feature_terminate(struct client *c)
{
	struct queue *q = queue_open(c);
	int ret;

	if (!q)
		return -EIO;
	ret = cancel_all(c, q);
	queue_close(c, q);
	return ret ?: check(c->dst, PIECE, 1);
}

static int pause_in_flight(struct client *c, struct queue *q)
{
	struct dma_chan *chan = c->channels[COPY];
	struct dma_tx_state state;
	enum dma_status status;

	if (queue_start(c, q, 0) || dmaengine_pause(chan))
		return said(c, "no pause");
	msleep(300);
	status = dmaengine_tx_status(chan, q->jobs[0].cookie, &state);
	if (status != DMA_PAUSED && status != DMA_IN_PROGRESS)
		return said(c, "status %d while paused", status);
	if (state.residue != PIECE)
		return said(c, "residue %u while paused", state.residue);
	if (atomic_read(&q->jobs[0].calls))
		return said(c, "called back while paused");
	if (dmaengine_resume(chan))
		return said(c, "no resume");
	return job_wait(&q->jobs[0]);
}

int feature_pause(struct client *c)
{
	struct queue *q = queue_open(c);
	int ret;

	if (!q)
		return -EIO;
	ret = pause_in_flight(c, q);
	queue_close(c, q);
	return ret ?: check(c->dst, PIECE, 1);
}

/**
 * struct search - for channels of an engine
 * @dma: the engine
 * @seen: how many of its channels the filter was asked about
 */
struct search {
	const struct dma_device *dma;
	unsigned int seen;
};

static bool count_those_of(struct dma_chan *chan, void *param)
{
	struct search *s = param;

	s->seen += chan->device == s->dma;
	return false;
}

static unsigned int channels_seen(const struct dma_device *dma)
{
	struct search s = { .dma = dma };
	dma_cap_mask_t mask;

	dma_cap_zero(mask);
	dma_cap_set(DMA_MEMCPY, mask);
	if (dma_request_channel(mask, count_those_of, &s))
		return UINT_MAX;
	return s.seen;
}

/* No filter is asked about an engine without a driver, though a client keeps it alive. */
int feature_dead(struct client *c)
{
	struct dma_chan *chan = client_channel(c, COPY);
	unsigned int before, after;

	if (IS_ERR(chan))
		return PTR_ERR(chan);
	before = channels_seen(chan->device);
	device_release_driver(c->dev);
	after = channels_seen(chan->device);
	if (device_attach(c->dev) != 1)
		return said(c, "no driver any more");
	if (!before || before == UINT_MAX || after)
		return said(c, "%u channels found, then %u", before, after);
	return 0;
}
