// SPDX-License-Identifier: GPL-2.0-only
/*
 * Transfers: work for a DMA engine's channel, from SUBMIT to its completion.
 */
#include <linux/mutex.h>
#include <linux/poll.h>
#include <linux/slab.h>

#include "channel.h"

/* Under list_lock. */
static void work_done(struct dmaspan_work *w, int status, u64 moved)
{
	w->completion.status = status;
	w->completion.length = moved;
	w->completion.time = ktime_get_ns();
	atomic_dec(&w->map->in_flight);
	list_move_tail(&w->entry, &w->ch->done);
}

/*
 * Engines differ in whether they keep a stale callback_result on a recycled
 * descriptor, so the plain callback is used, and the engine is asked.
 */
static void work_callback(void *param)
{
	struct dmaspan_work *w = param;
	struct dmaspan_channel *ch = w->ch;
	struct dma_tx_state state = {};
	enum dma_status status;
	unsigned long flags;

	status = dmaengine_tx_status(ch->chan, w->tx_cookie, &state);
	spin_lock_irqsave(&ch->list_lock, flags);
	if (status == DMA_ERROR)
		work_done(w, -EIO, w->length - min_t(u64, state.residue, w->length));
	else
		work_done(w, 0, w->length);
	spin_unlock_irqrestore(&ch->list_lock, flags);
	wake_up_interruptible_poll(&ch->wait, EPOLLIN | EPOLLRDNORM);
}

/* The device's lock is held for reading: the last reference unmaps. */
void dmaspan_work_free(struct list_head *list)
{
	struct dmaspan_work *w, *next;

	list_for_each_entry_safe(w, next, list, entry) {
		list_del(&w->entry);
		dmaspan_mapping_put(w->map);
		kfree(w);
	}
}

/* A range of a mapping as the scatterlist that the engine takes. */
static int work_list(struct dmaspan_work *w, u64 offset, struct sg_table *sgt)
{
	struct dmaspan_mapping *map = w->map;
	unsigned int first = dmaspan_mapping_index(map, offset), i;
	unsigned int last = dmaspan_mapping_index(map, offset + w->length - 1);
	u64 left = w->length;
	struct scatterlist *sg;
	int ret;

	ret = sg_alloc_table(sgt, last - first + 1, GFP_KERNEL_ACCOUNT);
	if (ret)
		return ret;
	for_each_sgtable_dma_sg(sgt, sg, i) {
		const struct dmaspan_extent *seg = &map->segments[first + i];
		u64 into = offset - seg->offset;

		sg->length = min(left, seg->length - into);
		sg_dma_len(sg) = sg->length;
		sg_dma_address(sg) = seg->address + into;
		offset += sg->length;
		left -= sg->length;
	}
	return 0;
}

static int work_prepare(struct dmaspan_work *w, u64 offset)
{
	struct dmaspan_channel *ch = w->ch;
	struct sg_table sgt;
	int ret;

	ret = work_list(w, offset, &sgt);
	if (ret)
		return ret;
	w->tx = dmaengine_prep_slave_sg(ch->chan, sgt.sgl, sgt.nents,
					ch->slot->config.direction,
					DMA_PREP_INTERRUPT | DMA_CTRL_ACK);
	sg_free_table(&sgt);
	if (!w->tx)
		return -ENOMEM;
	w->tx->callback = work_callback;
	w->tx->callback_param = w;
	return 0;
}

static int work_check(struct dmaspan_channel *ch, struct dmaspan_mapping *map,
		      const struct dmaspan_transfer *args)
{
	bool to_device = ch->slot->config.direction == DMA_MEM_TO_DEV;
	enum dma_data_direction dir = map->view.dir;

	if (map->view.dev != dmaengine_get_dma_device(ch->chan))
		return -EXDEV;
	if (dir != DMA_BIDIRECTIONAL && dir != (to_device ? DMA_TO_DEVICE : DMA_FROM_DEVICE))
		return -EACCES;
	return dmaspan_check_range(args->offset, args->length, map->view.buf->size);
}

