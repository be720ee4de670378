// SPDX-License-Identifier: GPL-2.0-only
/*
 * Moving a descriptor's bytes, piece by piece. The place that a descriptor has
 * reached is the mover's, so none of this needs the engine's lock.
 */
#include <linux/minmax.h>
#include <linux/string.h>

#include "virt_engine.h"

static struct virt_claim *desc_segment(const struct virt_desc *desc)
{
	return &desc->block->claims[desc->index];
}

static bool desc_is_pair(const struct virt_desc *desc)
{
	return desc->work == VIRT_COPY || desc->work == VIRT_FRAMES;
}

static bool desc_claims_as_it_goes(const struct virt_desc *desc)
{
	return desc->cyclic || desc->work == VIRT_FRAMES;
}

static void claim_pair(struct virt_device *v, struct virt_desc *desc)
{
	desc->claimed = true;
	if (virt_claim(v, &desc->from, desc->src, desc->size, false))
		desc->result = DMA_TRANS_READ_FAILED;
	if (virt_claim(v, &desc->to, desc->dst, desc->size, true))
		desc->result = DMA_TRANS_WRITE_FAILED;
}

static void claim_segment(struct virt_device *v, struct virt_desc *desc, struct virt_claim *c)
{
	desc->claimed = true;
	if (virt_claim(v, c, c->addr, c->len, desc->writes))
		desc->result = desc->writes ? DMA_TRANS_WRITE_FAILED : DMA_TRANS_READ_FAILED;
}

/**
 * virt_desc_claim() - a descriptor is submitted
 * @v: the device
 * @desc: not claimed
 *
 * If a claim is refused, @desc->result says so: it is to fail when its turn comes.
 */
void virt_desc_claim(struct virt_device *v, struct virt_desc *desc)
{
	struct virt_block *block;
	unsigned int i;

	if (desc_claims_as_it_goes(desc))
		return;
	if (desc_is_pair(desc))
		claim_pair(v, desc);
	for (block = desc->first; block; block = block->next)
		for (i = 0; i < block->count; i++)
			claim_segment(v, desc, &block->claims[i]);
}

/**
 * virt_desc_unclaim() - a descriptor, or the range that it has reached, has ended
 * @v: the device
 * @desc: claimed or not
 */
void virt_desc_unclaim(struct virt_device *v, struct virt_desc *desc)
{
	struct virt_block *block;
	unsigned int i;

	if (!desc->claimed)
		return;
	desc->claimed = false;
	if (desc_is_pair(desc)) {
		virt_unclaim(v, &desc->from);
		virt_unclaim(v, &desc->to);
	} else if (desc->cyclic) {
		virt_unclaim(v, desc_segment(desc));
	} else {
		for (block = desc->first; block; block = block->next)
			for (i = 0; i < block->count; i++)
				virt_unclaim(v, &block->claims[i]);
	}
}

/* To the next chunk, which may be the next frame's first. */
static void frames_next(struct virt_desc *desc)
{
	struct dma_interleaved_template *xt = desc->frames;
	struct data_chunk *chunk = &xt->sgl[desc->chunk];

	desc->src += chunk->size + dmaengine_get_src_icg(xt, chunk);
	desc->dst += chunk->size + dmaengine_get_dst_icg(xt, chunk);
	if (++desc->chunk == xt->frame_size) {
		desc->chunk = 0;
		desc->frame++;
	}
	desc->size = xt->sgl[desc->chunk].size;
	desc->offset = 0;
}

/* To the next segment, which may be the next cycle's first. */
static void list_next(struct virt_desc *desc)
{
	desc->offset = 0;
	if (++desc->index < desc->block->count || (!desc->block->next && !desc->cyclic))
		return;
	desc->index = 0;
	desc->block = desc->block->next;
	if (desc->block)
		return;
	desc->block = desc->first;
	if (desc->fate == VIRT_ENDS)
		WRITE_ONCE(desc->done, 0);
}

static void deliver_frames(struct virt_device *v, const struct virt_desc *desc)
{
	struct virt_desc at = {
		.frames = desc->frames,
		.dst = desc->frames->dst_start,
		.size = desc->frames->sgl[0].size,
	};
	u32 left = desc->done;
	u32 n;

	for (; left; left -= n) {
		n = min_t(size_t, at.size, left);
		virt_delivered(v, at.dst, n);
		frames_next(&at);
		cond_resched();
	}
}

static void deliver_list(struct virt_device *v, const struct virt_desc *desc)
{
	const struct virt_block *block = desc->first;
	u32 left = desc->done;
	unsigned int i = 0;
	u32 n;

	for (; left; left -= n) {
		if (i == block->count) {
			block = block->next;
			i = 0;
		}
		n = min_t(size_t, block->claims[i].len, left);
		virt_delivered(v, block->claims[i].addr, n);
		i++;
		cond_resched();
	}
}

/**
 * virt_desc_deliver() - a descriptor has completed
 * @v: the device
 * @desc: nothing of it was delivered, but for a cyclic one's periods
 *
 * Context: process.
 */
