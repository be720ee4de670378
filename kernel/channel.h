/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What channel.c (the fd) and transfer.c (the work) share.
 *
 * A transfer is queued (the engine has it), then done (its completion waits
 * for read()), then freed. The engine's callback moves it from queued to
 * done, in interrupt context; dmaspan_channel_stop() moves what is left once
 * the engine has stopped. Both wake the reader. A transfer keeps its mapping
 * until it is freed, but the mapping counts as in flight only while queued.
 */
#ifndef DMASPAN_CHANNEL_H
#define DMASPAN_CHANNEL_H

#include "dmaspan_private.h"

/**
 * struct dmaspan_channel - an open channel
 * @ctx: the open node whose mappings it takes
 * @slot: what the device offers
 * @chan: the engine's channel; NULL once stopped for good; under @lock
 * @entry: in dmaspan_device.channels
 * @lock: see dmaspan_private.h
 * @list_lock: guards what follows; taken in interrupt context
 * @queued: transfers that the engine has, in order
 * @done: transfers whose completion was not read yet, in order
 * @count: of both
 * @segments: of @queued
 * @lost: descriptors that the engine keeps without a transfer
 * @gone: the device is gone
 * @wait: readers
 */
struct dmaspan_channel {
	struct dmaspan_context *ctx;
	struct dmaspan_slot *slot;
	struct dma_chan *chan;
	struct list_head entry;
	struct mutex lock;	/* order of submission; stop against submit */
	spinlock_t list_lock;	/* what follows; taken in interrupt context */
	struct list_head queued;
	struct list_head done;
	unsigned int count;
	unsigned int segments;
	unsigned int lost;
	bool gone;
	wait_queue_head_t wait;
};

/**
 * struct dmaspan_work - one piece of work
 * @entry: in dmaspan_channel.queued or .done, or in a local list
 * @ch: its channel
 * @map: its mapping, with a reference
 * @tx: until submitted
 * @tx_cookie: the engine's number for it
 * @offset: where it starts in the buffer
 * @length: bytes asked for
 * @first: the mapping's segment that @offset lies in
 * @segments: how many of them it touches
 * @completion: what read() gives
 */
struct dmaspan_work {
	struct list_head entry;
	struct dmaspan_channel *ch;
	struct dmaspan_mapping *map;
	struct dma_async_tx_descriptor *tx;
	dma_cookie_t tx_cookie;
	u64 offset;
	u64 length;
	unsigned int first;
	unsigned int segments;
	struct dmaspan_completion completion;
};

void dmaspan_work_free(struct list_head *list);
void dmaspan_channel_unreserve(struct dmaspan_channel *ch, unsigned int count);

#endif /* DMASPAN_CHANNEL_H */
