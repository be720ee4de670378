// SPDX-License-Identifier: GPL-2.0-only
/*
 * Memory that dma_alloc_attrs() gives: coherent or write-combined, and the
 * device's own. It has to be gone before the device is, so a program's view
 * of it is filled by faults, which can be refused later (mmap.c).
 *
 * The memory is described by its page list, made once. A device other than
 * the owner maps those pages, which only works where that needs no sync.
 */
#include <linux/io.h>
#include <linux/mm.h>
#include <linux/vmalloc.h>

#include "../dmaspan_private.h"

/* One DMA segment must hold it: its length is an unsigned int. */
#define LONGEST		(UINT_MAX & PAGE_MASK)

/*
 * Of a pool that the device has under other addresses than the CPU, the DMA
 * API's list names other pages.
 */
static bool coherent_is_at(const struct dmaspan_buffer *buf, const struct page *page)
{
	unsigned long pfn;

	if (is_vmalloc_addr(buf->cpu_addr))
		pfn = vmalloc_to_pfn(buf->cpu_addr);
	else
		pfn = PHYS_PFN(virt_to_phys(buf->cpu_addr));
	return page_to_pfn(page) == pfn;
}

/* Fills buf->pages from what the DMA API says of its memory. */
static int coherent_list_pages(struct dmaspan_buffer *buf)
{
	unsigned long nr = buf->size >> PAGE_SHIFT, n = 0;
	struct sg_page_iter it;
	struct sg_table sgt;
	int ret;

	buf->pages = kvmalloc_array(nr, sizeof(*buf->pages), DMASPAN_GFP_BUFFER);
	if (!buf->pages)
		return -ENOMEM;
	ret = dma_get_sgtable_attrs(buf->ddev->dma, &sgt, buf->cpu_addr,
				    buf->dma_addr, buf->size, buf->attrs);
	if (ret) {
		if (ret != -ENOMEM)
			ret = -EOPNOTSUPP;
		goto err_list;
	}

	for_each_sgtable_page(&sgt, &it, 0) {
		struct page *page = sg_page_iter_page(&it);

		/* Memory of the device's own pool may have no pages. */
		if (n == nr || !pfn_valid(page_to_pfn(page)))
			break;
		if (!n || page_to_pfn(page) != page_to_pfn(buf->pages[n - 1]) + 1)
			buf->extents++;
		buf->pages[n++] = page;
	}
	sg_free_table(&sgt);
	if (n == nr && coherent_is_at(buf, buf->pages[0])) {
		buf->nr_pages = nr;
		return 0;
	}
	ret = -EOPNOTSUPP;
err_list:
	kvfree(buf->pages);
	buf->pages = NULL;
	return ret;
}

static int coherent_alloc(struct dmaspan_buffer *buf)
{
	struct device *dev = buf->ddev->dma;
	int ret;

	if (buf->size > LONGEST || buf->size >> PAGE_SHIFT > totalram_pages())
		return -ENOMEM;
	buf->attrs = DMA_ATTR_NO_WARN;
	if (buf->kind == DMASPAN_KIND_WC)
		buf->attrs |= DMA_ATTR_WRITE_COMBINE;
	if (buf->contiguous)
		buf->attrs |= DMA_ATTR_FORCE_CONTIGUOUS;

	buf->cpu_addr = dma_alloc_attrs(dev, buf->size, &buf->dma_addr,
					DMASPAN_GFP_BUFFER, buf->attrs);
	if (!buf->cpu_addr)
		return -ENOMEM;
	ret = coherent_list_pages(buf);
	if (ret)
		dma_free_attrs(dev, buf->size, buf->cpu_addr, buf->dma_addr,
			       buf->attrs);
	return ret;
}

static void coherent_free(struct dmaspan_buffer *buf)
{
	dma_free_attrs(buf->ddev->dma, buf->size, buf->cpu_addr, buf->dma_addr,
		       buf->attrs);
	kvfree(buf->pages);
	buf->pages = NULL;
	buf->nr_pages = 0;
}

static bool coherent_owner(struct dmaspan_view *view)
{
	return view->dev == view->buf->ddev->dma;
}

static int coherent_map(struct dmaspan_view *view)
{
	struct dmaspan_buffer *buf = view->buf;
	int ret;

	if (!coherent_owner(view)) {
		ret = dmaspan_pages_table(view);
		if (ret)
			return ret;
		ret = dma_map_sgtable(view->dev, &view->sgt, view->dir,
				      DMA_ATTR_SKIP_CPU_SYNC | DMA_ATTR_NO_WARN);
		if (ret)
			sg_free_table(&view->sgt);
		return ret;
	}

	ret = sg_alloc_table(&view->sgt, 1, GFP_KERNEL_ACCOUNT);
	if (ret)
		return ret;
	sg_set_page(view->sgt.sgl, buf->pages[0], buf->size, 0);
	sg_dma_address(view->sgt.sgl) = buf->dma_addr;
	sg_dma_len(view->sgt.sgl) = buf->size;
	return 0;
}

static void coherent_unmap(struct dmaspan_view *view)
{
	if (!coherent_owner(view))
		dma_unmap_sgtable(view->dev, &view->sgt, view->dir,
				  DMA_ATTR_SKIP_CPU_SYNC);
	sg_free_table(&view->sgt);
}

static void *coherent_vmap(struct dmaspan_buffer *buf)
{
	return buf->cpu_addr;
}

static void coherent_vunmap(struct dmaspan_buffer *buf)
{
}

const struct dmaspan_memory_ops dmaspan_coherent_ops = {
	.alloc = coherent_alloc,
	.free = coherent_free,
	.map = coherent_map,
	.unmap = coherent_unmap,
	.mmap = dmaspan_mmap_device,
	.vmap = coherent_vmap,
	.vunmap = coherent_vunmap,
	.device_memory = true,
};
