// SPDX-License-Identifier: GPL-2.0-only
/*
 * The FIFO, and the hardware that moves its bytes, one transfer at a time.
 *
 * Two callers can end a transfer: the interrupt, and the watch, a work item
 * that runs as long as the hardware does. The watch finds a lost interrupt, a
 * transfer that takes too long and a device that has been pulled out, so every
 * wait for the hardware comes to an end.
 */
#include <linux/io-64-nonatomic-lo-hi.h>
#include <linux/iopoll.h>
#include <linux/jiffies.h>
#include <linux/minmax.h>
#include <linux/pci.h>

#include "edu.h"

#define EDU_WATCH_INTERVAL	(HZ / 4)
#define EDU_TRANSFER_LIMIT	(10 * HZ)	/* it takes 0.1 s, on an idle host */

static bool edu_answers(struct edu *edu)
{
	return (readl(edu->regs + EDU_ID) & EDU_ID_MASK) == EDU_ID_EDU;
}

/*
 * The registers of a device that is gone read as ones, or as zeros in QEMU:
 * that must not be taken for the end of a transfer. The watch deals with it.
 */
static bool edu_finished(struct edu *edu)
{
	return !(readl(edu->regs + EDU_DMA_CMD) & EDU_CMD_START) &&
	       edu_answers(edu);
}

static u32 edu_tail(const struct edu *edu)
{
	return (edu->head + edu->fill) % EDU_FIFO_SIZE;
}

/* Bytes that one transfer of this channel could move now. */
static u32 edu_available(const struct edu *edu, const struct edu_chan *ec)
{
	if (ec->direction == DMA_MEM_TO_DEV)
		return min(EDU_FIFO_SIZE - edu->fill,
			   EDU_FIFO_SIZE - edu_tail(edu));
	return min(edu->fill, EDU_FIFO_SIZE - edu->head);
}

static void edu_transfer(struct edu *edu, struct edu_chan *ec,
			 struct edu_desc *desc, u32 len)
{
	u64 memory = desc->segments[desc->segment].addr + desc->segment_done;
	u64 src = memory;
	u64 dst = EDU_MEMORY + edu_tail(edu);
	u32 cmd = EDU_CMD_START | EDU_CMD_IRQ;

	if (ec->direction == DMA_DEV_TO_MEM) {
		src = EDU_MEMORY + edu->head;
		dst = memory;
		cmd |= EDU_CMD_FROM_DEVICE;
	}
	edu->owner = ec;
	edu->desc = desc;
	edu->len = len;
	edu->last = ec;
	edu->started = jiffies;

	writeq(src, edu->regs + EDU_DMA_SRC);
	writeq(dst, edu->regs + EDU_DMA_DST);
	writeq(len, edu->regs + EDU_DMA_COUNT);
	/* Its barrier lets the device see all that the CPU wrote before. */
	writel(cmd, edu->regs + EDU_DMA_CMD);
	schedule_delayed_work(&edu->watch, EDU_WATCH_INTERVAL);
}

/* Give idle hardware something to do, to the channels in turn. */
static void edu_start(struct edu *edu)
{
	struct edu_chan *ec = edu->last;
	struct edu_desc *desc;
	unsigned int i;
	u32 len;

	if (edu->owner || edu->dead)
		return;
	for (i = 0; i < EDU_CHANNELS; i++) {
		ec = ec == &edu->chan[EDU_TX] ? &edu->chan[EDU_RX] :
						&edu->chan[EDU_TX];
		desc = list_first_entry_or_null(&ec->issued, struct edu_desc,
						node);
		if (!desc)
			continue;
		len = min3(edu_available(edu, ec), (u32)EDU_TRANSFER_MAX,
			   desc->segments[desc->segment].len -
			   desc->segment_done);
		if (len) {
			edu_transfer(edu, ec, desc, len);
			return;
		}
	}
}

static void edu_account(struct edu *edu, struct edu_chan *ec,
			struct edu_desc *desc)
{
	u32 taken;

	if (ec->direction == DMA_MEM_TO_DEV) {
		edu->fill += edu->len;
	} else {
		/* The FIFO may have been emptied in the meantime. */
		taken = min(edu->fill, edu->len);
		edu->fill -= taken;
		edu->head = edu->fill ? (edu->head + taken) % EDU_FIFO_SIZE : 0;
	}
	desc->done += edu->len;
	desc->segment_done += edu->len;
	if (desc->segment_done == desc->segments[desc->segment].len) {
		desc->segment++;
		desc->segment_done = 0;
	}
	if (desc->done == desc->len)
		edu_dma_ended(ec, desc);
}

/*
 * Take the memory back from the hardware, if it has finished. What a
 * terminated descriptor had in flight does not count: the FIFO stays as it was.
 */
static void edu_finish(struct edu *edu)
{
	if (!edu->owner || !edu_finished(edu))
		return;
	if (edu->desc)
		edu_account(edu, edu->owner, edu->desc);
	edu->owner = NULL;
	edu->desc = NULL;
	wake_up_all(&edu->idle);
	edu_start(edu);
}

