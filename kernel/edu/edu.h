/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _DMASPAN_EDU_H
#define _DMASPAN_EDU_H

#include <linux/dmaengine.h>
#include <linux/interrupt.h>
#include <linux/list.h>
#include <linux/spinlock.h>
#include <linux/types.h>
#include <linux/wait.h>
#include <linux/workqueue.h>

struct dmaspan_device;
struct pci_dev;

/* Below EDU_DMA_SRC only 32-bit accesses are answered. */
#define EDU_ID			0x00
#define EDU_LIVENESS		0x04	/* reads back inverted */
#define EDU_IRQ_STATUS		0x24
#define EDU_IRQ_ACK		0x64
#define EDU_DMA_SRC		0x80
#define EDU_DMA_DST		0x88
#define EDU_DMA_COUNT		0x90
#define EDU_DMA_CMD		0x98
#define EDU_REGS_SIZE		0xa0

#define EDU_ID_MASK		0x000000ff
#define EDU_ID_EDU		0x000000ed
#define EDU_CMD_START		0x1	/* reads 1 until the transfer has ended */
#define EDU_CMD_FROM_DEVICE	0x2
#define EDU_CMD_IRQ		0x4

/*
 * The device's memory, at an address of its own, 4096 bytes. QEMU before 8.0
 * aborts when a transfer touches the last byte, so the FIFO leaves it out.
 */
#define EDU_MEMORY		0x40000
#define EDU_FIFO_SIZE		4095
#define EDU_TRANSFER_MAX	2048

enum { EDU_TX, EDU_RX, EDU_CHANNELS };

/* A piece of the client's memory, mapped for the device by the client. */
struct edu_segment {
	dma_addr_t addr;
	u32 len;
};

/*
 * A descriptor is on exactly one list of its channel, or is its ->reporting:
 *
 *   prepared -> submitted -> issued -> ended -> reporting -> freed
 *
 * The first of the issued is the one being moved. Termination and failure
 * lead to retired, where it stays until device_synchronize, so that
 * device_tx_status can tell how much was moved.
 */
struct edu_desc {
	struct dma_async_tx_descriptor tx;
	struct list_head node;
	u32 len;
	u32 done;
	bool failed;
	unsigned int num_segments;
	unsigned int segment;		/* the one to be moved next */
	u32 segment_done;
	struct edu_segment segments[];
};

struct edu_chan {
	struct dma_chan chan;
	enum dma_transfer_direction direction;
	struct list_head prepared;
	struct list_head submitted;
	struct list_head issued;
	struct list_head ended;
	struct list_head retired;
	struct edu_desc *reporting;	/* its callback runs, without the lock */
	struct tasklet_struct tasklet;
};

/*
 * Lives until the DMA core drops its last reference (edu_release()), which is
 * after remove() if a client still holds a channel. The registers are gone by
 * then: nothing may touch them once @dead is set and @owner is NULL.
 */
struct edu {
	struct pci_dev *pdev;		/* a reference */
	void __iomem *regs;
	struct dmaspan_device *ddev;
	struct dma_device dma;
	struct dma_slave_map map[EDU_CHANNELS];
	int id;
	char name[16];

	/* @lock protects all below, and the lists and cookies of the channels. */
	spinlock_t lock;
	struct edu_chan chan[EDU_CHANNELS];
	bool dead;			/* starts no transfer any more, for ever */

	u32 head;			/* of the FIFO: where rx takes */
	u32 fill;			/* bytes in it */

	/*
	 * The transfer in the hardware. It cannot be aborted: terminating its
	 * descriptor clears @desc, and the memory stays the hardware's until
	 * @owner changes.
	 */
	struct edu_chan *owner;
	struct edu_desc *desc;
	u32 len;
	unsigned long started;		/* in jiffies */
	struct edu_chan *last;		/* the other one has precedence */

	struct delayed_work watch;
	wait_queue_head_t idle;		/* woken when @owner becomes NULL */
};

/* edu_engine.c: the FIFO, and the hardware that moves its bytes */
void edu_engine_init(struct edu *edu);
int edu_engine_check(struct edu *edu);
irqreturn_t edu_engine_irq(int irq, void *data);
void edu_engine_clear(struct edu *edu);
void edu_engine_kick(struct edu *edu);
void edu_engine_disown(struct edu *edu, struct edu_chan *ec);
void edu_engine_wait(struct edu *edu, struct edu_chan *ec);
void edu_engine_stop(struct edu *edu);

/* edu_dma.c: the DMA engine provider on top of it */
struct edu *edu_create(struct pci_dev *pdev);
void edu_destroy(struct edu *edu);
int edu_dma_register(struct edu *edu);
void edu_dma_unregister(struct edu *edu);
void edu_dma_ended(struct edu_chan *ec, struct edu_desc *desc);

#endif /* _DMASPAN_EDU_H */
