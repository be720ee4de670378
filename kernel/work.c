// SPDX-License-Identifier: GPL-2.0-only
/*
 * One transfer: from what a program asks for to the descriptors of the engine,
 * and from what the engine says of them to the completion.
 *
 * A transfer between memory and device is one descriptor with a list of the
 * mapping's segments, cut where they are too long for the engine; a copy is one
 * for each of its pieces (copy.c), and the last piece ends it. Engines differ in which
 * descriptors they call back for and in what they say then: a piece has what
 * its own callback said, and without one the engine is asked.
 */
#include <linux/log2.h>
#include <linux/mm.h>
#include <linux/slab.h>

#include "channel.h"

static bool map_allows(const struct dmaspan_mapping *map, enum dma_data_direction dir)
{
	return map->view.dir == DMA_BIDIRECTIONAL || map->view.dir == dir;
}

static int work_check(struct dmaspan_channel *ch, const struct dmaspan_mapping *map,
		      const struct dmaspan_mapping *src,
		      const struct dmaspan_transfer *args)
{
	bool reads = ch->slot->config.direction == DMA_MEM_TO_DEV;
	int ret;

	if (!map_allows(map, reads ? DMA_TO_DEVICE : DMA_FROM_DEVICE))
		return -EACCES;
	if (src && !map_allows(src, DMA_TO_DEVICE))
		return -EACCES;
	ret = dmaspan_check_range(args->offset, args->length, map->view.buf->size);
	if (ret || !src)
		return ret;
	return dmaspan_check_range(args->src_offset, args->length, src->view.buf->size);
}

/* A cut may not make an entry that is aligned worse than its segment. */
static unsigned int work_most(struct dmaspan_channel *ch)
{
	return rounddown_pow_of_two(dma_get_max_seg_size(dmaengine_get_dma_device(ch->chan)));
}

/* Entries of at most @most bytes for a range, which is checked. */
static u64 work_entries(const struct dmaspan_mapping *map, u64 offset, u64 length,
			unsigned int most)
{
	struct dmaspan_cursor at = dmaspan_cursor_begin(map, offset);
	u64 count = 0;

	while (length) {
		u64 n = min(length, dmaspan_cursor_left(&at));

		count += DIV_ROUND_UP_ULL(n, most);
		dmaspan_cursor_advance(&at, n);
		length -= n;
	}
	return count;
}

/* How many segments it stands for, or a negative errno. */
static int work_count(struct dmaspan_channel *ch, const struct dmaspan_mapping *map,
		      const struct dmaspan_mapping *src,
		      const struct dmaspan_transfer *args)
{
	int ret = work_check(ch, map, src, args);
	u64 count;

	if (ret)
		return ret;
	if (src)
		return dmaspan_copy_count(ch, map, src, args);
	count = work_entries(map, args->offset, args->length, work_most(ch));
	if (count > max_t(u64, map->num_segments, DMASPAN_MAX_SEGMENTS))
		return -EOPNOTSUPP;
	return count;
}

static void map_land(struct dmaspan_mapping *map)
{
	if (map)
		atomic_dec(&map->in_flight);
}

static void map_put(struct dmaspan_mapping *map)
{
	if (map)
		dmaspan_mapping_put(map);
}

static struct dmaspan_work *work_alloc(struct dmaspan_channel *ch, unsigned int count,
				       const struct dmaspan_transfer *args)
{
	struct dmaspan_work *w;

	w = kvzalloc(struct_size(w, pieces, count), GFP_KERNEL_ACCOUNT | __GFP_NOWARN);
	if (!w)
		return NULL;
	w->ch = ch;
	w->offset = args->offset;
	w->src_offset = args->src_offset;
	w->length = args->length;
	w->completion.cookie = args->cookie;
	w->num_pieces = count;
	w->last = &w->pieces[count - 1];
	return w;
}

/**
 * dmaspan_work_new() - a transfer that the engine does not know yet
 * @ch: the channel
 * @args: from the program, unchecked
 *
 * Its mappings count as in flight.
 *
 * Context: process; the channel's lock is held and it has its engine.
 * Return: the transfer, or an ERR_PTR as dmaspan_channel_submit() says.
 */
struct dmaspan_work *dmaspan_work_new(struct dmaspan_channel *ch,
				      const struct dmaspan_transfer *args)
{
	bool copies = dmaspan_channel_copies(ch);
	struct dmaspan_mapping *map, *src = NULL;
	struct dmaspan_work *w;
	int ret = -ENOENT, count;

	if (args->flags || args->__reserved)
		return ERR_PTR(-EINVAL);
	if (!copies && (args->src_mapping || args->src_offset))
		return ERR_PTR(-EINVAL);
	map = dmaspan_mapping_find(ch->ctx, args->mapping, true);
	if (copies)
		src = dmaspan_mapping_find(ch->ctx, args->src_mapping, true);
	if (!map || (copies && !src))
		goto err;
	count = work_count(ch, map, src, args);
	ret = count;
	if (count < 0)
		goto err;
	w = work_alloc(ch, copies ? count : 1, args);
	ret = -ENOMEM;
	if (!w)
		goto err;
	w->map = map;
	w->src = src;
	w->segments = count;
	return w;

err:
	map_land(src);
	map_put(src);
	map_land(map);
	map_put(map);
	return ERR_PTR(ret);
}

