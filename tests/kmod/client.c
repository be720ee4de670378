// SPDX-License-Identifier: GPL-2.0-only
/* What the cases share: memory, mappings, transfers. */
#include <linux/err.h>
#include <linux/gfp.h>
#include <linux/jiffies.h>
#include <linux/mm.h>
#include <linux/platform_device.h>
#include <linux/string.h>

#include "client.h"

static const char * const channel_names[CHANNELS] = { "copy0", "source", "sink" };

static u8 *pool_area(struct client *c, unsigned int i)
{
	c->pool[i] = alloc_pages(GFP_KERNEL | __GFP_ZERO, POOL_ORDER);
	return c->pool[i] ? (u8 *)page_address(c->pool[i]) + AREA_OFFSET : NULL;
}

/* -ENODEV: there is no such device. To be closed in any case. */
int client_open(struct client *c, const char *device)
{
	c->dev = bus_find_device_by_name(&platform_bus_type, NULL, device);
	if (!c->dev)
		return -ENODEV;
	c->src = pool_area(c, 0);
	c->dst = pool_area(c, 1);
	return c->src && c->dst ? 0 : -ENOMEM;
}

void client_close(struct client *c)
{
	unsigned int i;

	for (i = 0; i < CHANNELS; i++) {
		if (!c->channels[i])
			continue;
		dmaengine_terminate_sync(c->channels[i]);
		dma_release_channel(c->channels[i]);
	}
	for (i = 0; i < ARRAY_SIZE(c->pool); i++)
		if (c->pool[i])
			__free_pages(c->pool[i], POOL_ORDER);
	put_device(c->dev);
}

/* The channel, or an ERR_PTR(). */
struct dma_chan *client_channel(struct client *c, enum channel which)
{
	struct dma_slave_config config = {
		.direction = which == SINK ? DMA_MEM_TO_DEV : DMA_DEV_TO_MEM,
		.src_addr_width = DMA_SLAVE_BUSWIDTH_4_BYTES,
		.dst_addr_width = DMA_SLAVE_BUSWIDTH_4_BYTES,
		.src_maxburst = 1,
		.dst_maxburst = 1,
	};
	struct dma_chan *chan = c->channels[which];

	if (chan)
		return chan;
	chan = dma_request_chan(c->dev, channel_names[which]);
	if (IS_ERR(chan))
		return chan;
	c->channels[which] = chan;
	if (which != COPY)
		dmaengine_slave_config(chan, &config);
	return chan;
}

static u8 pattern(size_t i, unsigned int seed)
{
	return (i * 7 + (i >> 8) * 13 + (i >> 16) * 31 + seed * 101) ^ 0x5a;
}

void fill(void *data, size_t len, unsigned int seed)
{
	u8 *bytes = data;
	size_t i;

	for (i = 0; i < len; i++)
		bytes[i] = pattern(i, seed);
}

int check(const void *data, size_t len, unsigned int seed)
{
	const u8 *bytes = data;
	size_t i;

	for (i = 0; i < len; i++)
		if (READ_ONCE(bytes[i]) != pattern(i, seed))
			return -EBADMSG;
	return 0;
}

int span_map(struct client *c, struct span *s, void *data, size_t len,
	     enum dma_data_direction dir)
{
	s->data = data;
	s->len = len;
	s->dir = dir;
	s->addr = dma_map_single(c->dev, data, len, dir);
	return dma_mapping_error(c->dev, s->addr) ? -EIO : 0;
}

void span_unmap(struct client *c, const struct span *s)
{
	dma_unmap_single(c->dev, s->addr, s->len, s->dir);
}

void span_to_cpu(struct client *c, const struct span *s)
{
	dma_sync_single_for_cpu(c->dev, s->addr, s->len, s->dir);
}

void span_to_device(struct client *c, const struct span *s)
{
	dma_sync_single_for_device(c->dev, s->addr, s->len, s->dir);
}

int pair_map(struct client *c, struct span *src, struct span *dst)
{
	int ret;

	fill(c->src, LENGTH, 1);
	ret = span_map(c, src, c->src, LENGTH, DMA_TO_DEVICE);
	if (ret)
		return ret;
	ret = span_map(c, dst, c->dst, LENGTH, DMA_FROM_DEVICE);
	if (ret)
		span_unmap(c, src);
	return ret;
}

struct dma_async_tx_descriptor *copy_prepare(struct client *c, dma_addr_t dst,
					     dma_addr_t src, size_t len)
{
	struct dma_chan *chan = client_channel(c, COPY);

	if (IS_ERR(chan))
		return NULL;
	return dmaengine_prep_dma_memcpy(chan, dst, src, len,
					 DMA_PREP_INTERRUPT | DMA_CTRL_ACK);
}

static void job_done(void *arg, const struct dmaengine_result *result)
{
	struct job *job = arg;

	if (result)
		job->result = *result;
	job->task = current;
	atomic_inc(&job->calls);
	complete(&job->done);
}

int job_submit(struct job *job, struct dma_chan *chan, struct dma_async_tx_descriptor *tx)
{
	memset(job, 0, sizeof(*job));
	init_completion(&job->done);
	job->chan = chan;
	if (!tx)
		return -EIO;
	tx->callback_result = job_done;
	tx->callback_param = job;
	job->cookie = dmaengine_submit(tx);
	return dma_submit_error(job->cookie) ? -EIO : 0;
}

int job_start(struct job *job, struct dma_chan *chan, struct dma_async_tx_descriptor *tx)
{
	int ret = job_submit(job, chan, tx);

	if (!ret)
		dma_async_issue_pending(chan);
	return ret;
}

/* After it the callback is not called any more. */
int job_wait(struct job *job)
{
	bool ended = wait_for_completion_timeout(&job->done, msecs_to_jiffies(WAIT_MS));
	enum dma_status status = dmaengine_tx_status(job->chan, job->cookie, NULL);

	if (ended && status == DMA_COMPLETE && job->result.result == DMA_TRANS_NOERROR)
		return 0;
	dmaengine_terminate_sync(job->chan);
	return ended || status == DMA_ERROR ? -EIO : -ETIMEDOUT;
}

int client_copy(struct client *c, dma_addr_t dst, dma_addr_t src, size_t len)
{
	struct dma_async_tx_descriptor *tx = copy_prepare(c, dst, src, len);
	struct job job;
	int ret = job_start(&job, c->channels[COPY], tx);

	return ret ?: job_wait(&job);
}
