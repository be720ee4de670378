// SPDX-License-Identifier: GPL-2.0-only
/* What the copy channels do to memory, and nothing beside it. */
#include <linux/overflow.h>
#include <linux/slab.h>

#include "client.h"

#define ROOM	SZ_32K

/* Both areas are the device's, whole: src fill(1), dst fill(2). */
static int areas_map(struct client *c, struct span *src, struct span *dst)
{
	int ret;

	fill(c->src, ROOM, 1);
	fill(c->dst, ROOM, 2);
	ret = span_map(c, src, c->src, ROOM, DMA_TO_DEVICE);
	if (ret)
		return ret;
	ret = span_map(c, dst, c->dst, ROOM, DMA_FROM_DEVICE);
	if (ret)
		span_unmap(c, src);
	return ret;
}

static void areas_unmap(struct client *c, const struct span *src, const struct span *dst)
{
	span_unmap(c, dst);
	span_unmap(c, src);
}

/* dst must hold @want from @at on, and what it held elsewhere. */
static int only_changed(struct client *c, size_t at, const u8 *want, size_t len)
{
	u8 *old = kmalloc(ROOM, GFP_KERNEL);
	size_t i;

	if (!old)
		return -ENOMEM;
	fill(old, ROOM, 2);
	memcpy(old + at, want, len);
	for (i = 0; i < ROOM && c->dst[i] == old[i]; i++)
		;
	kfree(old);
	if (i < ROOM)
		return said(c, "%zu bytes to %zu: byte %zu is %02x", len, at, i, c->dst[i]);
	return 0;
}

static int copy_once(struct client *c, size_t to, size_t from, size_t len)
{
	struct span src, dst;
	int ret = areas_map(c, &src, &dst);

	if (ret)
		return ret;
	ret = client_copy(c, dst.addr + to, src.addr + from, len);
	areas_unmap(c, &src, &dst);
	if (ret)
		return ret;
	ret = check(c->src, ROOM, 1);
	return ret ?: only_changed(c, to, c->src + from, len);
}

int feature_memcpy(struct client *c)
{
	static const struct {
		u16 to;
		u16 from;
		u16 len;
	} table[] = {
		{ 0, 0, 1 }, { 0, 0, 64 }, { 1, 3, 1 }, { 7, 0, 63 }, { 4095, 1, 2 },
		{ 100, 4095, 4098 }, { 4096, 8192, 4096 }, { 5, 9, 12345 }, { 0, 0, ROOM - 1 },
		{ 8191, 8193, 16384 },
	};
	unsigned int i;
	int ret = 0;

	for (i = 0; i < ARRAY_SIZE(table) && !ret; i++)
		ret = copy_once(c, table[i].to, table[i].from, table[i].len);
	return ret;
}

static int set_once(struct client *c, size_t to, size_t len, u8 value)
{
	struct dma_chan *chan = client_channel(c, COPY);
	struct dma_async_tx_descriptor *tx;
	struct span src, dst;
	struct job job;
	int ret;

	if (IS_ERR(chan))
		return PTR_ERR(chan);
	ret = areas_map(c, &src, &dst);
	if (ret)
		return ret;
	tx = dmaengine_prep_dma_memset(chan, dst.addr + to, value, len,
				       DMA_PREP_INTERRUPT | DMA_CTRL_ACK);
	ret = job_start(&job, chan, tx);
	ret = ret ?: job_wait(&job);
	areas_unmap(c, &src, &dst);
	if (ret)
		return ret;
	memset(c->src, value, len);
	return only_changed(c, to, c->src, len);
}

int feature_memset(struct client *c)
{
	int ret = set_once(c, 0, 1, 0xa5);

	ret = ret ?: set_once(c, 4095, 2, 0xff);
	ret = ret ?: set_once(c, 13, 9999, 0x42);
	return ret ?: set_once(c, 0, ROOM, 0);
}

#define ROWS	16
#define ROW	100		/* bytes */
#define SRC_GAP	28
#define DST_GAP	412

/* A picture of ROWS rows out of a larger one into another one. */
static struct dma_interleaved_template *picture(dma_addr_t dst, dma_addr_t src)
{
	struct dma_interleaved_template *xt = kzalloc(struct_size(xt, sgl, 1), GFP_KERNEL);

	if (!xt)
		return NULL;
	xt->src_start = src;
	xt->dst_start = dst;
	xt->dir = DMA_MEM_TO_MEM;
	xt->src_inc = true;
	xt->dst_inc = true;
	xt->src_sgl = true;
	xt->dst_sgl = true;
	xt->numf = ROWS;
	xt->frame_size = 1;
	xt->sgl[0].size = ROW;
	xt->sgl[0].src_icg = SRC_GAP;
	xt->sgl[0].dst_icg = DST_GAP;
	return xt;
}

static int picture_check(struct client *c)
{
	u8 *want = kmalloc(ROOM, GFP_KERNEL);
	unsigned int row;
	int ret = 0;

	if (!want)
		return -ENOMEM;
	fill(want, ROOM, 2);
	for (row = 0; row < ROWS; row++)
		memcpy(want + row * (ROW + DST_GAP), c->src + row * (ROW + SRC_GAP), ROW);
	if (memcmp(want, c->dst, ROOM))
		ret = said(c, "the rows are not where they belong, or something else is");
	kfree(want);
	return ret;
}

int feature_interleaved(struct client *c)
{
	struct dma_chan *chan = client_channel(c, COPY);
	struct dma_interleaved_template *xt;
	struct span src, dst;
	struct job job;
	int ret;

	if (IS_ERR(chan))
		return PTR_ERR(chan);
	ret = areas_map(c, &src, &dst);
	if (ret)
		return ret;
	xt = picture(dst.addr, src.addr);
	ret = xt ? job_start(&job, chan,
			     dmaengine_prep_interleaved_dma(chan, xt, DMA_PREP_INTERRUPT |
							    DMA_CTRL_ACK)) : -ENOMEM;
	kfree(xt);
	ret = ret ?: job_wait(&job);
	areas_unmap(c, &src, &dst);
	return ret ?: picture_check(c);
}
