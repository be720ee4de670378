// SPDX-License-Identifier: GPL-2.0-only
/*
 * Descriptors: made from what clients ask for, and freed. What a client can ask
 * for too much of makes a preparation fail, silently.
 */
#include <linux/overflow.h>
#include <linux/scatterlist.h>
#include <linux/slab.h>

#include "../compat.h"
#include "virt_engine.h"

#define VIRT_GFP	(GFP_NOWAIT | __GFP_NOWARN | __GFP_ACCOUNT)
#define VIRT_BLOCK_MAX	((PAGE_SIZE - sizeof(struct virt_block)) / sizeof(struct virt_claim))

static struct virt_desc *desc_new(enum virt_work work, bool writes)
{
	struct virt_desc *desc = kzalloc(sizeof(*desc), VIRT_GFP);

	if (!desc)
		return NULL;
	desc->work = work;
	desc->writes = writes;
	return desc;
}

/**
 * virt_desc_free() - let go of a descriptor's memory, and what it had claimed
 * @v: the device
 * @desc: not in any list, not the mover's
 */
void virt_desc_free(struct virt_device *v, struct virt_desc *desc)
{
	struct virt_block *block, *next;

	virt_desc_unclaim(v, desc);
	dma_descriptor_unmap(&desc->tx);
	for (block = desc->first; block; block = next) {
		next = block->next;
		kfree(block);
	}
	kfree(desc->frames);
	kfree(desc);
}

/* One more segment, of @more that are still to come, this one included. */
static bool desc_add(struct virt_desc *desc, dma_addr_t addr, size_t len, size_t more)
{
	struct virt_block *block = desc->block;

	if (!len || len > U32_MAX || check_add_overflow(desc->len, (u32)len, &desc->len))
		return false;
	if (!block || desc->index == block->count) {
		more = min_t(size_t, more, VIRT_BLOCK_MAX);
		block = kzalloc(struct_size(block, claims, more), VIRT_GFP);
		if (!block)
			return false;
		block->count = more;
		if (desc->block)
			desc->block->next = block;
		else
			desc->first = block;
		desc->block = block;
		desc->index = 0;
	}
	block->claims[desc->index].addr = addr;
	block->claims[desc->index].len = len;
	desc->index++;
	return true;
}

static bool too_many(struct virt_engine *e, size_t segments)
{
	return e->v->max_segments && segments > e->v->max_segments;
}

/* The client's from here on, or freed if it is not @good. */
static struct dma_async_tx_descriptor *desc_finish(struct dma_chan *chan, struct virt_desc *desc,
						   bool good, unsigned long flags)
{
	struct virt_engine *e = to_virt_engine(chan);
	unsigned long irqflags;

	dma_async_tx_descriptor_init(&desc->tx, chan);
	desc->tx.tx_submit = virt_submit;
	desc->tx.flags = flags;
	desc->block = desc->first;
	desc->index = 0;

	spin_lock_irqsave(&e->lock, irqflags);
	if (e->dead)
		good = false;
	else if (good)
		list_add_tail(&desc->node, &to_virt_chan(chan)->prepared);
	spin_unlock_irqrestore(&e->lock, irqflags);
	if (good)
		return &desc->tx;
	virt_desc_free(e->v, desc);
	return NULL;
}

static struct dma_async_tx_descriptor *prep_memcpy(struct dma_chan *chan, dma_addr_t dst,
						   dma_addr_t src, size_t len,
						   unsigned long flags)
{
	struct virt_desc *desc;

	if (!len || len > U32_MAX)
		return NULL;
	desc = desc_new(VIRT_COPY, true);
	if (!desc)
		return NULL;
	desc->src = src;
	desc->dst = dst;
	desc->size = len;
	desc->len = len;
	return desc_finish(chan, desc, true, flags);
}

static struct dma_async_tx_descriptor *prep_memset(struct dma_chan *chan, dma_addr_t dst,
						   int value, size_t len, unsigned long flags)
{
	struct virt_desc *desc = desc_new(VIRT_SET, true);

	if (!desc)
		return NULL;
	desc->value = value;
	return desc_finish(chan, desc, desc_add(desc, dst, len, 1), flags);
}

static bool desc_add_list(struct virt_desc *desc, struct scatterlist *sgl, unsigned int sg_len)
{
	struct scatterlist *sg;
	unsigned int i;

	for_each_sg(sgl, sg, sg_len, i)
		if (!desc_add(desc, sg_dma_address(sg), sg_dma_len(sg), sg_len - i))
			return false;
	return true;
}

static struct dma_async_tx_descriptor *prep_memset_sg(struct dma_chan *chan,
						      struct scatterlist *sgl,
						      unsigned int sg_len, int value,
						      unsigned long flags)
{
	struct virt_desc *desc;

	if (!sg_len || too_many(to_virt_engine(chan), sg_len))
		return NULL;
	desc = desc_new(VIRT_SET, true);
	if (!desc)
		return NULL;
	desc->value = value;
	return desc_finish(chan, desc, desc_add_list(desc, sgl, sg_len), flags);
}

