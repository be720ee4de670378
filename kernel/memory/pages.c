// SPDX-License-Identifier: GPL-2.0-only
/*
 * Memory made of pages: compound pages, the largest order first, zeroed, and
 * charged to the caller's memory cgroup. The pages belong to nobody but the
 * buffer and whoever pins or maps them, so they outlive the device.
 */
#include <linux/dma-direct.h>
#include <linux/log2.h>
#include <linux/mm.h>
#include <linux/sched/signal.h>
#include <linux/vmalloc.h>

#include "../compat.h"
#include "../dmaspan_private.h"

/* A block fills one huge entry and no more: only such a block can be mapped so. */
#define LARGEST_ORDER	(PMD_SHIFT - PAGE_SHIFT)

/*
 * Memory that the device reaches, where a zone can say so. The lowest zone is
 * small: it is for devices that can be helped by nothing else.
 */
static gfp_t pages_zone(struct device *dev)
{
	u64 reach = dmaspan_device_reach(dev);

	if (dmaspan_device_translation(dev) || reach > DMA_BIT_MASK(32))
		return 0;
	if (reach == DMA_BIT_MASK(32) || dmaspan_device_bounces(dev))
		return GFP_DMA32;
	return GFP_DMA;
}

static gfp_t pages_gfp(struct dmaspan_buffer *buf, unsigned int order)
{
	gfp_t gfp = GFP_USER | __GFP_ZERO | __GFP_ACCOUNT | __GFP_NOWARN;

	gfp |= pages_zone(buf->ddev->dma);
	if (buf->contiguous || order <= PAGE_ALLOC_COSTLY_ORDER)
		return gfp | __GFP_RETRY_MAYFAIL;
	return (gfp | __GFP_NORETRY) & ~__GFP_DIRECT_RECLAIM;
}

static void pages_free(struct dmaspan_buffer *buf)
{
	unsigned long i = 0;

	while (i < buf->nr_pages) {
		struct page *head = buf->pages[i];

		i += compound_nr(head);
		put_page(head);
		cond_resched();
	}
	kvfree(buf->pages);
	buf->pages = NULL;
	buf->nr_pages = 0;
}

/*
 * Append one block of at most @want pages, and lower *@order to what there was.
 * Orders only fall, so that a block starts at a multiple of its size in the
 * buffer: a view at such an address can map it by a huge entry.
 */
static int pages_append(struct dmaspan_buffer *buf, unsigned long want,
			unsigned int *order)
{
	unsigned long n = buf->nr_pages, i;
	struct page *head;

	if (fatal_signal_pending(current))
		return -EINTR;
	for (;;) {
		head = dmaspan_alloc_block(pages_gfp(buf, *order), *order, n);
		if (head)
			break;
		if (!*order || buf->contiguous)
			return -ENOMEM;
		--*order;
	}

	if (!n || page_to_pfn(head) != page_to_pfn(buf->pages[n - 1]) + 1)
		buf->extents++;
	for (i = 0; i < min(want, 1UL << *order); i++)
		buf->pages[n + i] = head + i;
	buf->nr_pages += i;
	return 0;
}

static int pages_alloc(struct dmaspan_buffer *buf)
{
	unsigned long left = buf->size >> PAGE_SHIFT, huge = left >> LARGEST_ORDER;
	unsigned int order = LARGEST_ORDER;
	int ret;

	if (left > totalram_pages())
		return -ENOMEM;
	if (buf->contiguous) {
		order = get_order(buf->size);
		if (order > LARGEST_ORDER)
			return -ENOMEM;
	}

	buf->pages = kvmalloc_array(left, sizeof(*buf->pages), DMASPAN_GFP_BUFFER);
	if (!buf->pages)
		return -ENOMEM;

	while (left) {
		unsigned long before = buf->nr_pages;

		if (!buf->contiguous)
			order = min_t(unsigned int, order, ilog2(left));
		ret = pages_append(buf, left, &order);
		if (ret) {
			pages_free(buf);
			return ret;
		}
		left -= buf->nr_pages - before;
		cond_resched();
		if (order == LARGEST_ORDER)
			huge--;
	}
	buf->huge = buf->nr_pages >> LARGEST_ORDER && !huge;
	return 0;
}

