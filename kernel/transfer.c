// SPDX-License-Identifier: GPL-2.0-only
/*
 * Transfers: work for a DMA engine's channel, from SUBMIT to its completion.
 */
#include <linux/mutex.h>
#include <linux/poll.h>
#include <linux/slab.h>

#include "channel.h"

/*
 * An engine's descriptors are not charged to anybody: what one channel may
 * queue is bounded by the segments they stand for.
 */
#define MAX_QUEUED_SEGMENTS	BIT(18)

/* Under list_lock. */
static void work_done(struct dmaspan_work *w, int status, u64 moved)
{
	w->completion.status = status;
	w->completion.length = moved;
	w->completion.time = ktime_get_ns();
	w->ch->segments -= w->segments;
	atomic_dec(&w->map->in_flight);
	list_move_tail(&w->entry, &w->ch->done);
}

/*
 * Bytes moved for certain, under list_lock. An engine that counts whole
 * descriptors only says 0 left for one that is not complete.
 */
static u64 work_moved(struct dmaspan_work *w, enum dma_status *status)
{
	struct dma_chan *chan = w->ch->chan;
	struct dma_tx_state state = {};

	*status = dmaengine_tx_status(chan, w->tx_cookie, &state);
	if (*status == DMA_COMPLETE)
		return w->length;
	if (chan->device->residue_granularity == DMA_RESIDUE_GRANULARITY_DESCRIPTOR)
		return 0;
	return w->length - min_t(u64, state.residue, w->length);
}

/*
 * Engines differ in whether they keep a stale callback_result on a recycled
 * descriptor, so the plain callback is used, and the engine is asked.
 */
static void work_callback(void *param)
{
	struct dmaspan_work *w = param;
	struct dmaspan_channel *ch = w->ch;
	enum dma_status status;
	unsigned long flags;
	u64 moved;

	spin_lock_irqsave(&ch->list_lock, flags);
	moved = work_moved(w, &status);
	if (status == DMA_ERROR)
		work_done(w, -EIO, moved);
	else
		work_done(w, 0, w->length);
	spin_unlock_irqrestore(&ch->list_lock, flags);
	wake_up_interruptible_poll(&ch->wait, EPOLLIN | EPOLLRDNORM);
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
		dmaspan_mapping_put(w->map);
		kfree(w);
	}
}

static int work_check(struct dmaspan_channel *ch, struct dmaspan_mapping *map,
		      const struct dmaspan_transfer *args)
{
	bool to_device = ch->slot->config.direction == DMA_MEM_TO_DEV;
	enum dma_data_direction dir = map->view.dir;

	if (dir != DMA_BIDIRECTIONAL && dir != (to_device ? DMA_TO_DEVICE : DMA_FROM_DEVICE))
		return -EACCES;
	return dmaspan_check_range(args->offset, args->length, map->view.buf->size);
}

/* One transfer, checked, its mapping counted as in flight, unknown to the engine. */
static struct dmaspan_work *work_new(struct dmaspan_channel *ch,
				     const struct dmaspan_transfer *args)
{
	struct dmaspan_work *w;
	int ret = -ENOENT;

	if (args->flags)
		return ERR_PTR(-EINVAL);
	w = kzalloc(sizeof(*w), GFP_KERNEL_ACCOUNT);
	if (!w)
		return ERR_PTR(-ENOMEM);
	w->ch = ch;
	w->offset = args->offset;
	w->length = args->length;
	w->completion.cookie = args->cookie;
	w->map = dmaspan_mapping_find(ch->ctx, args->mapping, true);
	if (!w->map)
		goto err_free;
	ret = work_check(ch, w->map, args);
	if (ret)
		goto err_map;
	w->first = dmaspan_mapping_index(w->map, w->offset);
	w->segments = dmaspan_mapping_index(w->map, w->offset + w->length - 1) - w->first + 1;
	return w;

err_map:
	atomic_dec(&w->map->in_flight);
	dmaspan_mapping_put(w->map);
err_free:
	kfree(w);
	return ERR_PTR(ret);
}

/* A range of a mapping as the scatterlist that the engine takes. */
static int work_list(struct dmaspan_work *w, struct sg_table *sgt)
{
	u64 offset = w->offset, left = w->length;
	struct scatterlist *sg;
	int ret, i;

	ret = sg_alloc_table(sgt, w->segments, GFP_KERNEL_ACCOUNT | __GFP_NOWARN);
	if (ret)
		return ret;
	for_each_sgtable_dma_sg(sgt, sg, i) {
		const struct dmaspan_extent *seg = &w->map->segments[w->first + i];
		u64 into = offset - seg->offset;

		sg->length = min(left, seg->length - into);
		sg_dma_len(sg) = sg->length;
		sg_dma_address(sg) = seg->address + into;
		offset += sg->length;
		left -= sg->length;
	}
	return 0;
}

static int work_prepare(struct dmaspan_work *w)
{
	struct dmaspan_channel *ch = w->ch;
	struct sg_table sgt;
	int ret;

	ret = work_list(w, &sgt);
	if (ret)
		return ret;
	w->tx = dmaengine_prep_slave_sg(ch->chan, sgt.sgl, sgt.nents,
					ch->slot->config.direction,
					DMA_PREP_INTERRUPT | DMA_CTRL_ACK);
	sg_free_table(&sgt);
	if (!w->tx)
		return -EOPNOTSUPP;
	w->tx->callback = work_callback;
	w->tx->callback_result = NULL;
	w->tx->callback_param = w;
	return 0;
}

