// SPDX-License-Identifier: GPL-2.0-only
/*
 * Transfers: what a DMA engine's channel has queued, from SUBMIT until each
 * has ended or the channel is stopped. One transfer is work.c's.
 */
#include <linux/mutex.h>
#include <linux/poll.h>

#include "channel.h"

/**
 * dmaspan_transfers_check() - count and size of a program's array of transfers
 * @arg: of SUBMIT, unchecked
 * @each: set to the size of one, in bytes
 *
 * Return: 0; -EINVAL: a wrong count or size; -E2BIG: a size that no kernel has.
 */
int dmaspan_transfers_check(const struct dmaspan_submit *arg, u32 *each)
{
	const u32 first = offsetofend(struct dmaspan_transfer, cookie);

	*each = arg->transfer_size ?: first;
	if (!arg->count || arg->count > DMASPAN_MAX_TRANSFERS ||
	    *each < first || *each % sizeof(u64))
		return -EINVAL;
	return *each > DMASPAN_MAX_TRANSFER_SIZE ? -E2BIG : 0;
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
	bool was_full;

	spin_lock_irq(&ch->list_lock);
	was_full = ch->count == DMASPAN_MAX_TRANSFERS;
	ch->count -= count;
	spin_unlock_irq(&ch->list_lock);
	if (was_full && count)
		wake_up_interruptible_poll(&ch->wait, EPOLLOUT | EPOLLWRNORM);
}

/* All that a program can get wrong is found here, before the engine is asked. */
static int channel_collect(struct dmaspan_channel *ch,
			   const struct dmaspan_transfer *transfers,
			   unsigned int count, struct dmaspan_transfer *bad,
			   struct list_head *work)
{
	u64 segments = (u64)ch->segments + ch->lost_segments;
	struct dmaspan_work *w;
	unsigned int i;

	for (i = 0; i < count; i++) {
		*bad = transfers[i];
		w = dmaspan_work_new(ch, &transfers[i]);
		if (IS_ERR(w))
			return PTR_ERR(w);
		list_add_tail(&w->entry, work);
		segments += w->segments;
		if (segments > DMASPAN_MAX_SEGMENTS && segments > w->segments)
			return -EAGAIN;
	}
	return 0;
}

/*
 * The engine interface has no way to give back a descriptor that was prepared
 * and not submitted; the engine keeps it until the channel is stopped. Those
 * take the room of transfers and segments until then.
 */
static void channel_lose(struct dmaspan_channel *ch, struct list_head *work)
{
	struct dmaspan_work *w;

	spin_lock_irq(&ch->list_lock);
	list_for_each_entry(w, work, entry) {
		unsigned int segments = dmaspan_work_prepared(w);

		ch->lost += segments > 0;
		ch->lost_segments += segments;
	}
	spin_unlock_irq(&ch->list_lock);
}

static int channel_prepare(struct dmaspan_channel *ch, struct list_head *work)
{
	struct dmaspan_work *w;
	int ret;

	list_for_each_entry(w, work, entry) {
		ret = dmaspan_work_prepare(w);
		if (ret) {
			channel_lose(ch, work);
			return ret;
		}
	}
	return 0;
}

static void channel_start(struct dmaspan_channel *ch, struct list_head *work)
{
	struct dmaspan_work *w, *next;

	list_for_each_entry_safe(w, next, work, entry)
		dmaspan_work_submit(w);
	dma_async_issue_pending(ch->chan);
}

/**
 * dmaspan_channel_submit() - queue transfers, all or none
 * @ch: the channel
 * @transfers: from the program, unchecked
 * @count: 1 to DMASPAN_MAX_TRANSFERS
 * @bad: set to the transfer that is refused, if it is a certain one
 *
 * Context: process; the device's lock is held for reading and it is not gone.
 * Return: 0; -EAGAIN: no room; -ENOENT, -EACCES, -EINVAL, -EOVERFLOW: of a
 * transfer; -EOPNOTSUPP: the engine is unable to do one, or refuses it;
 * -ENOMEM.
 */
int dmaspan_channel_submit(struct dmaspan_channel *ch,
			   const struct dmaspan_transfer *transfers,
			   unsigned int count, struct dmaspan_transfer *bad)
{
	LIST_HEAD(work);
	int ret;

	ret = channel_reserve(ch, count);
	if (ret)
		return ret;
	mutex_lock(&ch->lock);
	ret = channel_collect(ch, transfers, count, bad, &work);
	if (!ret)
		ret = channel_prepare(ch, &work);
	if (!ret)
		channel_start(ch, &work);
	mutex_unlock(&ch->lock);
	if (!ret)
		return 0;

	dmaspan_work_refuse(&work);
	dmaspan_channel_unreserve(ch, count);
	return ret;
}

/* How much each queued transfer moved; less than it did, if it goes on. */
static void channel_note_progress(struct dmaspan_channel *ch)
{
	struct dmaspan_work *w;

	spin_lock_irq(&ch->list_lock);
	list_for_each_entry(w, &ch->queued, entry) {
		/* They are done in order. */
		if (!dmaspan_work_progress(w))
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
	/* What follows frees what callbacks look at: none may be left, even if this fails. */
	WARN_ON_ONCE(dmaengine_terminate_async(ch->chan));
	dmaengine_synchronize(ch->chan);
	spin_lock_irq(&ch->list_lock);
	list_for_each_entry_safe(w, next, &ch->queued, entry) {
		dmaspan_work_done(w, status, w->completion.length);
		stopped++;
	}
	ch->lost = 0;
	ch->lost_segments = 0;
	spin_unlock_irq(&ch->list_lock);
	mutex_unlock(&ch->lock);
	dmaspan_channel_wake(ch);
	return stopped;
}
