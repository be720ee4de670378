// SPDX-License-Identifier: GPL-2.0-only
/*
 * dmaspan_edu: QEMU's PCI device "edu", offered to programs.
 *
 * The reference for driver authors; docs/driver-authors.md walks through it.
 * Here are PCI and the hand-over to dmaspan, in edu_dma.c a DMA engine provider
 * with the channels "tx" and "rx", in edu_engine.c the hardware's transfers,
 * its interrupt and its time limit.
 *
 * The device's memory is a FIFO of EDU_FIFO_SIZE bytes, without boundaries: tx
 * appends, rx removes in the same order. Opening tx empties it; otherwise the
 * bytes persist, so a program may play, close, and capture later. A tx transfer
 * waits for room and an rx transfer for data, for ever if need be. The hardware
 * does one transfer at a time, at most EDU_TRANSFER_MAX bytes in 0.1 s, for the
 * channels in turn; so both may have work of any length at the same time.
 *
 * Memory in flight belongs to the hardware until the transfer ends: nothing
 * aborts it. When its descriptor is terminated meanwhile, the transfer leaves
 * the FIFO as it was, and device_synchronize waits for it.
 *
 * One spinlock, edu->lock, guards the FIFO, the transfer in flight and the
 * channels' lists. It is taken from any context and never held in a callback.
 */
#include <linux/dma-mapping.h>
#include <linux/dmaspan.h>
#include <linux/idr.h>
#include <linux/minmax.h>
#include <linux/module.h>
#include <linux/pci.h>

#include "edu.h"

static unsigned int dma_bits = 28;
module_param(dma_bits, uint, 0444);
MODULE_PARM_DESC(dma_bits, "width of the device's DMA addresses, as in its QEMU property dma_mask (default 28)");

static DEFINE_IDA(edu_ids);

/* A 32-bit CPU writes an address in halves; the device ignores the upper one. */
static int edu_set_masks(struct device *dev)
{
	unsigned int bits = min_t(unsigned int, dma_bits, BITS_PER_LONG);

	if (!dma_bits || dma_bits > 64)
		return -EINVAL;
	dma_set_max_seg_size(dev, UINT_MAX);
	return dma_set_mask_and_coherent(dev, DMA_BIT_MASK(bits));
}

/*
 * Bus mastering comes last: a former driver's transfer may still be running,
 * with addresses that are not the device's any more.
 */
static int edu_start_pci(struct edu *edu)
{
	struct pci_dev *pdev = edu->pdev;
	int ret;

	ret = pcim_enable_device(pdev);
	if (ret)
		return ret;
	if (pci_resource_len(pdev, 0) < EDU_REGS_SIZE)
		return -ENODEV;
	ret = pcim_iomap_regions(pdev, BIT(0), KBUILD_MODNAME);
	if (ret)
		return ret;
	edu->regs = pcim_iomap_table(pdev)[0];
	ret = edu_engine_check(edu);
	if (ret)
		return ret;
	ret = edu_set_masks(&pdev->dev);
	if (ret)
		return ret;
	pci_set_master(pdev);
	return 0;
}

static int edu_request_irq(struct edu *edu)
{
	struct pci_dev *pdev = edu->pdev;
	int ret;

	ret = pci_alloc_irq_vectors(pdev, 1, 1, PCI_IRQ_ALL_TYPES);
	if (ret < 0)
		return ret;
	ret = request_irq(pci_irq_vector(pdev, 0), edu_engine_irq, IRQF_SHARED,
			  edu->name, edu);
	if (ret)
		pci_free_irq_vectors(pdev);
	return ret;
}

static void edu_free_irq(struct edu *edu)
{
	free_irq(pci_irq_vector(edu->pdev, 0), edu);
	pci_free_irq_vectors(edu->pdev);
}

/*
 * What must be true before: the DMA mask is set, the interrupt is requested,
 * the engine is registered and answers to these names. Programs may be in the
 * middle of a transfer when dmaspan_offer() returns.
 */
static int edu_offer(struct edu *edu)
{
	static const struct dmaspan_channel_desc channels[] = {
		{ .name = "tx", .direction = DMA_MEM_TO_DEV },
		{ .name = "rx", .direction = DMA_DEV_TO_MEM },
	};
	const struct dmaspan_offer offer = {
		.name = edu->name,
		.channels = channels,
		.num_channels = ARRAY_SIZE(channels),
	};

	edu->ddev = dmaspan_offer(&edu->pdev->dev, &offer);
	return PTR_ERR_OR_ZERO(edu->ddev);
}

static int edu_probe(struct pci_dev *pdev, const struct pci_device_id *id)
{
	struct edu *edu;
	int ret;

	edu = edu_create(pdev);
	if (!edu)
		return -ENOMEM;
	pci_set_drvdata(pdev, edu);
	edu->id = ida_alloc(&edu_ids, GFP_KERNEL);
	if (edu->id < 0) {
		ret = edu->id;
		goto destroy;
	}
	snprintf(edu->name, sizeof(edu->name), "edu%d", edu->id);
	ret = edu_start_pci(edu);
	if (ret)
		goto free_id;
	ret = edu_request_irq(edu);
	if (ret)
		goto free_id;
	ret = edu_dma_register(edu);
	if (ret)
		goto free_irq;
	ret = edu_offer(edu);
	if (ret)
		goto unregister;
	return 0;

unregister:
	edu_engine_stop(edu);
	edu_free_irq(edu);
	ida_free(&edu_ids, edu->id);
	edu_dma_unregister(edu);
	return ret;
free_irq:
	edu_free_irq(edu);
free_id:
	ida_free(&edu_ids, edu->id);
destroy:
	edu_destroy(edu);
	return ret;
}

/*
 * dmaspan_withdraw() guarantees that no program has a channel or a mapping any
 * more. It needs a working engine and interrupt for that, so it comes first.
 * The engine is registered to the last, because its end may free @edu.
 */
static void edu_remove(struct pci_dev *pdev)
{
	struct edu *edu = pci_get_drvdata(pdev);

	dmaspan_withdraw(edu->ddev);
	edu_engine_stop(edu);
	edu_free_irq(edu);
	ida_free(&edu_ids, edu->id);
	edu_dma_unregister(edu);
}

/* Programs may still run: cut off from the bus, the device disturbs nobody. */
static void edu_shutdown(struct pci_dev *pdev)
{
	pci_clear_master(pdev);
}

static const struct pci_device_id edu_pci_ids[] = {
	{ PCI_DEVICE(0x1234, 0x11e8) },
	{ }
};
MODULE_DEVICE_TABLE(pci, edu_pci_ids);

static struct pci_driver edu_driver = {
	.name = KBUILD_MODNAME,
	.id_table = edu_pci_ids,
	.probe = edu_probe,
	.remove = edu_remove,
	.shutdown = edu_shutdown,
};
module_pci_driver(edu_driver);

MODULE_DESCRIPTION("QEMU's edu device for programs: the reference driver of dmaspan");
MODULE_LICENSE("GPL");
