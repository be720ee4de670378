// SPDX-License-Identifier: GPL-2.0-only
/*
 * A device that does what its driver did not ask for: edu's DMA engine moves
 * LENGTH bytes between its memory and any address. Writing an address to
 * parameters/fetch has the device read there, to parameters/store write there.
 * The driver stays bound, and must be idle: it is not told.
 */
#include <linux/io-64-nonatomic-lo-hi.h>
#include <linux/iopoll.h>
#include <linux/kernel.h>
#include <linux/module.h>
#include <linux/pci.h>

#define LENGTH		2048
#define WAIT_US		(60 * USEC_PER_SEC)

/* Of kernel/edu/edu.h */
#define EDU_DMA_SRC	0x80
#define EDU_DMA_DST	0x88
#define EDU_DMA_COUNT	0x90
#define EDU_DMA_CMD	0x98
#define EDU_REGS_SIZE	0xa0
#define EDU_MEMORY	0x40000
#define EDU_START	0x1	/* reads 1 until the transfer has ended */
#define EDU_FROM_DEVICE	0x2

static struct pci_dev *edu;
static void __iomem *regs;

/* An address that is refused ends the transfer as any other does. */
static int rogue_transfer(u64 src, u64 dst, u32 direction)
{
	u32 command;

	writeq(src, regs + EDU_DMA_SRC);
	writeq(dst, regs + EDU_DMA_DST);
	writeq(LENGTH, regs + EDU_DMA_COUNT);
	writel(EDU_START | direction, regs + EDU_DMA_CMD);
	return readl_poll_timeout(regs + EDU_DMA_CMD, command, !(command & EDU_START), 1000,
				  WAIT_US);
}

/* Parameters are set one at a time: the kernel holds the module's lock for them. */
static int rogue_fetch(const char *text, const struct kernel_param *unused)
{
	u64 address;
	int ret = kstrtou64(text, 0, &address);

	if (!ret && !regs)
		ret = -ENODEV;
	return ret ?: rogue_transfer(address, EDU_MEMORY, 0);
}

static int rogue_store(const char *text, const struct kernel_param *unused)
{
	u64 address;
	int ret = kstrtou64(text, 0, &address);

	if (!ret && !regs)
		ret = -ENODEV;
	return ret ?: rogue_transfer(EDU_MEMORY, address, EDU_FROM_DEVICE);
}

static const struct kernel_param_ops fetch_ops = { .set = rogue_fetch };
static const struct kernel_param_ops store_ops = { .set = rogue_store };

module_param_cb(fetch, &fetch_ops, NULL, 0200);
MODULE_PARM_DESC(fetch, "DMA address that edu is to read");
module_param_cb(store, &store_ops, NULL, 0200);
MODULE_PARM_DESC(store, "DMA address that edu is to write");

static int __init rogue_init(void)
{
	edu = pci_get_device(0x1234, 0x11e8, NULL);
	if (!edu)
		return -ENODEV;
	regs = pci_iomap(edu, 0, EDU_REGS_SIZE);
	if (regs)
		return 0;
	pci_dev_put(edu);
	return -ENOMEM;
}

static void __exit rogue_exit(void)
{
	pci_iounmap(edu, regs);
	pci_dev_put(edu);
}

module_init(rogue_init);
module_exit(rogue_exit);
MODULE_DESCRIPTION("edu's DMA engine behind its driver's back");
MODULE_LICENSE("GPL");
