// SPDX-License-Identifier: GPL-2.0-only
/* Mistakes about what the hardware can do. */
#include <linux/err.h>
#include <linux/scatterlist.h>

#include "client.h"

#define PAST_LIMIT	8	/* bytes: the device wants multiples of 64 */

int unaligned(struct client *c)
{
	size_t skip = c->bug ? PAST_LIMIT : 64, len = LENGTH - 64;
	struct span src, dst;
	int ret = pair_map(c, &src, &dst);

	if (ret)
		return ret;
	ret = client_copy(c, dst.addr, src.addr + skip, len);
	span_unmap(c, &dst);
	span_unmap(c, &src);
	return ret ?: memcmp(c->dst, c->src + skip, len) ? -EBADMSG : 0;
}

static int copy_with_mask(struct client *c)
{
	struct span src, dst;
	int ret = pair_map(c, &src, &dst);

	if (ret)
		return ret;
	ret = client_copy(c, dst.addr, src.addr, LENGTH);
	span_unmap(c, &dst);
	span_unmap(c, &src);
	return ret ?: check(c->dst, LENGTH, 1);
}

/* The device has 32 address lines, the driver says 64. */
int mask_too_wide(struct client *c)
{
	u64 old = dma_get_mask(c->dev);
	int ret = dma_set_mask(c->dev, DMA_BIT_MASK(c->bug ? 64 : 32));

	ret = ret ?: copy_with_mask(c);
	dma_set_mask(c->dev, old);
	return ret;
}

/* A mask that no memory is for, and nobody looks whether it could be had. */
int mask_too_narrow(struct client *c)
{
	u64 old = dma_get_mask(c->dev);
	int ret = dma_set_mask(c->dev, DMA_BIT_MASK(c->bug ? 10 : 32));

	ret = c->bug ? 0 : ret;
	ret = ret ?: copy_with_mask(c);
	dma_set_mask(c->dev, old);
	return ret;
}

static int receive_segments(struct client *c, const struct span *dst, unsigned int count)
{
	struct dma_chan *chan = client_channel(c, SOURCE);
	struct dma_async_tx_descriptor *tx;
	struct scatterlist sg[2];
	struct job job;
	unsigned int i;
	int ret;

	if (IS_ERR(chan))
		return PTR_ERR(chan);
	sg_init_table(sg, count);
	for (i = 0; i < count; i++) {
		sg_dma_address(&sg[i]) = dst->addr + i * (dst->len / count);
		sg_dma_len(&sg[i]) = dst->len / count;
	}
	tx = dmaengine_prep_slave_sg(chan, sg, count, DMA_DEV_TO_MEM,
				     DMA_PREP_INTERRUPT | DMA_CTRL_ACK);
	ret = job_start(&job, chan, tx);
	return ret ?: job_wait(&job);
}

/* 128 KiB in one segment; the device takes 64. */
int segment_too_long(struct client *c)
{
	struct span dst;
	int ret;

	fill(c->dst, AREA_SIZE, 5);
	ret = span_map(c, &dst, c->dst, AREA_SIZE, DMA_FROM_DEVICE);
	if (ret)
		return ret;
	ret = receive_segments(c, &dst, c->bug ? 1 : 2);
	span_unmap(c, &dst);
	if (!ret && !check(c->dst + AREA_SIZE - 64, 64, 5))
		ret = -EBADMSG;
	return ret;
}
