// SPDX-License-Identifier: GPL-2.0-only
/*
 * The mover: one thread per device, as the bus there is one of. Each channel
 * that has something to move gets one burst in turn, and reports from here.
 */
#include <linux/bottom_half.h>
#include <linux/freezer.h>
#include <linux/hrtimer.h>
#include <linux/kthread.h>
#include <linux/math64.h>
#include <linux/random.h>

#include "virt_engine.h"

static bool is_nth(unsigned int count, unsigned int n)
{
	return n && count % n == 0;
}

static enum virt_fate decide_fate(struct virt_engine *e)
{
	unsigned int count = atomic_inc_return(&e->transfers);

	if (is_nth(count, READ_ONCE(e->v->fail_nth)))
		return VIRT_FAILS;
	if (is_nth(count, READ_ONCE(e->v->hang_nth)))
		return VIRT_HANGS;
	if (is_nth(count, READ_ONCE(e->v->short_nth)))
		return VIRT_ENDS_SHORT;
	return VIRT_ENDS;
}

/* From start to first byte, in ns. */
static u64 latency(struct virt_engine *e)
{
	u64 us = READ_ONCE(e->v->latency_us);
	u64 jitter = READ_ONCE(e->v->jitter_us);

	if (jitter)
		us += mul_u64_u32_shr(jitter + 1, get_random_u32(), 32);
	return us * NSEC_PER_USEC;
}

/* A sample has 4 bytes: no transfer that is to end early leaves half a one. */
static void begin(struct virt_engine *e, struct virt_desc *desc)
{
	u64 delay = latency(e);

	desc->begun = true;
	desc->fate = decide_fate(e);
	desc->limit = desc->fate == VIRT_ENDS ? desc->len : round_down(desc->len / 2, 4);
	desc->start = delay ? ktime_add_ns(ktime_get(), delay) : 0;
}

/* What the channel is to move now, if there is anything: into the hand with it. */
static struct virt_desc *pick_up(struct virt_engine *e, struct virt_chan *vc, ktime_t *again)
{
	struct virt_desc *desc;

	spin_lock_irq(&e->lock);
	desc = list_first_entry_or_null(&vc->issued, struct virt_desc, node);
	if (desc && (vc->paused || desc->hung))
		desc = NULL;
	if (desc && !desc->begun)
		begin(e, desc);
	if (desc && desc->start && ktime_before(ktime_get(), desc->start)) {
		*again = min(*again, desc->start);
		desc = NULL;
	}
	vc->hand = desc;
	spin_unlock_irq(&e->lock);
	return desc;
}

static void put_down(struct virt_engine *e, struct virt_chan *vc)
{
	spin_lock_irq(&e->lock);
	vc->hand = NULL;
	vc->turns++;
	spin_unlock_irq(&e->lock);
	if (wq_has_sleeper(&e->idle))
		wake_up_all(&e->idle);
}

/* Clients expect what a tasklet would give them: bottom halves are off. */
static void call_back(const struct virt_desc *desc)
{
	const struct dma_async_tx_descriptor *tx = &desc->tx;
	const struct dmaengine_result result = {
		.result = desc->result,
		.residue = virt_desc_residue(desc),
	};

	if (!(tx->flags & DMA_PREP_INTERRUPT))
		return;
	local_bh_disable();
	if (tx->callback_result)
		tx->callback_result(tx->callback_param, &result);
	else if (tx->callback)
		tx->callback(tx->callback_param);
	local_bh_enable();
}

/*
 * Under the lock: a descriptor's cookie is over. Where no callback tells what is
 * left, a short end has failed: who asks after DMA_COMPLETE takes it for whole.
 */
static void end_cookie(struct virt_chan *vc, struct virt_desc *desc)
{
	bool failed = desc->result != DMA_TRANS_NOERROR;
	u32 residue = virt_desc_residue(desc);
	struct virt_outcome *outcome;

	if (residue && !(desc->tx.flags & DMA_PREP_INTERRUPT))
		failed = true;
	if (!failed)
		vc->chan.completed_cookie = desc->tx.cookie;
	if (!failed && !residue)
		return;
	outcome = &vc->outcomes[vc->next_outcome++ % VIRT_OUTCOMES];
	outcome->cookie = desc->tx.cookie;
	outcome->status = failed ? DMA_ERROR : DMA_COMPLETE;
	outcome->residue = residue;
}

/* Once a client can know that a transfer has completed, its memory must be the client's. */
static void finish(struct virt_engine *e, struct virt_chan *vc, struct virt_desc *desc)
{
	bool terminated;

	spin_lock_irq(&e->lock);
	terminated = desc->terminated;
	/* The hand's alone from here on: it completes, whoever terminates now. */
	if (!terminated)
		list_del_init(&desc->node);
	spin_unlock_irq(&e->lock);
	if (!terminated) {
		if (desc->result == DMA_TRANS_NOERROR)
			virt_desc_deliver(e->v, desc);
		virt_desc_unclaim(e->v, desc);
		spin_lock_irq(&e->lock);
		end_cookie(vc, desc);
		spin_unlock_irq(&e->lock);
		dma_descriptor_unmap(&desc->tx);
		call_back(desc);
	}
	put_down(e, vc);
	if (!terminated)
		virt_desc_free(e->v, desc);
}

