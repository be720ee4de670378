/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The only file that tests the kernel's version: the names that moved between
 * the kernels dmaspan builds for (6.1 and later).
 */
#ifndef DMASPAN_COMPAT_H
#define DMASPAN_COMPAT_H

#include <linux/gfp.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/swiotlb.h>
#include <linux/version.h>

#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 13, 0)
#define DMASPAN_IMPORT_DMA_BUF	MODULE_IMPORT_NS("DMA_BUF")
#else
#define DMASPAN_IMPORT_DMA_BUF	MODULE_IMPORT_NS(DMA_BUF)
#endif

/* What struct class.devnode says of its device. */
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 2, 0)
#define DMASPAN_DEVNODE_CONST	const
#else
#define DMASPAN_DEVNODE_CONST
#endif

#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 3, 0)
static inline void vm_flags_set(struct vm_area_struct *vma, vm_flags_t flags)
{
	vma->vm_flags |= flags;
}

static inline void vm_flags_clear(struct vm_area_struct *vma, vm_flags_t flags)
{
	vma->vm_flags &= ~flags;
}
#endif

/*
 * From 7.0 on finish_fault() maps the whole folio of the page that a fault
 * handler returns, a huge entry included, whatever its file system.
 */
#if LINUX_VERSION_CODE >= KERNEL_VERSION(7, 0, 0) && \
	defined(CONFIG_TRANSPARENT_HUGEPAGE)
#define DMASPAN_FAULT_MAPS_FOLIO	1
#else
#define DMASPAN_FAULT_MAPS_FOLIO	0
#endif

/* Whether a device can be given DMA operations of its own, and how they are called. */
#if defined(CONFIG_ARCH_HAS_DMA_OPS) || defined(CONFIG_DMA_OPS)
#define DMASPAN_HAVE_DMA_OPS	1
#else
#define DMASPAN_HAVE_DMA_OPS	0
#endif

#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 19, 0)
#define DMASPAN_DMA_OPS_TAKE_PHYS	1
#else
#define DMASPAN_DMA_OPS_TAKE_PHYS	0
#endif

#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 4, 0)
#define DMASPAN_DMA_OPS_ALLOC_PAGES	alloc_pages_op
#else
#define DMASPAN_DMA_OPS_ALLOC_PAGES	alloc_pages
#endif

/* Whether DMA engines take arrays of struct dma_vec. */
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 12, 0)
#define DMASPAN_HAVE_DMA_VEC	1
#else
#define DMASPAN_HAVE_DMA_VEC	0
#endif

/* platform_driver.remove returns nothing since 6.11. */
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 11, 0)
#define DMASPAN_PLATFORM_REMOVE		remove
#else
#define DMASPAN_PLATFORM_REMOVE		remove_new
#endif

/**
 * dmaspan_bounce_end() - where a device's bounce memory ends
 * @dev: the device
 *
 * Return: the physical address behind it, 0 if there is none.
 */
static inline phys_addr_t dmaspan_bounce_end(struct device *dev)
{
#ifdef CONFIG_SWIOTLB
	struct io_tlb_mem *mem = dev->dma_io_tlb_mem;

	if (!mem || !mem->nslabs)
		return 0;
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 6, 0)
	return mem->defpool.end;
#else
	return mem->end;
#endif
#else
	return 0;
#endif
}

/**
 * dmaspan_bounce_size() - how much bounce memory a device shares, in bytes
 * @dev: the device
 */
static inline u64 dmaspan_bounce_size(struct device *dev)
{
#ifdef CONFIG_SWIOTLB
	if (dev->dma_io_tlb_mem)
		return (u64)dev->dma_io_tlb_mem->nslabs << IO_TLB_SHIFT;
#endif
	return 0;
}

/**
 * dmaspan_alloc_block() - a compound page, mappable as a whole
 * @gfp: how
 * @order: its size
 * @index: its place in the buffer, in pages; finish_fault() compares it with
 *	the size of the file
 *
 * Return: its head page, or NULL.
 */
static inline struct page *dmaspan_alloc_block(gfp_t gfp, unsigned int order,
					       pgoff_t index)
{
#if DMASPAN_FAULT_MAPS_FOLIO
	struct folio *folio = folio_alloc(gfp, order);

	if (!folio)
		return NULL;
	folio->index = index;
	return &folio->page;
#else
	struct page *page = alloc_pages(gfp | __GFP_COMP, order);

	if (page)
		page->index = index;
	return page;
#endif
}

#endif /* DMASPAN_COMPAT_H */
