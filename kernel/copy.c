// SPDX-License-Identifier: GPL-2.0-only
/*
 * Copies: work for a memory-to-memory channel, cut into pieces that are
 * contiguous on both sides and not too long for the engine, a descriptor each.
 */
#include <linux/sched.h>

#include "channel.h"

/**
 * struct copy - how far a copy is
 * @to: what is written
 * @from: what is read
 * @left: bytes
 * @most: bytes of one piece
 */
struct copy {
	struct dmaspan_cursor to;
	struct dmaspan_cursor from;
	u64 left;
	u64 most;
};

static u64 copy_piece(const struct copy *c)
{
	u64 both = min(dmaspan_cursor_left(&c->to), dmaspan_cursor_left(&c->from));

	return min3(both, c->left, c->most);
}

static void copy_advance(struct copy *c, u64 length)
{
	dmaspan_cursor_advance(&c->to, length);
	dmaspan_cursor_advance(&c->from, length);
	c->left -= length;
}

/* A cut may not make a piece that the engine is unable to copy. */
static u64 copy_most(struct dmaspan_channel *ch)
{
	u64 most = dma_get_max_seg_size(dmaengine_get_dma_device(ch->chan));

	return round_down(most, BIT_ULL(ch->chan->device->copy_align));
}

static struct copy copy_begin(struct dmaspan_channel *ch,
			      const struct dmaspan_mapping *to, u64 to_offset,
			      const struct dmaspan_mapping *from, u64 from_offset,
			      u64 length)
{
	return (struct copy) {
		.to = dmaspan_cursor_begin(to, to_offset),
		.from = dmaspan_cursor_begin(from, from_offset),
		.left = length,
		.most = copy_most(ch),
	};
}

/* A buffer may be mapped twice: what counts is the memory. */
static bool copy_overlaps(const struct dmaspan_mapping *map,
			  const struct dmaspan_mapping *src,
			  const struct dmaspan_transfer *args)
{
	return map->view.buf == src->view.buf &&
	       args->offset < args->src_offset + args->length &&
	       args->src_offset < args->offset + args->length;
}

/**
 * dmaspan_copy_count() - the number of pieces that a copy is cut into
 * @ch: the channel
 * @map: what is written
 * @src: what is read
 * @args: the ranges, checked one by one
 *
 * Return: it; -EINVAL: they overlap; -EOPNOTSUPP: the engine is unable to copy
 * a piece, or there are too many.
 */
int dmaspan_copy_count(struct dmaspan_channel *ch, const struct dmaspan_mapping *map,
		       const struct dmaspan_mapping *src,
		       const struct dmaspan_transfer *args)
{
	struct dma_device *dma = ch->chan->device;
	struct copy c = copy_begin(ch, map, args->offset, src, args->src_offset,
				   args->length);
	int count = 0;

	if (copy_overlaps(map, src, args))
		return -EINVAL;
	while (c.left) {
		u64 length = copy_piece(&c);

		if (!length || count == DMASPAN_MAX_SEGMENTS ||
		    !is_dma_copy_aligned(dma, dmaspan_cursor_address(&c.to),
					 dmaspan_cursor_address(&c.from), length))
			return -EOPNOTSUPP;
		copy_advance(&c, length);
		count++;
		cond_resched();
	}
	return count;
}

/**
 * dmaspan_copy_prepare() - make a copy's descriptors
 * @w: the copy
 *
 * Return: as dmaspan_work_prepare().
 */
int dmaspan_copy_prepare(struct dmaspan_work *w)
{
	struct copy c = copy_begin(w->ch, w->map, w->offset, w->src, w->src_offset,
				   w->length);
	struct dma_async_tx_descriptor *tx;
	struct dmaspan_piece *p;
	int ret;

	for (p = w->pieces; p <= w->last; p++) {
		unsigned long flags = p == w->last ? DMA_PREP_INTERRUPT : 0;
		u64 length = copy_piece(&c);

		tx = dmaengine_prep_dma_memcpy(w->ch->chan, dmaspan_cursor_address(&c.to),
					       dmaspan_cursor_address(&c.from), length,
					       flags | DMA_CTRL_ACK);
		ret = dmaspan_piece_prepared(p, w, tx, length);
		if (ret)
			return ret;
		copy_advance(&c, length);
		cond_resched();
	}
	return 0;
}