/* The hardware does not reach memory any more; all that is queued has failed. */
static void edu_fail(struct edu *edu)
{
	struct edu_desc *desc, *next;
	struct edu_chan *ec;

	edu->owner = NULL;
	edu->desc = NULL;
	wake_up_all(&edu->idle);
	for (ec = edu->chan; ec < edu->chan + EDU_CHANNELS; ec++) {
		list_for_each_entry_safe(desc, next, &ec->issued, node) {
			desc->failed = true;
			edu_dma_ended(ec, desc);
		}
	}
}

irqreturn_t edu_engine_irq(int irq, void *data)
{
	struct edu *edu = data;
	u32 status = readl(edu->regs + EDU_IRQ_STATUS);
	unsigned long flags;

	/* Another device's on the same line, or the device is gone. */
	if (!status || status == ~0U)
		return IRQ_NONE;
	writel(status, edu->regs + EDU_IRQ_ACK);
	spin_lock_irqsave(&edu->lock, flags);
	edu_finish(edu);
	spin_unlock_irqrestore(&edu->lock, flags);
	return IRQ_HANDLED;
}

static void edu_watch(struct work_struct *work)
{
	struct edu *edu = container_of(to_delayed_work(work), struct edu, watch);
	bool present = pci_device_is_present(edu->pdev);
	bool hung = false;

	spin_lock_irq(&edu->lock);
	edu_finish(edu);
	if (edu->owner) {
		hung = !present ||
		       time_after(jiffies, edu->started + EDU_TRANSFER_LIMIT);
		if (hung)
			edu->dead = true;
		else
			schedule_delayed_work(&edu->watch, EDU_WATCH_INTERVAL);
	}
	spin_unlock_irq(&edu->lock);
	if (!hung)
		return;

	dev_err(&edu->pdev->dev, "%s, DMA stopped\n",
		present ? "a transfer does not end" : "the device is gone");
	/* Cut off from the bus it cannot write late into memory reused by then. */
	pci_clear_master(edu->pdev);
	spin_lock_irq(&edu->lock);
	edu_fail(edu);
	spin_unlock_irq(&edu->lock);
}

void edu_engine_init(struct edu *edu)
{
	spin_lock_init(&edu->lock);
	init_waitqueue_head(&edu->idle);
	INIT_DELAYED_WORK(&edu->watch, edu_watch);
	edu->last = &edu->chan[EDU_RX];
}

/* Is this the device, alive, and not busy with a former driver's transfer? */
int edu_engine_check(struct edu *edu)
{
	static const u32 pattern = 0x5a0ff0a5;
	u32 cmd;

	if (!edu_answers(edu))
		return -ENODEV;
	writel(pattern, edu->regs + EDU_LIVENESS);
	if (readl(edu->regs + EDU_LIVENESS) != ~pattern)
		return -EIO;
	if (readl_poll_timeout(edu->regs + EDU_DMA_CMD, cmd,
			       !(cmd & EDU_CMD_START), 10000, USEC_PER_SEC))
		return -EBUSY;
	writel(readl(edu->regs + EDU_IRQ_STATUS), edu->regs + EDU_IRQ_ACK);
	return 0;
}

/* Empty the FIFO. What rx has in flight is still delivered. */
void edu_engine_clear(struct edu *edu)
{
	spin_lock_irq(&edu->lock);
	edu->fill = 0;
	if (!edu->owner)
		edu->head = 0;
	spin_unlock_irq(&edu->lock);
}

/*
 * Something was issued. The caller holds the lock. Dead hardware that still
 * owns memory is being stopped; whoever does that fails what is queued.
 */
void edu_engine_kick(struct edu *edu)
{
	if (!edu->dead)
		edu_start(edu);
	else if (!edu->owner)
		edu_fail(edu);
}

/* The channel's descriptors are being terminated. The caller holds the lock. */
void edu_engine_disown(struct edu *edu, struct edu_chan *ec)
{
	if (edu->owner == ec)
		edu->desc = NULL;
}

static bool edu_let_go(struct edu *edu, struct edu_chan *ec)
{
	bool ret;

	spin_lock_irq(&edu->lock);
	ret = !edu->owner || (ec && (edu->owner != ec || edu->desc));
	spin_unlock_irq(&edu->lock);
	return ret;
}

/*
 * Wait until the hardware has let go of the memory of terminated descriptors
 * of a channel; or, with NULL, of all memory. The watch sets the limit.
 */
void edu_engine_wait(struct edu *edu, struct edu_chan *ec)
{
	wait_event(edu->idle, edu_let_go(edu, ec));
}

/* After it the hardware is idle for ever, and the registers may go. */
void edu_engine_stop(struct edu *edu)
{
	spin_lock_irq(&edu->lock);
	edu->dead = true;
	spin_unlock_irq(&edu->lock);
	edu_engine_wait(edu, NULL);
	cancel_delayed_work_sync(&edu->watch);
	pci_clear_master(edu->pdev);
	spin_lock_irq(&edu->lock);
	edu_fail(edu);
	spin_unlock_irq(&edu->lock);
}
