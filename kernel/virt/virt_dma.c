// SPDX-License-Identifier: GPL-2.0-only
/*
 * The DMA engine provider: channels, cookies and the lists of descriptors. What
 * becomes of the issued ones is virt_engine.c's.
 */
#include <linux/poison.h>
#include <linux/preempt.h>
#include <linux/rcupdate.h>
#include <linux/sched.h>
#include <linux/seq_file.h>
#include <linux/slab.h>
#include <linux/sysfs.h>

#include "virt_engine.h"

/**
 * virt_submit() - tx_submit of every descriptor
 * @tx: prepared
 *
 * Return: its cookie, or -ENODEV: the device is gone, it will never be reported.
 */
dma_cookie_t virt_submit(struct dma_async_tx_descriptor *tx)
{
	struct virt_desc *desc = container_of(tx, struct virt_desc, tx);
	struct virt_engine *e = to_virt_engine(tx->chan);
	struct dma_chan *chan = tx->chan;
	dma_cookie_t cookie = -ENODEV;
	unsigned long flags;

	virt_desc_claim(e->v, desc);
	spin_lock_irqsave(&e->lock, flags);
	if (!e->dead) {
		cookie = chan->cookie + 1;
		if (cookie < DMA_MIN_COOKIE)
			cookie = DMA_MIN_COOKIE;
		chan->cookie = cookie;
		tx->cookie = cookie;
		list_move_tail(&desc->node, &to_virt_chan(chan)->submitted);
	}
	spin_unlock_irqrestore(&e->lock, flags);
	return cookie;
}

static void virt_issue_pending(struct dma_chan *chan)
{
	struct virt_engine *e = to_virt_engine(chan);
	struct virt_chan *vc = to_virt_chan(chan);
	unsigned long flags;

	spin_lock_irqsave(&e->lock, flags);
	if (!e->dead && !list_empty(&vc->submitted)) {
		list_splice_tail_init(&vc->submitted, &vc->issued);
		if (vc->signal)
			virt_signal_start(vc->signal);
		virt_mover_kick(e);
	}
	spin_unlock_irqrestore(&e->lock, flags);
}

/* Cookies count up to the largest number, and begin again. */
static bool is_later(dma_cookie_t cookie, dma_cookie_t than)
{
	return cookie > than && cookie - than < INT_MAX / 2;
}

/* Of a list in the order of submission, most often its first. */
static struct virt_desc *find_in(struct list_head *list, dma_cookie_t cookie)
{
	struct virt_desc *desc;

	list_for_each_entry(desc, list, node) {
		if (desc->tx.cookie == cookie)
			return desc;
		if (is_later(desc->tx.cookie, cookie))
			break;
	}
	return NULL;
}

static const struct virt_outcome *past_outcome(const struct virt_chan *vc, dma_cookie_t cookie)
{
	const struct virt_outcome *outcome;

	for (outcome = vc->outcomes; outcome < vc->outcomes + VIRT_OUTCOMES; outcome++)
		if (outcome->cookie == cookie)
			return outcome;
	return NULL;
}

/* How a descriptor ended that is not on any list any more. */
static enum dma_status past_status(const struct virt_chan *vc, dma_cookie_t cookie,
				   enum dma_status status, u32 *residue)
{
	const struct virt_outcome *outcome = past_outcome(vc, cookie);

	if (outcome) {
		*residue = outcome->residue;
		return outcome->status;
	}
	return status == DMA_COMPLETE ? DMA_COMPLETE : DMA_ERROR;
}

/* Under the lock. */
static enum dma_status chan_status(struct virt_chan *vc, dma_cookie_t cookie, u32 *residue)
{
	enum dma_status status = dma_async_is_complete(cookie, vc->chan.completed_cookie,
						       vc->chan.cookie);
	struct virt_desc *desc;

	if (status == DMA_COMPLETE || past_outcome(vc, cookie))
		return past_status(vc, cookie, status, residue);
	/* What is ending is in the hand only. */
	if (vc->hand && vc->hand->tx.cookie == cookie && !vc->hand->terminated)
		desc = vc->hand;
	else
		desc = find_in(&vc->issued, cookie) ?: find_in(&vc->submitted, cookie);
	if (desc) {
		*residue = virt_desc_residue(desc);
		return vc->paused ? DMA_PAUSED : status;
	}
	desc = find_in(&vc->retired, cookie);
	if (desc)
		*residue = virt_desc_residue(desc);
	return past_status(vc, cookie, status, residue);
}