void virt_desc_deliver(struct virt_device *v, const struct virt_desc *desc)
{
	if (!desc->writes || !desc->done)
		return;
	if (desc->work == VIRT_COPY)
		virt_delivered(v, desc->dst, desc->done);
	else if (desc->work == VIRT_FRAMES)
		deliver_frames(v, desc);
	else if (!desc->cyclic)
		deliver_list(v, desc);
	else if (desc->offset)
		virt_delivered(v, desc_segment(desc)->addr, desc->offset);
}

static void period_ended(struct virt_device *v, struct virt_desc *desc)
{
	const struct virt_claim *c = desc_segment(desc);

	if (desc->writes && !READ_ONCE(desc->terminated))
		virt_delivered(v, c->addr, c->len);
	virt_desc_unclaim(v, desc);
	desc->period = true;
}

static void advance(struct virt_engine *e, struct virt_chan *vc, struct virt_desc *desc, u32 n)
{
	WRITE_ONCE(vc->moved, vc->moved + n);
	WRITE_ONCE(desc->done, desc->done + n);
	desc->offset += n;
	if (desc->work == VIRT_COPY)
		return;
	if (desc->work == VIRT_FRAMES) {
		if (desc->offset == desc->size) {
			virt_desc_unclaim(e->v, desc);
			frames_next(desc);
		}
	} else if (desc->offset == desc_segment(desc)->len) {
		if (desc->cyclic)
			period_ended(e->v, desc);
		list_next(desc);
	}
}

static void visit_nothing(void *context, void *data, size_t len)
{
}

/* As hardware that copies upwards does it; no access overlaps itself. */
static int pair_piece(struct virt_engine *e, struct virt_chan *vc, struct virt_desc *desc,
		      u32 most)
{
	dma_addr_t src = desc->src + desc->offset;
	dma_addr_t dst = desc->dst + desc->offset;
	u64 gap = src < dst ? dst - src : src - dst;
	u32 n = min_t(size_t, most, desc->size - desc->offset);
	int ret;

	if (gap) {
		n = min_t(u64, n, gap);
		ret = virt_copy(e->v, dst, src, n);
	} else {
		ret = virt_visit(e->v, dst, n, true, visit_nothing, NULL);
	}
	if (ret) {
		/* It does not say on which side. */
		desc->result = DMA_TRANS_ABORTED;
		return ret;
	}
	advance(e, vc, desc, n);
	return n;
}

static void visit_set(void *context, void *data, size_t len)
{
	struct virt_desc *desc = context;

	memset(data, desc->value, len);
	desc->visited += len;
}

static int list_piece(struct virt_engine *e, struct virt_chan *vc, struct virt_desc *desc,
		      u32 most, ktime_t *again)
{
	const struct virt_claim *segment = desc_segment(desc);
	dma_addr_t addr = segment->addr + desc->offset;
	u32 n = min_t(size_t, most, segment->len - desc->offset);
	int ret;

	if (desc->work == VIRT_SET) {
		desc->visited = 0;
		ret = virt_visit(e->v, addr, n, true, visit_set, desc);
		n = desc->visited;
	} else {
		n = virt_signal_take(vc->signal, n, again);
		if (!n)
			return 0;
		ret = virt_visit(e->v, addr, n, desc->writes, virt_signal_visit, vc->signal);
		n = virt_signal_taken(vc->signal);
	}
	advance(e, vc, desc, n);
	if (ret) {
		desc->result = desc->writes ? DMA_TRANS_WRITE_FAILED : DMA_TRANS_READ_FAILED;
		return ret;
	}
	return n;
}

static int piece(struct virt_engine *e, struct virt_chan *vc, struct virt_desc *desc,
		 u32 most, ktime_t *again)
{
	if (!desc->claimed) {
		if (desc_is_pair(desc))
			claim_pair(e->v, desc);
		else
			claim_segment(e->v, desc, desc_segment(desc));
	}
	if (desc->result != DMA_TRANS_NOERROR)
		return -EFAULT;
	if (desc_is_pair(desc))
		return pair_piece(e, vc, desc, most);
	return list_piece(e, vc, desc, most, again);
}

/**
 * virt_burst() - move what one turn of a channel allows
 * @e: the engine
 * @vc: the channel
 * @desc: begun; the mover's hand
 * @again: made earlier if the source or sink lets nothing through until then
 *
 * It stops where @desc ends, at the end of a period, where it fails (then
 * @desc->result is set), and soon after a client has stopped it.
 *
 * Return: bytes moved.
 */
u32 virt_burst(struct virt_engine *e, struct virt_chan *vc, struct virt_desc *desc,
	       ktime_t *again)
{
	u32 left = VIRT_BURST;
	int n = 1;

	while (n > 0 && left && desc->done < desc->limit && !desc->period &&
	       !READ_ONCE(desc->terminated) && !READ_ONCE(vc->paused)) {
		n = piece(e, vc, desc, min(left, desc->limit - desc->done), again);
		if (n > 0)
			left -= n;
	}
	return VIRT_BURST - left;
}