/**
 * dmaspan_work_free() - let go of transfers and their mappings
 * @list: none of them queued
 *
 * Context: process; the device's lock is held for reading: the last reference
 * to a mapping unmaps.
 */
void dmaspan_work_free(struct list_head *list)
{
	struct dmaspan_work *w, *next;

	list_for_each_entry_safe(w, next, list, entry) {
		list_del(&w->entry);
		map_put(w->src);
		map_put(w->map);
		kvfree(w);
	}
}

/**
 * dmaspan_work_refuse() - free transfers that were never queued
 * @list: of them
 *
 * Context: as dmaspan_work_free().
 */
void dmaspan_work_refuse(struct list_head *list)
{
	struct dmaspan_work *w;

	list_for_each_entry(w, list, entry) {
		map_land(w->src);
		map_land(w->map);
	}
	dmaspan_work_free(list);
}

/**
 * dmaspan_work_done() - from queued to done
 * @w: the transfer
 * @status: for its completion
 * @moved: bytes, for its completion
 *
 * Context: any; the channel's list_lock is held.
 */
void dmaspan_work_done(struct dmaspan_work *w, int status, u64 moved)
{
	w->completion.status = status;
	w->completion.length = moved;
	w->completion.time = ktime_get_ns();
	w->ch->segments -= w->segments;
	map_land(w->src);
	map_land(w->map);
	list_move_tail(&w->entry, &w->ch->done);
}

/* A residue has 32 bits: of a longer piece it says nothing. */
static u64 piece_without(const struct dmaspan_piece *p, u32 residue)
{
	return p->length > U32_MAX ? 0 : p->length - min_t(u64, residue, p->length);
}

/*
 * What the engine says of a piece that was submitted; @moved is what was moved
 * for certain. An engine that counts whole descriptors only says 0 left for
 * one that is not complete, and one that has failed may not have counted.
 * Under list_lock.
 */
static enum dma_status piece_ask(const struct dmaspan_piece *p, u64 *moved)
{
	struct dma_chan *chan = p->w->ch->chan;
	struct dma_tx_state state = {};
	enum dma_status status;

	status = dmaengine_tx_status(chan, p->cookie, &state);
	*moved = 0;
	if (status == DMA_COMPLETE)
		*moved = p->length;
	else if (chan->device->residue_granularity != DMA_RESIDUE_GRANULARITY_DESCRIPTOR &&
		 (state.residue || status != DMA_ERROR))
		*moved = piece_without(p, state.residue);
	return status;
}

/*
 * All of it has ended. A piece without a callback did all, if it did not fail.
 * A program may take what ended short without a failure for the first bytes:
 * a hole is a failure.
 */
static void work_ended(struct dmaspan_work *w)
{
	bool failed = false, cut = false;
	unsigned int i;
	u64 sum = 0;

	for (i = 0; i < w->num_pieces; i++) {
		struct dmaspan_piece *p = &w->pieces[i];

		if (!p->ended) {
			p->failed = piece_ask(p, &p->moved) == DMA_ERROR;
			if (!p->failed)
				p->moved = p->length;
		}
		failed |= p->failed || (cut && p->moved);
		cut |= p->moved < p->length;
		sum += p->moved;
	}
	dmaspan_work_done(w, failed ? -EIO : 0, sum);
}

static void piece_ended(struct dmaspan_piece *p, bool failed, u64 moved)
{
	lockdep_assert_held(&p->w->ch->list_lock);
	p->ended = true;
	p->failed = failed;
	p->moved = moved;
	if (p == p->w->last)
		work_ended(p->w);
}

/* After it the work may be gone. @result: NULL: the engine gave none. */
static void piece_callback(struct dmaspan_piece *p, const struct dmaengine_result *result)
{
	struct dmaspan_channel *ch = p->w->ch;
	bool failed = result && result->result != DMA_TRANS_NOERROR;
	u64 moved = failed ? 0 : p->length;
	unsigned long flags;
	bool last;

	spin_lock_irqsave(&ch->list_lock, flags);
	last = p == p->w->last;
	if (result && result->residue) {
		moved = piece_without(p, result->residue);
	} else if (!failed) {
		u64 certain;

		failed = piece_ask(p, &certain) == DMA_ERROR;
		if (failed)
			moved = certain;
	}
	piece_ended(p, failed, moved);
	spin_unlock_irqrestore(&ch->list_lock, flags);
	if (last)
		dmaspan_channel_wake(ch);
}

static void work_callback(void *param)
{
	piece_callback(param, NULL);
}

static void work_callback_result(void *param, const struct dmaengine_result *result)
{
	piece_callback(param, result);
}

/**
 * dmaspan_piece_prepared() - a piece has its descriptor
 * @p: the piece
 * @w: what it is a part of
 * @tx: from the engine, or NULL
 * @length: bytes
 *
 * Both callbacks are set: an engine may recycle a descriptor with what its
 * last user set.
 *
 * Return: 0 or -EOPNOTSUPP.
 */