static enum dma_status virt_tx_status(struct dma_chan *chan, dma_cookie_t cookie,
				      struct dma_tx_state *state)
{
	struct virt_engine *e = to_virt_engine(chan);
	enum dma_status status;
	unsigned long flags;
	u32 residue = 0;

	spin_lock_irqsave(&e->lock, flags);
	status = chan_status(to_virt_chan(chan), cookie, &residue);
	dma_set_tx_state(state, chan->completed_cookie, chan->cookie, residue);
	if (state)
		state->in_flight_bytes = 0;
	spin_unlock_irqrestore(&e->lock, flags);
	/* A client that polls may be what keeps the mover off its CPU. */
	if (status == DMA_IN_PROGRESS && preemptible() && !rcu_preempt_depth())
		cond_resched();
	return status;
}

/* The burst in flight is still moved. */
static int virt_pause(struct dma_chan *chan)
{
	struct virt_engine *e = to_virt_engine(chan);
	unsigned long flags;

	spin_lock_irqsave(&e->lock, flags);
	WRITE_ONCE(to_virt_chan(chan)->paused, true);
	spin_unlock_irqrestore(&e->lock, flags);
	return 0;
}

static int virt_resume(struct dma_chan *chan)
{
	struct virt_engine *e = to_virt_engine(chan);
	unsigned long flags;

	spin_lock_irqsave(&e->lock, flags);
	WRITE_ONCE(to_virt_chan(chan)->paused, false);
	virt_mover_kick(e);
	spin_unlock_irqrestore(&e->lock, flags);
	return 0;
}

static void retire(struct virt_chan *vc, struct list_head *list)
{
	struct virt_desc *desc;

	list_for_each_entry(desc, list, node)
		WRITE_ONCE(desc->terminated, true);
	list_splice_tail_init(list, &vc->retired);
}

static int virt_terminate_all(struct dma_chan *chan)
{
	struct virt_engine *e = to_virt_engine(chan);
	struct virt_chan *vc = to_virt_chan(chan);
	unsigned long flags;

	spin_lock_irqsave(&e->lock, flags);
	retire(vc, &vc->issued);
	retire(vc, &vc->submitted);
	retire(vc, &vc->prepared);
	WRITE_ONCE(vc->paused, false);
	spin_unlock_irqrestore(&e->lock, flags);
	return 0;
}

/* What another caller terminated since is its own to wait for. */
static void virt_synchronize(struct dma_chan *chan)
{
	struct virt_engine *e = to_virt_engine(chan);
	struct virt_chan *vc = to_virt_chan(chan);
	struct virt_desc *desc, *next;
	LIST_HEAD(retired);

	virt_mover_wait(e, vc);
	spin_lock_irq(&e->lock);
	list_for_each_entry_safe(desc, next, &vc->retired, node)
		if (desc != vc->hand)
			list_move_tail(&desc->node, &retired);
	spin_unlock_irq(&e->lock);
	list_for_each_entry_safe(desc, next, &retired, node)
		virt_desc_free(e->v, desc);
}

/* Nothing is behind these channels that had an address or a width. */
static int virt_config(struct dma_chan *chan, struct dma_slave_config *config)
{
	return 0;
}

static void virt_caps(struct dma_chan *chan, struct dma_slave_caps *caps)
{
	const struct virt_chan *vc = to_virt_chan(chan);

	caps->directions = BIT(DMA_MEM_TO_MEM) | BIT(vc->direction);
}

/*
 * Who asks for no capability finds a dead engine, too. -ENODEV would make
 * dmaengine take it off its list, and then off again at the end.
 */
static int virt_alloc_chan_resources(struct dma_chan *chan)
{
	struct virt_engine *e = to_virt_engine(chan);
	struct virt_chan *vc = to_virt_chan(chan);
	int ret = -ENXIO;

	spin_lock_irq(&e->lock);
	if (!e->dead) {
		chan->cookie = DMA_MIN_COOKIE;
		chan->completed_cookie = DMA_MIN_COOKIE;
		memset(vc->outcomes, 0, sizeof(vc->outcomes));
		vc->paused = false;
		vc->open = true;
		vc->moved = 0;
		strscpy(vc->comm, current->comm, sizeof(vc->comm));
		if (vc->signal)
			virt_signal_open(vc->signal);
		ret = 0;
	}
	spin_unlock_irq(&e->lock);
	return ret;
}

