// SPDX-License-Identifier: GPL-2.0-only
/*
 * The DMA engine provider: descriptors, cookies and callbacks. What a channel
 * does with its issued descriptors is edu_engine.c's.
 */
#include <linux/overflow.h>
#include <linux/pci.h>
#include <linux/scatterlist.h>
#include <linux/slab.h>

#include "edu.h"

static struct edu_chan *to_edu_chan(struct dma_chan *chan)
{
	return container_of(chan, struct edu_chan, chan);
}

static struct edu *to_edu(struct dma_chan *chan)
{
	return container_of(chan->device, struct edu, dma);
}

static void edu_free_list(struct list_head *list)
{
	struct edu_desc *desc, *next;

	list_for_each_entry_safe(desc, next, list, node)
		kfree(desc);
}

/* All of a descriptor was moved, or it failed. The caller holds the lock. */
void edu_dma_ended(struct edu_chan *ec, struct edu_desc *desc)
{
	if (!desc->failed)
		ec->chan.completed_cookie = desc->tx.cookie;
	list_move_tail(&desc->node, &ec->ended);
	tasklet_schedule(&ec->tasklet);
}

static void edu_report(const struct edu_desc *desc)
{
	const struct dma_async_tx_descriptor *tx = &desc->tx;
	const struct dmaengine_result result = {
		.result = desc->failed ? DMA_TRANS_ABORTED : DMA_TRANS_NOERROR,
		.residue = desc->len - desc->done,
	};

	if (tx->callback_result)
		tx->callback_result(tx->callback_param, &result);
	else if (tx->callback)
		tx->callback(tx->callback_param);
}

/* Callbacks may prepare, submit, issue and ask for the status. */
static void edu_tasklet(struct tasklet_struct *tasklet)
{
	struct edu_chan *ec = container_of(tasklet, struct edu_chan, tasklet);
	struct edu *edu = to_edu(&ec->chan);
	struct edu_desc *desc;

	spin_lock_irq(&edu->lock);
	while (!list_empty(&ec->ended)) {
		desc = list_first_entry(&ec->ended, struct edu_desc, node);
		list_del_init(&desc->node);
		ec->reporting = desc;
		spin_unlock_irq(&edu->lock);

		edu_report(desc);

		spin_lock_irq(&edu->lock);
		ec->reporting = NULL;
		if (desc->failed)
			list_add_tail(&desc->node, &ec->retired);
		else
			kfree(desc);
	}
	spin_unlock_irq(&edu->lock);
}

static dma_cookie_t edu_submit(struct dma_async_tx_descriptor *tx)
{
	struct edu_desc *desc = container_of(tx, struct edu_desc, tx);
	struct edu_chan *ec = to_edu_chan(tx->chan);
	struct edu *edu = to_edu(tx->chan);
	unsigned long flags;
	dma_cookie_t cookie;

	spin_lock_irqsave(&edu->lock, flags);
	cookie = ec->chan.cookie + 1;
	if (cookie < DMA_MIN_COOKIE)
		cookie = DMA_MIN_COOKIE;
	ec->chan.cookie = cookie;
	tx->cookie = cookie;
	list_move_tail(&desc->node, &ec->submitted);
	spin_unlock_irqrestore(&edu->lock, flags);
	return cookie;
}

static bool edu_fill_segments(struct edu_desc *desc, struct scatterlist *sgl)
{
	struct scatterlist *sg;
	unsigned int i;

	for_each_sg(sgl, sg, desc->num_segments, i) {
		desc->segments[i].addr = sg_dma_address(sg);
		desc->segments[i].len = sg_dma_len(sg);
		if (!sg_dma_len(sg) ||
		    check_add_overflow(desc->len, desc->segments[i].len,
				       &desc->len))
			return false;
	}
	return true;
}