static unsigned int pages_max_segment(struct device *dev)
{
	size_t most = min_t(size_t, dma_get_max_seg_size(dev),
			    dma_max_mapping_size(dev));

	return clamp_t(size_t, most & PAGE_MASK, PAGE_SIZE, UINT_MAX & PAGE_MASK);
}

/* How many pages from @page on a segment may have before the device's boundary. */
static unsigned long pages_to_boundary(struct device *dev, struct page *page)
{
	unsigned long mask = dma_get_seg_boundary(dev) >> PAGE_SHIFT;
	u64 first = phys_to_dma(dev, page_to_phys(page)) >> PAGE_SHIFT;

	return dmaspan_device_translation(dev) ? ULONG_MAX : mask - (first & mask) + 1;
}

/* How many pages from @i on are one segment for a device, at most @most; by blocks. */
static unsigned long pages_run(struct dmaspan_buffer *buf, unsigned long i,
			       struct device *dev, unsigned long most)
{
	unsigned long n = 0;

	most = min(most, pages_to_boundary(dev, buf->pages[i]));
	do {
		struct page *page = buf->pages[i + n], *head = compound_head(page);

		n += compound_nr(head) - (page - head);
	} while (n < most && i + n < buf->nr_pages &&
		 page_to_pfn(buf->pages[i + n]) == page_to_pfn(buf->pages[i + n - 1]) + 1);
	return min3(n, most, buf->nr_pages - i);
}

/**
 * dmaspan_pages_table() - a buffer's pages as a scatterlist for a device
 * @view: its sgt is made, not mapped
 *
 * Return: 0 or -ENOMEM.
 */
int dmaspan_pages_table(struct dmaspan_view *view)
{
	unsigned long most = pages_max_segment(view->dev) >> PAGE_SHIFT, i = 0;
	struct dmaspan_buffer *buf = view->buf;
	unsigned int runs = 0;
	struct scatterlist *sg;
	int ret, k;

	while (i < buf->nr_pages) {
		i += pages_run(buf, i, view->dev, most);
		runs++;
	}
	ret = sg_alloc_table(&view->sgt, runs, GFP_KERNEL_ACCOUNT | __GFP_NOWARN);
	if (ret)
		return ret;
	i = 0;
	for_each_sgtable_sg(&view->sgt, sg, k) {
		unsigned long n = pages_run(buf, i, view->dev, most);

		sg_set_page(sg, buf->pages[i], n << PAGE_SHIFT, 0);
		i += n;
	}
	return 0;
}

/*
 * Memory that several devices and programs see has several mappings at a time,
 * which the DMA API takes for a mistake unless their syncs are explicit:
 * dmaspan_view_map() hands the buffer over.
 */
static int pages_map(struct dmaspan_view *view)
{
	int ret = dmaspan_pages_table(view);

	if (ret)
		return ret;
	ret = dma_map_sgtable(view->dev, &view->sgt, view->dir,
			      DMA_ATTR_SKIP_CPU_SYNC | DMA_ATTR_NO_WARN);
	if (ret)
		sg_free_table(&view->sgt);
	return ret;
}

/*
 * A program's mapping ends without a sync: a bounce buffer would be copied
 * over memory that others may have written since, even when a killed program
 * is cleaned up. Another driver relies on the sync, as with any exporter; but
 * what it was refused has not been handed over, and is not to be taken back.
 */
static void pages_unmap(struct dmaspan_view *view)
{
	dma_unmap_sgtable(view->dev, &view->sgt, view->dir,
			  view->foreign && view->mapped ? 0 : DMA_ATTR_SKIP_CPU_SYNC);
	sg_free_table(&view->sgt);
}

static void *pages_vmap(struct dmaspan_buffer *buf)
{
	return vmap(buf->pages, buf->nr_pages, VM_MAP, PAGE_KERNEL);
}

static void pages_vunmap(struct dmaspan_buffer *buf)
{
	vunmap(buf->vaddr);
}

const struct dmaspan_memory_ops dmaspan_pages_ops = {
	.alloc = pages_alloc,
	.free = pages_free,
	.map = pages_map,
	.unmap = pages_unmap,
	.mmap = dmaspan_mmap_pages,
	.vmap = pages_vmap,
	.vunmap = pages_vunmap,
};