int dmaspan_piece_prepared(struct dmaspan_piece *p, struct dmaspan_work *w,
			   struct dma_async_tx_descriptor *tx, u64 length)
{
	if (!tx)
		return -EOPNOTSUPP;
	tx->callback = work_callback;
	tx->callback_result = w->ch->results ? work_callback_result : NULL;
	tx->callback_param = p;
	p->w = w;
	p->tx = tx;
	p->length = length;
	return 0;
}

/* A range of a mapping as the scatterlist that the engine takes, in work_entries() entries. */
static int work_list(const struct dmaspan_work *w, unsigned int most, struct sg_table *sgt)
{
	struct dmaspan_cursor at = dmaspan_cursor_begin(w->map, w->offset);
	u64 left = w->length;
	struct scatterlist *sg;
	int ret, i;

	ret = sg_alloc_table(sgt, w->segments, GFP_KERNEL_ACCOUNT | __GFP_NOWARN);
	if (ret)
		return ret;
	for_each_sgtable_dma_sg(sgt, sg, i) {
		sg->length = min3(left, dmaspan_cursor_left(&at), (u64)most);
		sg_dma_len(sg) = sg->length;
		sg_dma_address(sg) = dmaspan_cursor_address(&at);
		dmaspan_cursor_advance(&at, sg->length);
		left -= sg->length;
	}
	return 0;
}

/**
 * dmaspan_work_prepare() - make the engine's descriptors
 * @w: the transfer
 *
 * Context: process; the channel's lock is held.
 * Return: 0; -EOPNOTSUPP: the engine refuses; -ENOMEM. Descriptors may have
 * been made all the same: see dmaspan_work_prepared().
 */
int dmaspan_work_prepare(struct dmaspan_work *w)
{
	struct dmaspan_channel *ch = w->ch;
	struct dma_async_tx_descriptor *tx;
	struct sg_table sgt;
	int ret;

	if (w->src)
		return dmaspan_copy_prepare(w);
	ret = work_list(w, work_most(ch), &sgt);
	if (ret)
		return ret;
	tx = dmaengine_prep_slave_sg(ch->chan, sgt.sgl, sgt.nents,
				     ch->slot->config.direction,
				     DMA_PREP_INTERRUPT | DMA_CTRL_ACK);
	sg_free_table(&sgt);
	return dmaspan_piece_prepared(w->last, w, tx, w->length);
}

/**
 * dmaspan_work_prepared() - the segments that its descriptors stand for
 * @w: the transfer, not submitted
 */
unsigned int dmaspan_work_prepared(const struct dmaspan_work *w)
{
	unsigned int n = 0;

	if (!w->src)
		return w->last->tx ? w->segments : 0;
	while (n < w->num_pieces && w->pieces[n].tx)
		n++;
	return n;
}

/**
 * dmaspan_work_submit() - give a transfer to the engine, and queue it
 * @w: prepared; may be gone after the call
 *
 * If the engine refuses a piece now, the transfer fails once the engine is
 * through with the last one that it did not refuse.
 *
 * Context: process; the channel's lock is held.
 */
void dmaspan_work_submit(struct dmaspan_work *w)
{
	struct dmaspan_piece *p, *end = w->last + 1, *taken = NULL;
	struct dmaspan_channel *ch = w->ch;
	bool ended = false;

	spin_lock_irq(&ch->list_lock);
	ch->segments += w->segments;
	list_move_tail(&w->entry, &ch->queued);
	spin_unlock_irq(&ch->list_lock);

	for (p = w->pieces; p < end; p++) {
		cond_resched();
		/* An engine may finish it before dmaengine_submit() returns. */
		spin_lock_irq(&ch->list_lock);
		p->cookie = dmaengine_submit(p->tx);
		if (!dma_submit_error(p->cookie)) {
			taken = p;
		} else {
			p->ended = true;
			p->failed = true;
			if (p + 1 == end) {
				w->last = taken;
				ended = !taken || taken->ended;
				if (ended)
					work_ended(w);
			}
		}
		spin_unlock_irq(&ch->list_lock);
	}
	if (ended)
		dmaspan_channel_wake(ch);
}

/**
 * dmaspan_work_progress() - note what a queued transfer has moved
 * @w: the transfer; its completion gets the length
 *
 * Context: any; the channel's list_lock is held.
 * Return: whether the engine is through with it.
 */
bool dmaspan_work_progress(struct dmaspan_work *w)
{
	enum dma_status status;
	unsigned int i;
	u64 moved;

	w->completion.length = 0;
	for (i = 0; i < w->num_pieces; i++) {
		const struct dmaspan_piece *p = &w->pieces[i];

		status = DMA_COMPLETE;
		moved = p->moved;
		if (!p->ended)
			status = piece_ask(p, &moved);
		w->completion.length += moved;
		if (status != DMA_COMPLETE && status != DMA_ERROR)
			return false;
	}
	return true;
}
