/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a driver includes to offer its device to programs.
 *
 * probe() ends with dmaspan_offer(); remove() begins with dmaspan_withdraw(),
 * while interrupts, the DMA engine and the device's mappings still work. All
 * between is dmaspan's: the node, its openers, buffers, mappings, channels.
 * docs/driver-authors.md walks through the reference driver, kernel/edu.
 */
#ifndef _LINUX_DMASPAN_H
#define _LINUX_DMASPAN_H

#include <linux/dmaengine.h>

struct device;
struct dmaspan_device;

/**
 * struct dmaspan_channel_desc - one channel that a driver offers
 * @name: what programs open; at most DMASPAN_NAME_LEN - 1 characters
 * @dma_name: what dma_request_chan() is asked for on the offered device;
 *	NULL: the same as @name
 * @direction: DMA_MEM_TO_DEV, DMA_DEV_TO_MEM or DMA_MEM_TO_MEM
 * @config: given to dmaengine_slave_config() each time the channel is opened;
 *	its direction is filled in; not used with DMA_MEM_TO_MEM
 *
 * The channel's DMA engine must master the bus as the offered device itself
 * (dmaengine_get_dma_device()), and have device_prep_slave_sg - with
 * DMA_MEM_TO_MEM device_prep_dma_memcpy, and complete in order -
 * device_terminate_all and device_synchronize; opening the channel fails with
 * EOPNOTSUPP otherwise. All of a SUBMIT's descriptors are prepared before the
 * first is submitted: an engine that holds a lock from the one to the other, as
 * ioat does, must not be offered.
 */
struct dmaspan_channel_desc {
	const char *name;
	const char *dma_name;
	enum dma_transfer_direction direction;
	struct dma_slave_config config;
};

/**
 * struct dmaspan_offer - what a driver offers
 * @name: the node becomes /dev/dmaspan/@name; letters, digits, '-', '_', '.'
 * @channels: array of @num_channels; copied
 * @num_channels: may be 0
 */
struct dmaspan_offer {
	const char *name;
	const struct dmaspan_channel_desc *channels;
	unsigned int num_channels;
};

/**
 * dmaspan_offer() - let programs use a device
 * @dev: the device that masters the bus, bound, with its DMA mask set
 * @offer: what is offered; not needed after the call
 *
 * The node exists when this returns; programs may use it at once.
 *
 * Context: process, may sleep. The caller holds the device bound.
 * Return: the offered device, to be given to dmaspan_withdraw(), or an
 * ERR_PTR: -EINVAL (a name twice or not valid, direction, no DMA mask),
 * -EEXIST (name in use), -ENOMEM.
 */
struct dmaspan_device *dmaspan_offer(struct device *dev,
				     const struct dmaspan_offer *offer);

/**
 * dmaspan_withdraw() - take a device back from programs
 * @ddev: from dmaspan_offer(); gone after the call. NULL is allowed.
 *
 * Stops its channels, wakes all waiters with ENODEV, removes all mappings and
 * frees the memory that belongs to the device. Memory that is made of pages
 * lives on. Waits for other drivers that have device memory mapped, naming
 * them in the log. After it, nothing of dmaspan touches the device.
 *
 * Context: process, may sleep. Not from a dmaspan or DMA engine callback.
 */
void dmaspan_withdraw(struct dmaspan_device *ddev);

#endif /* _LINUX_DMASPAN_H */
