/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What channel.c (the fd), transfer.c (its queue), work.c (one transfer) and
 * copy.c (one from memory to memory) share.
 *
 * A transfer is queued (the engine has it), then done (its completion waits
 * for read()), then freed. The engine's callback moves it from queued to
 * done, in interrupt context; dmaspan_channel_stop() moves what is left once
 * the engine has stopped. Both wake the reader. A transfer keeps its mappings
 * until it is freed, but they count as in flight only while it is queued.
 */
#ifndef DMASPAN_CHANNEL_H
#define DMASPAN_CHANNEL_H

#include <linux/poll.h>

#include "dmaspan_private.h"

/*
 * An engine's descriptors are not charged to anybody: what one channel may
 * queue is bounded by the segments they stand for.
 */
#define DMASPAN_MAX_SEGMENTS	BIT(18)

/**
 * struct dmaspan_channel - an open channel
 * @ctx: the open node whose mappings it takes
 * @slot: what the device offers
 * @chan: the engine's channel; NULL once stopped for good; under @lock
 * @results: the engine may be given a callback_result
 * @entry: in dmaspan_device.channels
 * @lock: see dmaspan_private.h
 * @list_lock: guards what follows; taken in interrupt context
 * @queued: transfers that the engine has, in order
 * @done: transfers whose completion was not read yet, in order
 * @count: of both
 * @segments: of @queued
 * @lost: transfers that were refused with descriptors that the engine keeps
 * @lost_segments: of those descriptors
 * @gone: the device is gone
 * @wait: readers
 */
struct dmaspan_channel {
	struct dmaspan_context *ctx;
	struct dmaspan_slot *slot;
	struct dma_chan *chan;
	bool results;
	struct list_head entry;
	struct mutex lock;	/* order of submission; stop against submit */
	spinlock_t list_lock;	/* what follows; taken in interrupt context */
	struct list_head queued;
	struct list_head done;
	unsigned int count;
	unsigned int segments;
	unsigned int lost;
	unsigned int lost_segments;
	bool gone;
	wait_queue_head_t wait;
};

/**
 * struct dmaspan_piece - what one descriptor of the engine does
 * @w: the work that it is a part of
 * @tx: the descriptor, until submitted
 * @cookie: the engine's number for it
 * @ended: it has had its callback, or was refused; under list_lock
 * @failed: once @ended
 * @length: bytes
 * @moved: bytes, once @ended
 */
struct dmaspan_piece {
	struct dmaspan_work *w;
	struct dma_async_tx_descriptor *tx;
	dma_cookie_t cookie;
	bool ended;
	bool failed;
	u64 length;
	u64 moved;
};

/**
 * struct dmaspan_work - one transfer
 * @entry: in dmaspan_channel.queued or .done, or in a local list
 * @ch: its channel
 * @map: its mapping, with a reference; of a copy, the one that is written
 * @src: of a copy, the mapping that is read, with a reference; else NULL
 * @offset: where it starts in the buffer
 * @src_offset: where a copy starts to read
 * @length: bytes asked for
 * @segments: what it counts against DMASPAN_MAX_SEGMENTS
 * @completion: what read() gives
 * @last: the piece that ends it; under list_lock once queued
 * @num_pieces: number of @pieces: 1, or more of a copy
 * @pieces: done in order
 */
struct dmaspan_work {
	struct list_head entry;
	struct dmaspan_channel *ch;
	struct dmaspan_mapping *map;
	struct dmaspan_mapping *src;
	u64 offset;
	u64 src_offset;
	u64 length;
	unsigned int segments;
	struct dmaspan_completion completion;
	struct dmaspan_piece *last;
	unsigned int num_pieces;
	struct dmaspan_piece pieces[];
};

static inline bool dmaspan_channel_copies(const struct dmaspan_channel *ch)
{
	return ch->slot->config.direction == DMA_MEM_TO_MEM;
}

/**
 * struct dmaspan_cursor - a place in a mapping, that goes forward
 * @seg: the segment at hand; after the last one at the mapping's end
 * @offset: from the buffer's start
 */
struct dmaspan_cursor {
	const struct dmaspan_extent *seg;
	u64 offset;
};

static inline struct dmaspan_cursor dmaspan_cursor_begin(const struct dmaspan_mapping *map,
							 u64 offset)
{
	return (struct dmaspan_cursor) {
		.seg = &map->segments[dmaspan_mapping_index(map, offset)],
		.offset = offset,
	};
}

/* Bytes of the segment */
static inline u64 dmaspan_cursor_left(const struct dmaspan_cursor *at)
{
	return at->seg->offset + at->seg->length - at->offset;
}

static inline dma_addr_t dmaspan_cursor_address(const struct dmaspan_cursor *at)
{
	return at->seg->address + (at->offset - at->seg->offset);
}

/* @length: no more than is left */
static inline void dmaspan_cursor_advance(struct dmaspan_cursor *at, u64 length)
{
	at->offset += length;
	if (at->offset == at->seg->offset + at->seg->length)
		at->seg++;
}

/* There are completions, or there will be none any more. */
static inline void dmaspan_channel_wake(struct dmaspan_channel *ch)
{
	wake_up_interruptible_poll(&ch->wait, EPOLLIN | EPOLLRDNORM);
}

/* transfer.c */
int dmaspan_transfers_check(const struct dmaspan_submit *arg, u32 *each);
void dmaspan_channel_unreserve(struct dmaspan_channel *ch, unsigned int count);

/* work.c */
struct dmaspan_work *dmaspan_work_new(struct dmaspan_channel *ch,
				      const struct dmaspan_transfer *args);
int dmaspan_work_prepare(struct dmaspan_work *w);
unsigned int dmaspan_work_prepared(const struct dmaspan_work *w);
void dmaspan_work_submit(struct dmaspan_work *w);
void dmaspan_work_done(struct dmaspan_work *w, int status, u64 moved);
bool dmaspan_work_progress(struct dmaspan_work *w);
void dmaspan_work_refuse(struct list_head *list);
void dmaspan_work_free(struct list_head *list);
int dmaspan_piece_prepared(struct dmaspan_piece *p, struct dmaspan_work *w,
			   struct dma_async_tx_descriptor *tx, u64 length);

/* copy.c */
int dmaspan_copy_count(struct dmaspan_channel *ch, const struct dmaspan_mapping *map,
		       const struct dmaspan_mapping *src,
		       const struct dmaspan_transfer *args);
int dmaspan_copy_prepare(struct dmaspan_work *w);

#endif /* DMASPAN_CHANNEL_H */
