/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The engine: a dmaengine provider, and one thread that moves its bytes.
 *
 * Terms:
 *
 *   descriptor  one transfer, as a client prepared it
 *   segment     a range of bus addresses, in a list
 *   pair        a source and a destination: a copy is one, a 2-D copy has one
 *               for each chunk of each frame
 *   mover       the thread. It gives each channel that has work one burst, in turn
 *   burst       at most VIRT_BURST bytes, of one descriptor, in one or more pieces
 *   hand        the descriptor that the mover moves or reports, without the lock
 *   fate        what injection decided for a transfer when it began. Transfers are
 *               counted per device, in the order in which they begin
 *
 * A descriptor is on exactly one list of its channel, or is its @hand only:
 *
 *   prepared -> submitted -> issued -> (hand) -> freed
 *
 * The first of the issued is the one being moved. It stays on the list until it
 * has ended; then it is the hand's alone while its callback runs. Termination
 * leads from each list to retired, where it stays, claims and all, until
 * synchronize: before that a client does not know that the device lets go.
 *
 * Of a descriptor that is freed nothing is left but its cookie: at or below
 * chan.completed_cookie it was completed, else it failed or was terminated. How
 * the last few ended that did not end as they should is in virt_chan.outcomes.
 *
 * Claims are held from issue_pending to the end of the transfer, before its
 * cookie completes. Two kinds claim each range as it begins and let go of it as
 * it ends: cyclic ones, since a client uses the periods that the device is not
 * at, and 2-D copies, which may have millions of ranges.
 *
 * A dead engine (unbound) has no mover. It takes no descriptor any more; it
 * lives until dmaengine calls virt_release().
 *
 * The engine's lock protects the lists, the cookies and the states. The place
 * that a descriptor has reached is the mover's; others may read @done.
 * Of the other locks, a signal's is a leaf.
 */
#ifndef _DMASPAN_VIRT_ENGINE_H
#define _DMASPAN_VIRT_ENGINE_H

#include <linux/dmaengine.h>
#include <linux/ktime.h>
#include <linux/rcupdate.h>
#include <linux/sched.h>
#include <linux/sizes.h>
#include <linux/wait.h>

#include "virt.h"
#include "virt_signal.h"

#define VIRT_BURST	SZ_64K
#define VIRT_OUTCOMES	64

enum virt_work {
	VIRT_COPY,		/* one pair */
	VIRT_FRAMES,		/* many pairs */
	VIRT_SET,		/* segments are filled with a byte */
	VIRT_STREAM,		/* segments are source's or sink's */
};

enum virt_fate { VIRT_ENDS, VIRT_FAILS, VIRT_HANGS, VIRT_ENDS_SHORT };

/**
 * struct virt_block - some of a descriptor's segments
 * @next: the following ones
 * @count: number of @claims
 * @claims: a segment is claim.addr and claim.len, claimed or not
 */
struct virt_block {
	struct virt_block *next;
	unsigned int count;
	struct virt_claim claims[];
};

/**
 * struct virt_desc - a descriptor
 * @tx: dmaengine's part
 * @node: in a list of its channel
 * @work: what it does
 * @writes: it writes to memory
 * @cyclic: at the end of its segments it begins again
 * @claimed: all that it has is; or, if it claims as it goes, its current range
 * @terminated: under the engine's lock
 * @begun: @fate, @limit and @start are decided
 * @hung: it has reached @limit, and is to stay there
 * @period: a segment of a cyclic one has ended, and was not reported yet
 * @fate: what is to become of it
 * @result: DMA_TRANS_NOERROR, or why it failed
 * @value: of VIRT_SET
 * @len: bytes; of a cyclic one: of one cycle
 * @done: bytes moved; likewise
 * @limit: @done is not to exceed it
 * @visited: bytes that the current access has reached, of VIRT_SET
 * @start: when the first byte moves
 * @first: the segments
 * @block: the current one's
 * @index: in @block
 * @offset: bytes done of the current segment or pair
 * @src: of the current pair
 * @dst: likewise
 * @size: likewise
 * @from: claim on the current pair's source
 * @to: ... and destination
 * @frames: of VIRT_FRAMES
 * @frame: the current one
 * @chunk: in it
 */
struct virt_desc {
	struct dma_async_tx_descriptor tx;
	struct list_head node;
	enum virt_work work;
	bool writes;
	bool cyclic;
	bool claimed;
	bool terminated;
	bool begun;
	bool hung;
	bool period;
	enum virt_fate fate;
	enum dmaengine_tx_result result;
	u8 value;
	u32 len;
	u32 done;
	u32 limit;
	u32 visited;
	ktime_t start;