/* Under the lock. The signal may be a later engine's already, if this one is dead. */
static void chan_close(struct virt_chan *vc)
{
	if (vc->open && vc->signal)
		virt_signal_close(vc->signal);
	vc->open = false;
}

/*
 * dma_release_channel() takes out two links that dma_request_chan() has made, one
 * of them in chan->dev. Once the engine is unregistered that is freed, and the
 * link with it: so nothing is left for it to do.
 */
static void forget_links(struct dma_chan *chan)
{
	if (!chan->slave)
		return;
	sysfs_remove_link(&chan->slave->kobj, chan->name);
	kfree(chan->name);
	chan->name = NULL;
	chan->slave = NULL;
}

static void virt_free_chan_resources(struct dma_chan *chan)
{
	struct virt_engine *e = to_virt_engine(chan);
	bool dead;

	virt_terminate_all(chan);
	virt_synchronize(chan);
	spin_lock_irq(&e->lock);
	chan_close(to_virt_chan(chan));
	dead = e->dead;
	spin_unlock_irq(&e->lock);
	if (dead)
		forget_links(chan);
}

static bool virt_filter(struct dma_chan *chan, void *param)
{
	return chan == param;
}

/* dma_release_channel(), which may be the caller, looks at its channel once more. */
static void virt_release(struct dma_device *dma)
{
	struct virt_engine *e = container_of(dma, struct virt_engine, dma);

	kvfree_rcu(e, rcu);
}

static void add_channel(struct virt_engine *e, enum dma_transfer_direction direction,
			struct virt_signal *signal)
{
	struct virt_chan *vc = &e->channels[e->count];

	if (signal)
		strscpy(vc->name, direction == DMA_DEV_TO_MEM ? "source" : "sink",
			sizeof(vc->name));
	else
		snprintf(vc->name, sizeof(vc->name), "copy%u", e->count);
	vc->direction = direction;
	vc->signal = signal;
	INIT_LIST_HEAD(&vc->prepared);
	INIT_LIST_HEAD(&vc->submitted);
	INIT_LIST_HEAD(&vc->issued);
	INIT_LIST_HEAD(&vc->retired);
	vc->chan.device = &e->dma;
	list_add_tail(&vc->chan.device_node, &e->dma.channels);

	e->map[e->count].devname = dev_name(&e->v->pdev->dev);
	e->map[e->count].slave = vc->name;
	e->map[e->count].param = &vc->chan;
	e->count++;
}

static struct virt_engine *engine_new(struct virt_device *v)
{
	unsigned int copies = min_t(unsigned int, v->channels, VIRT_MAX_CHANNELS);
	struct virt_engine *e;

	e = kvzalloc(struct_size(e, channels, copies + 2), GFP_KERNEL);
	if (!e)
		return NULL;
	e->v = v;
	init_waitqueue_head(&e->idle);
	spin_lock_init(&e->lock);
	atomic_set(&e->transfers, 0);
	INIT_LIST_HEAD(&e->dma.channels);
	while (e->count < copies)
		add_channel(e, DMA_MEM_TO_MEM, NULL);
	add_channel(e, DMA_DEV_TO_MEM, &v->signals->source);
	add_channel(e, DMA_MEM_TO_DEV, &v->signals->sink);
	return e;
}

/* dmaengine's own looks into chan->dev, which an unbind frees under its clients. */
static void virt_summary_show(struct seq_file *m, struct dma_device *dma)
{
	struct dma_chan *chan;

	list_for_each_entry(chan, &dma->channels, device_node)
		if (chan->client_count)
			seq_printf(m, " %-13s| in-use\n", to_virt_chan(chan)->name);
}