/* Room for @count more transfers, taken at once. */
static int channel_reserve(struct dmaspan_channel *ch, unsigned int count)
{
	int ret = -EAGAIN;

	spin_lock_irq(&ch->list_lock);
	if (count + ch->count + ch->lost <= DMASPAN_MAX_TRANSFERS) {
		ch->count += count;
		ret = 0;
	}
	spin_unlock_irq(&ch->list_lock);
	return ret;
}

/* Room given back: transfers that were refused, or whose completion was read. */
void dmaspan_channel_unreserve(struct dmaspan_channel *ch, unsigned int count)
{
	spin_lock_irq(&ch->list_lock);
	ch->count -= count;
	spin_unlock_irq(&ch->list_lock);
}

/* All that a program can get wrong is found here, before the engine is asked. */
static int channel_collect(struct dmaspan_channel *ch,
			   const struct dmaspan_transfer *transfers,
			   unsigned int count, struct list_head *work)
{
	u64 segments = ch->segments;
	struct dmaspan_work *w;
	unsigned int i;

	for (i = 0; i < count; i++) {
		w = work_new(ch, &transfers[i]);
		if (IS_ERR(w))
			return PTR_ERR(w);
		list_add_tail(&w->entry, work);
		segments += w->segments;
		if (segments > MAX_QUEUED_SEGMENTS && segments > w->segments)
			return -EAGAIN;
	}
	return 0;
}

/*
 * The engine interface has no way to give back a descriptor that was prepared
 * and not submitted; the engine keeps it until the channel is stopped. Those
 * take the room of transfers until then.
 */
static int channel_prepare(struct dmaspan_channel *ch, struct list_head *work)
{
	unsigned int prepared = 0;
	struct dmaspan_work *w;
	int ret;

	list_for_each_entry(w, work, entry) {
		ret = work_prepare(w);
		if (ret) {
			spin_lock_irq(&ch->list_lock);
			ch->lost += prepared;
			spin_unlock_irq(&ch->list_lock);
			return ret;
		}
		prepared++;
	}
	return 0;
}

static void channel_start(struct dmaspan_channel *ch, struct list_head *work)
{
	struct dmaspan_work *w, *next;

	list_for_each_entry_safe(w, next, work, entry) {
		/* An engine may finish it before dmaengine_submit() returns. */
		spin_lock_irq(&ch->list_lock);
		ch->segments += w->segments;
		list_move_tail(&w->entry, &ch->queued);
		w->tx_cookie = dmaengine_submit(w->tx);
		if (dma_submit_error(w->tx_cookie))
			work_done(w, -EIO, 0);
		spin_unlock_irq(&ch->list_lock);
	}
	dma_async_issue_pending(ch->chan);
}

/**
 * dmaspan_channel_submit() - queue transfers, all or none
 * @ch: the channel
 * @transfers: from the program, unchecked
 * @count: 1 to DMASPAN_MAX_TRANSFERS
 *
 * Context: process; the device's lock is held for reading and it is not gone.
 * Return: 0; -EAGAIN: no room; -ENOENT, -EACCES, -EINVAL, -EOVERFLOW: of a
 * transfer; -EOPNOTSUPP: the engine refuses one; -ENOMEM.
 */
int dmaspan_channel_submit(struct dmaspan_channel *ch,
			   const struct dmaspan_transfer *transfers,
			   unsigned int count)
{
	struct dmaspan_work *w;
	LIST_HEAD(work);
	int ret;

	ret = channel_reserve(ch, count);
	if (ret)
		return ret;
	mutex_lock(&ch->lock);
	ret = channel_collect(ch, transfers, count, &work);
	if (!ret)
		ret = channel_prepare(ch, &work);
	if (!ret)
		channel_start(ch, &work);
	mutex_unlock(&ch->lock);
	if (!ret)
		return 0;

	list_for_each_entry(w, &work, entry)
		atomic_dec(&w->map->in_flight);
	dmaspan_work_free(&work);
	dmaspan_channel_unreserve(ch, count);
	return ret;
}

/* How much each queued transfer moved; less than it did, if it goes on. */
static void channel_note_progress(struct dmaspan_channel *ch)
{
	struct dmaspan_work *w;
	enum dma_status status;

	spin_lock_irq(&ch->list_lock);
	list_for_each_entry(w, &ch->queued, entry) {
		w->completion.length = work_moved(w, &status);
		/* They are done in order. */
		if (!w->completion.length)
			break;
	}
	spin_unlock_irq(&ch->list_lock);
}

/**
 * dmaspan_channel_stop() - stop all that is queued
 * @ch: the channel
 * @status: for the completions
 *
 * When it returns, the engine no longer touches the transfers' memory and
 * every transfer is done.
 *
 * Context: process; the device is there.
 * Return: how many were stopped.
 */
unsigned int dmaspan_channel_stop(struct dmaspan_channel *ch, int status)
{
	struct dmaspan_work *w, *next;
	unsigned int stopped = 0;

	mutex_lock(&ch->lock);
	channel_note_progress(ch);
	WARN_ON_ONCE(dmaengine_terminate_sync(ch->chan));
	spin_lock_irq(&ch->list_lock);
	list_for_each_entry_safe(w, next, &ch->queued, entry) {
		work_done(w, status, w->completion.length);
		stopped++;
	}
	ch->lost = 0;
	spin_unlock_irq(&ch->list_lock);
	mutex_unlock(&ch->lock);
	wake_up_interruptible_poll(&ch->wait, EPOLLIN | EPOLLRDNORM);
	return stopped;
}