/* What has reached its limit, or failed, or is to do so. */
static bool is_over(struct virt_desc *desc)
{
	if (desc->result != DMA_TRANS_NOERROR)
		return true;
	if (desc->done < desc->limit || (desc->cyclic && desc->fate == VIRT_ENDS))
		return false;
	if (desc->fate == VIRT_FAILS)
		desc->result = desc->writes ? DMA_TRANS_WRITE_FAILED : DMA_TRANS_READ_FAILED;
	desc->hung = desc->fate == VIRT_HANGS;
	return !desc->hung;
}

/* Returns false if there is nothing to do until @again. */
static bool turn(struct virt_engine *e, struct virt_chan *vc, ktime_t *again)
{
	struct virt_desc *desc = pick_up(e, vc, again);
	u32 moved;

	if (!desc)
		return false;
	moved = virt_burst(e, vc, desc, again);
	if (is_over(desc)) {
		finish(e, vc, desc);
		return true;
	}
	if (desc->period) {
		desc->period = false;
		if (!READ_ONCE(desc->terminated))
			call_back(desc);
	}
	put_down(e, vc);
	return moved;
}

static void rest(struct virt_engine *e, ktime_t until)
{
	set_current_state(TASK_IDLE | TASK_FREEZABLE);
	if (!READ_ONCE(e->kicked) && !kthread_should_stop())
		schedule_hrtimeout(until == KTIME_MAX ? NULL : &until, HRTIMER_MODE_ABS);
	__set_current_state(TASK_RUNNING);
}

/* It freezes with nothing in its hand, so that whoever suspends can synchronize. */
static int mover(void *data)
{
	struct virt_engine *e = data;
	unsigned int i;
	ktime_t again;
	bool moved;

	set_freezable();
	while (!kthread_should_stop()) {
		again = KTIME_MAX;
		moved = false;
		/* Whoever kicks from here on has his work seen in this round or the next. */
		WRITE_ONCE(e->kicked, false);
		for (i = 0; i < e->count; i++) {
			moved |= turn(e, &e->channels[i], &again);
			cond_resched();
		}
		if (!moved)
			rest(e, again);
		try_to_freeze();
	}
	return 0;
}

/**
 * virt_mover_kick() - there may be something to move
 * @e: the engine; the caller holds its lock
 */
void virt_mover_kick(struct virt_engine *e)
{
	if (e->dead)
		return;
	WRITE_ONCE(e->kicked, true);
	wake_up_process(e->task);
}

static bool has_put_down(struct virt_engine *e, struct virt_chan *vc, unsigned int turns)
{
	bool ret;

	spin_lock_irq(&e->lock);
	ret = !vc->hand || vc->turns != turns;
	spin_unlock_irq(&e->lock);
	return ret;
}

/**
 * virt_mover_wait() - until the mover has put down what it has in its hand now
 * @e: the engine
 * @vc: the channel
 *
 * Context: process.
 */
void virt_mover_wait(struct virt_engine *e, struct virt_chan *vc)
{
	unsigned int turns;

	spin_lock_irq(&e->lock);
	turns = vc->turns;
	spin_unlock_irq(&e->lock);
	wait_event(e->idle, has_put_down(e, vc, turns));
}

/**
 * virt_mover_start() - the engine moves what is issued from here on
 * @e: the engine
 *
 * Return: 0 or a negative errno.
 */
int virt_mover_start(struct virt_engine *e)
{
	e->task = kthread_run(mover, e, "%s-bus", e->v->name);
	return PTR_ERR_OR_ZERO(e->task);
}

/* One descriptor of a channel whose mover is gone; false if there is none. */
static bool abort_next(struct virt_engine *e, struct virt_chan *vc)
{
	struct virt_desc *desc;

	spin_lock_irq(&e->lock);
	desc = list_first_entry_or_null(&vc->issued, struct virt_desc, node) ?:
	       list_first_entry_or_null(&vc->submitted, struct virt_desc, node);
	if (desc) {
		desc->result = DMA_TRANS_ABORTED;
		list_del_init(&desc->node);
		end_cookie(vc, desc);
		vc->hand = desc;
	}
	spin_unlock_irq(&e->lock);
	if (!desc)
		return false;
	virt_desc_unclaim(e->v, desc);
	dma_descriptor_unmap(&desc->tx);
	call_back(desc);
	put_down(e, vc);
	virt_desc_free(e->v, desc);
	return true;
}

/**
 * virt_mover_stop() - the engine dies: nothing moves any more, what is queued fails
 * @e: the engine
 *
 * Context: process.
 */
void virt_mover_stop(struct virt_engine *e)
{
	unsigned int i;

	spin_lock_irq(&e->lock);
	e->dead = true;
	spin_unlock_irq(&e->lock);
	kthread_stop(e->task);
	for (i = 0; i < e->count; i++)
		while (abort_next(e, &e->channels[i]))
			cond_resched();
}