static struct dma_async_tx_descriptor *
edu_prep_slave_sg(struct dma_chan *chan, struct scatterlist *sgl,
		  unsigned int sg_len, enum dma_transfer_direction direction,
		  unsigned long flags, void *context)
{
	struct edu_chan *ec = to_edu_chan(chan);
	struct edu *edu = to_edu(chan);
	struct edu_desc *desc;
	unsigned long irqflags;

	if (direction != ec->direction || !sg_len)
		return NULL;
	/* A caller can make sg_len large: that must not fill the log. */
	desc = kzalloc(struct_size(desc, segments, sg_len),
		       GFP_NOWAIT | __GFP_NOWARN | __GFP_ACCOUNT);
	if (!desc)
		return NULL;
	desc->num_segments = sg_len;
	if (!edu_fill_segments(desc, sgl)) {
		kfree(desc);
		return NULL;
	}
	dma_async_tx_descriptor_init(&desc->tx, chan);
	desc->tx.tx_submit = edu_submit;
	desc->tx.flags = flags;

	spin_lock_irqsave(&edu->lock, irqflags);
	list_add_tail(&desc->node, &ec->prepared);
	spin_unlock_irqrestore(&edu->lock, irqflags);
	return &desc->tx;
}

static void edu_issue_pending(struct dma_chan *chan)
{
	struct edu_chan *ec = to_edu_chan(chan);
	struct edu *edu = to_edu(chan);
	unsigned long flags;

	spin_lock_irqsave(&edu->lock, flags);
	list_splice_tail_init(&ec->submitted, &ec->issued);
	edu_engine_kick(edu);
	spin_unlock_irqrestore(&edu->lock, flags);
}

/* A descriptor that was submitted and not freed yet. */
static struct edu_desc *edu_find(struct edu_chan *ec, dma_cookie_t cookie)
{
	struct list_head *lists[] = {
		&ec->submitted, &ec->issued, &ec->ended, &ec->retired,
	};
	struct edu_desc *desc;
	unsigned int i;

	if (ec->reporting && ec->reporting->tx.cookie == cookie)
		return ec->reporting;
	for (i = 0; i < ARRAY_SIZE(lists); i++)
		list_for_each_entry(desc, lists[i], node)
			if (desc->tx.cookie == cookie)
				return desc;
	return NULL;
}

static enum dma_status edu_tx_status(struct dma_chan *chan, dma_cookie_t cookie,
				     struct dma_tx_state *state)
{
	struct edu_chan *ec = to_edu_chan(chan);
	struct edu *edu = to_edu(chan);
	enum dma_status status;
	struct edu_desc *desc;
	unsigned long flags;
	u32 residue = 0;

	spin_lock_irqsave(&edu->lock, flags);
	status = dma_async_is_complete(cookie, chan->completed_cookie,
				       chan->cookie);
	desc = edu_find(ec, cookie);
	if (desc) {
		residue = desc->len - desc->done;
		if (desc->failed)
			status = DMA_ERROR;
	}
	dma_set_tx_state(state, chan->completed_cookie, chan->cookie, residue);
	spin_unlock_irqrestore(&edu->lock, flags);
	return status;
}

/* The descriptors' memory is the client's again only after synchronize. */
static int edu_terminate_all(struct dma_chan *chan)
{
	struct edu_chan *ec = to_edu_chan(chan);
	struct edu *edu = to_edu(chan);
	unsigned long flags;

	spin_lock_irqsave(&edu->lock, flags);
	edu_engine_disown(edu, ec);
	list_splice_tail_init(&ec->prepared, &ec->retired);
	list_splice_tail_init(&ec->submitted, &ec->retired);
	list_splice_tail_init(&ec->issued, &ec->retired);
	list_splice_tail_init(&ec->ended, &ec->retired);
	spin_unlock_irqrestore(&edu->lock, flags);
	return 0;
}

static void edu_synchronize(struct dma_chan *chan)
{
	struct edu_chan *ec = to_edu_chan(chan);
	struct edu *edu = to_edu(chan);
	LIST_HEAD(retired);

	edu_engine_wait(edu, ec);
	tasklet_kill(&ec->tasklet);
	spin_lock_irq(&edu->lock);
	list_splice_init(&ec->retired, &retired);
	spin_unlock_irq(&edu->lock);
	edu_free_list(&retired);
}

/* The FIFO has neither an address nor a width: any configuration will do. */
static int edu_config(struct dma_chan *chan, struct dma_slave_config *config)
{
	return 0;
}