	struct virt_block *first;
	struct virt_block *block;
	unsigned int index;
	size_t offset;

	dma_addr_t src;
	dma_addr_t dst;
	size_t size;
	struct virt_claim from;
	struct virt_claim to;
	struct dma_interleaved_template *frames;
	size_t frame;
	size_t chunk;
};

/**
 * struct virt_outcome - how a descriptor ended, if not as it should
 * @cookie: its number
 * @status: DMA_COMPLETE: short; DMA_ERROR
 * @residue: bytes not moved
 */
struct virt_outcome {
	dma_cookie_t cookie;
	enum dma_status status;
	u32 residue;
};

/**
 * struct virt_chan - a channel
 * @chan: dmaengine's part
 * @name: what clients request it by
 * @direction: of its streams; DMA_MEM_TO_MEM: it has none
 * @signal: what is behind it, or NULL
 * @open: it has a client
 * @paused: by the client
 * @comm: of the process that opened it
 * @prepared: descriptors; see the top of this file
 * @submitted: likewise
 * @issued: likewise
 * @retired: likewise
 * @hand: likewise
 * @turns: how many times @hand has become NULL
 * @moved: bytes, ever
 * @outcomes: a ring
 * @next_outcome: the oldest of them
 */
struct virt_chan {
	struct dma_chan chan;
	char name[12];
	enum dma_transfer_direction direction;
	struct virt_signal *signal;
	bool open;
	bool paused;
	char comm[TASK_COMM_LEN];
	struct list_head prepared;
	struct list_head submitted;
	struct list_head issued;
	struct list_head retired;
	struct virt_desc *hand;
	unsigned int turns;
	u64 moved;
	struct virt_outcome outcomes[VIRT_OUTCOMES];
	unsigned int next_outcome;
};

/**
 * struct virt_engine - an engine
 * @v: the device: it outlives the engine, since clients hold the module
 * @dma: dmaengine's part
 * @map: names of channels
 * @task: the mover, until @dead
 * @rcu: to free it
 * @idle: woken whenever the mover puts down a descriptor
 * @lock: guards what follows, and the channels
 * @dead: for ever
 * @kicked: there may be work that the mover does not know of
 * @transfers: that have begun, ever
 * @count: number of @channels
 * @channels: copy0, copy1, ..., source, sink
 */
struct virt_engine {
	struct virt_device *v;
	struct dma_device dma;
	struct dma_slave_map map[VIRT_MAX_CHANNELS + 2];
	struct task_struct *task;
	struct rcu_head rcu;
	wait_queue_head_t idle;
	spinlock_t lock;	/* what follows, and the channels */
	bool dead;
	bool kicked;
	atomic_t transfers;
	unsigned int count;
	struct virt_chan channels[];
};

static inline struct virt_chan *to_virt_chan(struct dma_chan *chan)
{
	return container_of(chan, struct virt_chan, chan);
}

static inline struct virt_engine *to_virt_engine(struct dma_chan *chan)
{
	return container_of(chan->device, struct virt_engine, dma);
}

/* Not in the cycle that a cyclic one is in. */
static inline u32 virt_desc_residue(const struct virt_desc *desc)
{
	return desc->len - READ_ONCE(desc->done);
}

/* virt_prep.c: descriptors are made and freed */
void virt_prep_init(struct dma_device *dma);
void virt_desc_free(struct virt_device *v, struct virt_desc *desc);

/* virt_dma.c: cookies and lists */
dma_cookie_t virt_submit(struct dma_async_tx_descriptor *tx);

/* virt_engine.c: the mover */
int virt_mover_start(struct virt_engine *e);
void virt_mover_stop(struct virt_engine *e);
void virt_mover_kick(struct virt_engine *e);
void virt_mover_wait(struct virt_engine *e, struct virt_chan *vc);

/* virt_move.c: descriptors' bytes, claims and deliveries */
void virt_desc_claim(struct virt_device *v, struct virt_desc *desc);
void virt_desc_unclaim(struct virt_device *v, struct virt_desc *desc);
void virt_desc_deliver(struct virt_device *v, const struct virt_desc *desc);
u32 virt_burst(struct virt_engine *e, struct virt_chan *vc, struct virt_desc *desc,
	       ktime_t *again);

#endif /* _DMASPAN_VIRT_ENGINE_H */