/* One transfer, its mapping counted as in flight, the engine not told yet. */
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
	w->length = args->length;
	w->completion.cookie = args->cookie;
	w->map = dmaspan_mapping_find(ch->ctx, args->mapping, true);
	if (!w->map)
		goto err_free;
	ret = work_check(ch, w->map, args);
	if (!ret)
		ret = work_prepare(w, args->offset);
	if (ret)
		goto err_map;
	return w;

err_map:
	atomic_dec(&w->map->in_flight);
	dmaspan_mapping_put(w->map);
err_free:
	kfree(w);
	return ERR_PTR(ret);
}

/* Room for @count more transfers, taken at once. */
static int channel_reserve(struct dmaspan_channel *ch, unsigned int count)
{
	int ret = -EAGAIN;

	spin_lock_irq(&ch->list_lock);
	if (count <= DMASPAN_MAX_TRANSFERS - ch->count) {
		ch->count += count;
		ret = 0;
	}
	spin_unlock_irq(&ch->list_lock);
	return ret;
}

void dmaspan_channel_unreserve(struct dmaspan_channel *ch, unsigned int count)
{
	spin_lock_irq(&ch->list_lock);
	ch->count -= count;
	spin_unlock_irq(&ch->list_lock);
}

/*
 * The engine interface has no way to give back a descriptor that was prepared
 * and not submitted; the engine frees it when the channel is closed.
 */
static int channel_prepare(struct dmaspan_channel *ch,
			   const struct dmaspan_transfer *transfers,
			   unsigned int count, struct list_head *prepared)
{
	struct dmaspan_work *w;
	unsigned int i;
	int ret;

	for (i = 0; i < count; i++) {
		w = work_new(ch, &transfers[i]);
		if (IS_ERR(w)) {
			ret = PTR_ERR(w);
			list_for_each_entry(w, prepared, entry)
				atomic_dec(&w->map->in_flight);
			dmaspan_work_free(prepared);
			return ret;
		}
		list_add_tail(&w->entry, prepared);
	}
	return 0;
}

static void channel_start(struct dmaspan_channel *ch, struct list_head *prepared)
{
	struct dmaspan_work *w, *next;

	list_for_each_entry_safe(w, next, prepared, entry) {
		spin_lock_irq(&ch->list_lock);
		list_move_tail(&w->entry, &ch->queued);
		spin_unlock_irq(&ch->list_lock);
		w->tx_cookie = dmaengine_submit(w->tx);
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
 * Return: 0; -EAGAIN: no room; -ENOENT, -EXDEV, -EACCES, -EINVAL, -EOVERFLOW:
 * of a transfer; -ENOMEM.
 */
int dmaspan_channel_submit(struct dmaspan_channel *ch,
			   const struct dmaspan_transfer *transfers,
			   unsigned int count)
{
	LIST_HEAD(prepared);
	int ret;

	ret = channel_reserve(ch, count);
	if (ret)
		return ret;
	mutex_lock(&ch->lock);
	ret = channel_prepare(ch, transfers, count, &prepared);
	if (!ret)
		channel_start(ch, &prepared);
	mutex_unlock(&ch->lock);
	if (ret)
		dmaspan_channel_unreserve(ch, count);
	return ret;
}

/* How much each queued transfer moved; less than it did, if it goes on. */
static void channel_note_progress(struct dmaspan_channel *ch)
{
	struct dmaspan_work *w;

	spin_lock_irq(&ch->list_lock);
	list_for_each_entry(w, &ch->queued, entry) {
		struct dma_tx_state state = {};

		state.residue = w->length;
		dmaengine_tx_status(ch->chan, w->tx_cookie, &state);
		w->completion.length = w->length - min_t(u64, state.residue, w->length);
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
	dmaengine_terminate_sync(ch->chan);
	spin_lock_irq(&ch->list_lock);
	list_for_each_entry_safe(w, next, &ch->queued, entry) {
		work_done(w, status, w->completion.length);
		stopped++;
	}
	spin_unlock_irq(&ch->list_lock);
	mutex_unlock(&ch->lock);
	wake_up_interruptible_poll(&ch->wait, EPOLLIN | EPOLLRDNORM);
	return stopped;
}