static int edu_alloc_chan_resources(struct dma_chan *chan)
{
	struct edu *edu = to_edu(chan);

	chan->cookie = DMA_MIN_COOKIE;
	chan->completed_cookie = DMA_MIN_COOKIE;
	if (to_edu_chan(chan) == &edu->chan[EDU_TX])
		edu_engine_clear(edu);
	return 0;
}

static void edu_free_chan_resources(struct dma_chan *chan)
{
	edu_terminate_all(chan);
	edu_synchronize(chan);
}

/* Neither firmware nor device tree describes these channels: they are named here. */
static bool edu_filter(struct dma_chan *chan, void *param)
{
	return chan == param;
}

static void edu_release(struct dma_device *dma)
{
	edu_destroy(container_of(dma, struct edu, dma));
}

static void edu_add_channel(struct edu *edu, unsigned int index,
			    const char *name,
			    enum dma_transfer_direction direction)
{
	struct edu_chan *ec = &edu->chan[index];

	ec->direction = direction;
	INIT_LIST_HEAD(&ec->prepared);
	INIT_LIST_HEAD(&ec->submitted);
	INIT_LIST_HEAD(&ec->issued);
	INIT_LIST_HEAD(&ec->ended);
	INIT_LIST_HEAD(&ec->retired);
	tasklet_setup(&ec->tasklet, edu_tasklet);
	ec->chan.device = &edu->dma;
	list_add_tail(&ec->chan.device_node, &edu->dma.channels);

	edu->map[index].devname = dev_name(&edu->pdev->dev);
	edu->map[index].slave = name;
	edu->map[index].param = &ec->chan;
}

struct edu *edu_create(struct pci_dev *pdev)
{
	struct edu *edu = kzalloc(sizeof(*edu), GFP_KERNEL);

	if (!edu)
		return NULL;
	edu->pdev = pci_dev_get(pdev);
	INIT_LIST_HEAD(&edu->dma.channels);
	edu_add_channel(edu, EDU_TX, "tx", DMA_MEM_TO_DEV);
	edu_add_channel(edu, EDU_RX, "rx", DMA_DEV_TO_MEM);
	edu_engine_init(edu);
	return edu;
}

void edu_destroy(struct edu *edu)
{
	pci_dev_put(edu->pdev);
	kfree(edu);
}

/* After success @edu belongs to the DMA core, until edu_dma_unregister(). */
int edu_dma_register(struct edu *edu)
{
	struct dma_device *dma = &edu->dma;
	const u32 widths = BIT(DMA_SLAVE_BUSWIDTH_1_BYTE) |
			   BIT(DMA_SLAVE_BUSWIDTH_2_BYTES) |
			   BIT(DMA_SLAVE_BUSWIDTH_4_BYTES) |
			   BIT(DMA_SLAVE_BUSWIDTH_8_BYTES);

	dma_cap_set(DMA_SLAVE, dma->cap_mask);
	dma_cap_set(DMA_PRIVATE, dma->cap_mask);
	dma->dev = &edu->pdev->dev;
	dma->directions = BIT(DMA_MEM_TO_DEV) | BIT(DMA_DEV_TO_MEM);
	dma->src_addr_widths = widths;
	dma->dst_addr_widths = widths;
	dma->residue_granularity = DMA_RESIDUE_GRANULARITY_BURST;
	dma->filter.fn = edu_filter;
	dma->filter.map = edu->map;
	dma->filter.mapcnt = EDU_CHANNELS;

	dma->device_alloc_chan_resources = edu_alloc_chan_resources;
	dma->device_free_chan_resources = edu_free_chan_resources;
	dma->device_config = edu_config;
	dma->device_prep_slave_sg = edu_prep_slave_sg;
	dma->device_issue_pending = edu_issue_pending;
	dma->device_tx_status = edu_tx_status;
	dma->device_terminate_all = edu_terminate_all;
	dma->device_synchronize = edu_synchronize;
	dma->device_release = edu_release;
	return dma_async_device_register(dma);
}

/* Frees @edu, unless a client holds a channel: then its release does. */
void edu_dma_unregister(struct edu *edu)
{
	dma_async_device_unregister(&edu->dma);
}