static void engine_describe(struct virt_engine *e)
{
	struct dma_device *dma = &e->dma;
	const u32 widths = BIT(DMA_SLAVE_BUSWIDTH_1_BYTE) | BIT(DMA_SLAVE_BUSWIDTH_2_BYTES) |
			   BIT(DMA_SLAVE_BUSWIDTH_4_BYTES) | BIT(DMA_SLAVE_BUSWIDTH_8_BYTES);

	dma_cap_set(DMA_PRIVATE, dma->cap_mask);
	dma->dev = &e->v->pdev->dev;
	dma->directions = BIT(DMA_MEM_TO_MEM) | BIT(DMA_MEM_TO_DEV) | BIT(DMA_DEV_TO_MEM);
	dma->src_addr_widths = widths;
	dma->dst_addr_widths = widths;
	dma->residue_granularity = DMA_RESIDUE_GRANULARITY_BURST;
	dma->copy_align = ilog2(e->v->alignment);
	dma->fill_align = dma->copy_align;
	dma->max_sg_burst = e->v->max_segments;
	dma->filter.fn = virt_filter;
	dma->filter.map = e->map;
	dma->filter.mapcnt = e->count;

	virt_prep_init(dma);
	dma->device_caps = virt_caps;
	dma->device_config = virt_config;
	dma->device_pause = virt_pause;
	dma->device_resume = virt_resume;
	dma->device_alloc_chan_resources = virt_alloc_chan_resources;
	dma->device_free_chan_resources = virt_free_chan_resources;
	dma->device_issue_pending = virt_issue_pending;
	dma->device_tx_status = virt_tx_status;
	dma->device_terminate_all = virt_terminate_all;
	dma->device_synchronize = virt_synchronize;
	dma->device_release = virt_release;
	dma->dbg_summary_show = virt_summary_show;
}

int virt_engine_create(struct virt_device *v)
{
	struct virt_engine *e = engine_new(v);
	int ret;

	if (!e)
		return -ENOMEM;
	engine_describe(e);
	ret = virt_mover_start(e);
	if (ret) {
		kvfree(e);
		return ret;
	}
	ret = dma_async_device_register(&e->dma);
	if (ret) {
		virt_mover_stop(e);
		kvfree(e);
		return ret;
	}
	v->engine = e;
	return 0;
}

static bool not_this_one(struct dma_chan *chan, void *param)
{
	return false;
}

/*
 * While it has clients, an engine stays on dmaengine's list, and the names of
 * its channels are freed: it has to be passed over before anybody looks at them.
 */
static void engine_hide(struct virt_engine *e)
{
	dma_cap_mask_t hidden, all;

	dma_cap_zero(hidden);
	dma_cap_set(DMA_PRIVATE, hidden);
	e->dma.cap_mask = hidden;
	e->dma.filter.mapcnt = 0;
	/* Finds nothing, but under the lock of whoever was looking until now. */
	bitmap_fill(all.bits, DMA_TX_TYPE_END);
	dma_request_channel(all, not_this_one, NULL);
}

/* Frees the engine, unless a client holds a channel: then its release does. */
void virt_engine_destroy(struct virt_device *v)
{
	struct virt_engine *e = v->engine;
	unsigned int i;

	if (!e)
		return;
	v->engine = NULL;
	engine_hide(e);
	virt_mover_stop(e);
	spin_lock_irq(&e->lock);
	for (i = 0; i < e->count; i++)
		chan_close(&e->channels[i]);
	spin_unlock_irq(&e->lock);
	/*
	 * A client that asked for a channel while this module was on its way out
	 * got -ENODEV, and dmaengine has taken the device off its list for that.
	 * It is going to do so again.
	 */
	if (e->dma.global_node.prev == LIST_POISON2)
		INIT_LIST_HEAD(&e->dma.global_node);
	dma_async_device_unregister(&e->dma);
}

static const char *chan_state(struct virt_chan *vc)
{
	const struct virt_desc *desc = list_first_entry_or_null(&vc->issued, struct virt_desc,
								node);

	if (vc->paused)
		return "paused";
	if (!desc)
		return "idle";
	return desc->hung ? "hung" : "busy";
}

void virt_engine_show(struct virt_device *v, struct seq_file *m)
{
	struct virt_engine *e = v->engine;
	struct virt_chan *vc;
	struct list_head *pos;
	unsigned int queued;

	if (!e)
		return;
	seq_puts(m, "channel state  queued        moved client\n");
	spin_lock_irq(&e->lock);
	for (vc = e->channels; vc < e->channels + e->count; vc++) {
		queued = 0;
		list_for_each(pos, &vc->issued)
			queued++;
		seq_printf(m, "%-7s %-6s %6u %12llu ", vc->name, chan_state(vc), queued,
			   vc->moved);
		virt_comm_show(m, vc->open ? vc->comm : "-");
		seq_putc(m, '\n');
	}
	spin_unlock_irq(&e->lock);
}