/* A stream, if the channel has one of that direction. */
static struct virt_desc *stream_new(struct dma_chan *chan, size_t segments,
				    enum dma_transfer_direction direction)
{
	const struct virt_chan *vc = to_virt_chan(chan);

	if (!vc->signal || direction != vc->direction || !segments ||
	    too_many(to_virt_engine(chan), segments))
		return NULL;
	return desc_new(VIRT_STREAM, direction == DMA_DEV_TO_MEM);
}

static struct dma_async_tx_descriptor *
prep_slave_sg(struct dma_chan *chan, struct scatterlist *sgl, unsigned int sg_len,
	      enum dma_transfer_direction direction, unsigned long flags, void *context)
{
	struct virt_desc *desc = stream_new(chan, sg_len, direction);

	if (!desc)
		return NULL;
	return desc_finish(chan, desc, desc_add_list(desc, sgl, sg_len), flags);
}

/* Each period is a segment. */
static struct dma_async_tx_descriptor *
prep_cyclic(struct dma_chan *chan, dma_addr_t addr, size_t len, size_t period,
	    enum dma_transfer_direction direction, unsigned long flags)
{
	struct virt_desc *desc;
	bool good = true;
	size_t left;

	if (!period || len % period)
		return NULL;
	desc = stream_new(chan, len / period, direction);
	if (!desc)
		return NULL;
	desc->cyclic = true;
	for (left = len / period; left && good; left--, addr += period)
		good = desc_add(desc, addr, period, left);
	return desc_finish(chan, desc, good, flags);
}

#if DMASPAN_HAVE_DMA_VEC
/* With DMA_PREP_REPEAT it is cyclic: each vector is a period. */
static struct dma_async_tx_descriptor *
prep_vec(struct dma_chan *chan, const struct dma_vec *vecs, size_t count,
	 enum dma_transfer_direction direction, unsigned long flags)
{
	struct virt_desc *desc = stream_new(chan, count, direction);
	bool good = true;
	size_t i;

	if (!desc)
		return NULL;
	desc->cyclic = flags & DMA_PREP_REPEAT;
	for (i = 0; i < count && good; i++)
		good = desc_add(desc, vecs[i].addr, vecs[i].len, count - i);
	return desc_finish(chan, desc, good, flags);
}
#endif

/* All bytes of a template; 0: there are none, too many, or an empty chunk. */
static u32 frames_len(const struct dma_interleaved_template *xt)
{
	size_t frame = 0, len;
	size_t i;

	for (i = 0; i < xt->frame_size; i++)
		if (!xt->sgl[i].size || check_add_overflow(frame, xt->sgl[i].size, &frame))
			return 0;
	if (check_mul_overflow(frame, xt->numf, &len) || len > U32_MAX)
		return 0;
	return len;
}

/* An address that does not increment is a device's, not memory. */
static struct dma_async_tx_descriptor *
prep_interleaved(struct dma_chan *chan, struct dma_interleaved_template *xt, unsigned long flags)
{
	struct virt_desc *desc;
	u32 len;

	if (xt->dir != DMA_MEM_TO_MEM || !xt->src_inc || !xt->dst_inc ||
	    too_many(to_virt_engine(chan), xt->frame_size))
		return NULL;
	len = frames_len(xt);
	desc = len ? desc_new(VIRT_FRAMES, true) : NULL;
	if (!desc)
		return NULL;
	desc->len = len;
	desc->src = xt->src_start;
	desc->dst = xt->dst_start;
	desc->size = xt->sgl[0].size;
	desc->frames = kmemdup(xt, struct_size(xt, sgl, xt->frame_size), VIRT_GFP);
	return desc_finish(chan, desc, desc->frames, flags);
}

/**
 * virt_prep_init() - what the engine can be asked for
 * @dma: not registered yet
 */
void virt_prep_init(struct dma_device *dma)
{
	dma_cap_set(DMA_MEMCPY, dma->cap_mask);
	dma_cap_set(DMA_MEMSET, dma->cap_mask);
	dma_cap_set(DMA_MEMSET_SG, dma->cap_mask);
	dma_cap_set(DMA_INTERLEAVE, dma->cap_mask);
	dma_cap_set(DMA_SLAVE, dma->cap_mask);
	dma_cap_set(DMA_CYCLIC, dma->cap_mask);
	dma->device_prep_dma_memcpy = prep_memcpy;
	dma->device_prep_dma_memset = prep_memset;
	dma->device_prep_dma_memset_sg = prep_memset_sg;
	dma->device_prep_interleaved_dma = prep_interleaved;
	dma->device_prep_slave_sg = prep_slave_sg;
	dma->device_prep_dma_cyclic = prep_cyclic;
#if DMASPAN_HAVE_DMA_VEC
	dma->device_prep_peripheral_dma_vec = prep_vec;
#endif
}
