// SPDX-License-Identifier: GPL-2.0-only
/*
 * The software IOMMU as the DMA API's operations for a device.
 *
 * Each call makes one map. The entries of a scatterlist follow each other at
 * page boundaries, so that one that ends where a page does and one that starts
 * so are one DMA segment, as long as the device's limits allow.
 */
#include <linux/dma-map-ops.h>
#include <linux/gfp.h>
#include <linux/mm.h>
#include <linux/scatterlist.h>
#include <linux/slab.h>
#include <linux/vmalloc.h>

#include "../compat.h"
#include "virt_map.h"

#if DMASPAN_HAVE_DMA_OPS

#define NARROWEST	DMA_BIT_MASK(20)

/* Describes memory that is contiguous from @phys on; returns how many pages it touches. */
static unsigned long pages_fill(struct virt_page *pages, phys_addr_t phys, size_t size)
{
	unsigned long n = 0;

	for (; size; n++) {
		size_t part = min_t(size_t, size, PAGE_SIZE - offset_in_page(phys));

		pages[n].cpu = pfn_to_page(PHYS_PFN(phys));
		pages[n].from = offset_in_page(phys);
		pages[n].to = offset_in_page(phys) + part;
		phys += part;
		size -= part;
	}
	return n;
}

/* The map is complete but for its addresses; on failure it is gone. */
static int map_finish(struct virt_device *v, struct virt_map *map, size_t size,
		      unsigned long attrs, u64 mask, dma_addr_t *addr)
{
	int ret;

	map->origin.start = map->pages[0].from;
	map->origin.size = size;
	if (virt_map_shadowed(map) && !(attrs & DMA_ATTR_SKIP_CPU_SYNC))
		virt_hand_over(map);
	ret = virt_map_insert(v, map, mask, addr);
	if (ret)
		virt_map_put(map);
	return ret;
}

/* Who insists on memory that needs no sync does not get it here. */
static bool attrs_possible(unsigned long attrs)
{
#ifdef DMA_ATTR_REQUIRE_COHERENT
	return !(attrs & DMA_ATTR_REQUIRE_COHERENT);
#else
	return true;
#endif
}

static dma_addr_t map_range(struct device *dev, phys_addr_t phys, size_t size,
			    enum dma_data_direction dir, unsigned long attrs)
{
	unsigned long nr = DIV_ROUND_UP(offset_in_page(phys) + size, PAGE_SIZE);
	struct virt_map *map;
	dma_addr_t addr;

	if (!size || !pfn_valid(PHYS_PFN(phys)) || !attrs_possible(attrs))
		return DMA_MAPPING_ERROR;
	map = virt_map_make(nr, true, dir);
	if (!map)
		return DMA_MAPPING_ERROR;
	pages_fill(map->pages, phys, size);
	if (map_finish(to_virt(dev), map, size, attrs, dma_get_mask(dev), &addr))
		return DMA_MAPPING_ERROR;
	return addr;
}

static void ops_unmap(struct device *dev, dma_addr_t addr, size_t size,
		      enum dma_data_direction dir, unsigned long attrs)
{
	virt_unmap(to_virt(dev), addr, size, dir, !(attrs & DMA_ATTR_SKIP_CPU_SYNC));
}

/* How many pages a list's map has, and its bytes from first to last. */
static unsigned long sg_pages(struct scatterlist *sgl, int nents, size_t *size)
{
	unsigned long nr = 0;
	struct scatterlist *sg;
	size_t end = 0;
	int i;

	for_each_sg(sgl, sg, nents, i) {
		end = (nr << PAGE_SHIFT) + offset_in_page(sg->offset) + sg->length;
		nr += DIV_ROUND_UP(offset_in_page(sg->offset) + sg->length, PAGE_SIZE);
	}
	*size = end - offset_in_page(sgl->offset);
	return nr;
}

static bool sg_joins(struct device *dev, struct scatterlist *last, dma_addr_t addr, u32 len)
{
	dma_addr_t start = sg_dma_address(last);
	u64 joined = (u64)sg_dma_len(last) + len;
	u64 boundary = dma_get_seg_boundary(dev);

	return start + sg_dma_len(last) == addr && PAGE_ALIGNED(addr) &&
	       joined <= dma_get_max_seg_size(dev) &&
	       !((start ^ (start + joined - 1)) & ~boundary);
}

/* Write the DMA segments into the list; how many there are. */
static int sg_set_segments(struct device *dev, struct scatterlist *sgl, int nents,
			   dma_addr_t base)
{
	struct scatterlist *sg, *last = NULL;
	int i, n = 0;

	for_each_sg(sgl, sg, nents, i) {
		u32 offset = offset_in_page(sg->offset), len = sg->length;
		dma_addr_t addr = base + offset;

		base += PAGE_ALIGN((u64)offset + len);
		if (last && sg_joins(dev, last, addr, len)) {
			sg_dma_len(last) += len;
		} else {
			last = last ? sg_next(last) : sgl;
			sg_dma_address(last) = addr;
			sg_dma_len(last) = len;
			n++;
		}
	}
	for (sg = sg_next(last), i = n; i < nents; sg = sg_next(sg), i++) {
		sg_dma_address(sg) = DMA_MAPPING_ERROR;
		sg_dma_len(sg) = 0;
	}
	return n;
}

static int ops_map_sg(struct device *dev, struct scatterlist *sgl, int nents,
		      enum dma_data_direction dir, unsigned long attrs)
{
	unsigned long nr, filled = 0;
	struct scatterlist *sg;
	struct virt_map *map;
	dma_addr_t addr;
	size_t size;
	int i;

	if (nents <= 0 || !attrs_possible(attrs))
		return -EINVAL;
	for_each_sg(sgl, sg, nents, i)
		if (!sg->length)
			return -EINVAL;
	nr = sg_pages(sgl, nents, &size);
	map = virt_map_make(nr, true, dir);
	if (!map)
		return -ENOMEM;
	for_each_sg(sgl, sg, nents, i)
		filled += pages_fill(&map->pages[filled], sg_phys(sg), sg->length);
	if (map_finish(to_virt(dev), map, size, attrs, dma_get_mask(dev), &addr))
		return -ENOMEM;
	return sg_set_segments(dev, sgl, nents, addr & PAGE_MASK);
}

static void ops_unmap_sg(struct device *dev, struct scatterlist *sgl, int nents,
			 enum dma_data_direction dir, unsigned long attrs)
{
	size_t size;

	sg_pages(sgl, nents, &size);
	ops_unmap(dev, sg_dma_address(sgl), size, dir, attrs);
}

static void ops_sync_for_cpu(struct device *dev, dma_addr_t addr, size_t size,
			     enum dma_data_direction dir)
{
	virt_sync(to_virt(dev), VIRT_DO_SYNC_FOR_CPU, addr, size, dir);
}

static void ops_sync_for_device(struct device *dev, dma_addr_t addr, size_t size,
				enum dma_data_direction dir)
{
	virt_sync(to_virt(dev), VIRT_DO_SYNC_FOR_DEVICE, addr, size, dir);
}

/* @nents counts the CPU's entries; there may be fewer DMA segments. */
static void sync_sg(struct device *dev, enum virt_act act, struct scatterlist *sgl,
		    int nents, enum dma_data_direction dir)
{
	struct scatterlist *sg;
	size_t left = 0;
	int i;

	for_each_sg(sgl, sg, nents, i)
		left += sg->length;
	for_each_sg(sgl, sg, nents, i) {
		size_t n = min_t(size_t, left, sg_dma_len(sg));

		if (!n)
			break;
		virt_sync(to_virt(dev), act, sg_dma_address(sg), n, dir);
		left -= n;
	}
}

static void ops_sync_sg_for_cpu(struct device *dev, struct scatterlist *sgl, int nents,
				enum dma_data_direction dir)
{
	sync_sg(dev, VIRT_DO_SYNC_FOR_CPU, sgl, nents, dir);
}

static void ops_sync_sg_for_device(struct device *dev, struct scatterlist *sgl, int nents,
				   enum dma_data_direction dir)
{
	sync_sg(dev, VIRT_DO_SYNC_FOR_DEVICE, sgl, nents, dir);
}

static struct page *coherent_page(void *vaddr, unsigned long i)
{
	vaddr += i << PAGE_SHIFT;
	return is_vmalloc_addr(vaddr) ? vmalloc_to_page(vaddr) : virt_to_page(vaddr);
}

static void coherent_release(void *vaddr, size_t size)
{
	if (is_vmalloc_addr(vaddr))
		vfree(vaddr);
	else
		free_pages_exact(vaddr, size);
}

/* Scattered, but for who insists, or cannot sleep. */
static void *coherent_get(size_t size, gfp_t gfp, unsigned long attrs)
{
	gfp |= __GFP_ZERO | __GFP_NOWARN;
	if (attrs & DMA_ATTR_FORCE_CONTIGUOUS || !gfpflags_allow_blocking(gfp))
		return alloc_pages_exact(size, gfp);
	return __vmalloc(size, gfp);
}

static void *ops_alloc(struct device *dev, size_t size, dma_addr_t *addr, gfp_t gfp,
		       unsigned long attrs)
{
	struct virt_map *map;
	unsigned long i;
	void *vaddr;

	size = PAGE_ALIGN(size);
	vaddr = coherent_get(size, gfp, attrs);
	if (!vaddr)
		return NULL;
	map = virt_map_make(size >> PAGE_SHIFT, false, DMA_BIDIRECTIONAL);
	if (!map)
		goto err;
	for (i = 0; i < map->nr_pages; i++)
		pages_fill(&map->pages[i], page_to_phys(coherent_page(vaddr, i)), PAGE_SIZE);
	if (map_finish(to_virt(dev), map, size, attrs, dev->coherent_dma_mask, addr))
		goto err;
	return vaddr;

err:
	coherent_release(vaddr, size);
	return NULL;
}

static void ops_free(struct device *dev, size_t size, void *vaddr, dma_addr_t addr,
		     unsigned long attrs)
{
	struct page *page;

	size = PAGE_ALIGN(size);
	page = virt_unmap(to_virt(dev), addr, size, DMA_BIDIRECTIONAL, false);
	/* Of a wrong address, the memory is still the device's. */
	if (page == coherent_page(vaddr, 0))
		coherent_release(vaddr, size);
}

/* Memory that is contiguous and must be synced, as dma_alloc_pages() gives it. */
static struct page *ops_alloc_pages(struct device *dev, size_t size, dma_addr_t *addr,
				    enum dma_data_direction dir, gfp_t gfp)
{
	void *vaddr = alloc_pages_exact(size, gfp | __GFP_ZERO);

	if (!vaddr)
		return NULL;
	*addr = map_range(dev, virt_to_phys(vaddr), size, dir, 0);
	if (*addr == DMA_MAPPING_ERROR) {
		free_pages_exact(vaddr, size);
		return NULL;
	}
	return virt_to_page(vaddr);
}

static void ops_free_pages(struct device *dev, size_t size, struct page *page,
			   dma_addr_t addr, enum dma_data_direction dir)
{
	if (virt_unmap(to_virt(dev), addr, size, dir, true) == page)
		free_pages_exact(page_address(page), size);
}

static int ops_mmap(struct device *dev, struct vm_area_struct *vma, void *vaddr,
		    dma_addr_t addr, size_t size, unsigned long attrs)
{
	unsigned long nr = PAGE_ALIGN(size) >> PAGE_SHIFT, n = vma_pages(vma), i;
	int ret = 0;

	if (vma->vm_pgoff >= nr || n > nr - vma->vm_pgoff)
		return -ENXIO;
	for (i = 0; !ret && i < n; i++)
		ret = remap_pfn_range(vma, vma->vm_start + (i << PAGE_SHIFT),
				      page_to_pfn(coherent_page(vaddr, vma->vm_pgoff + i)),
				      PAGE_SIZE, vma->vm_page_prot);
	return ret;
}

static int ops_get_sgtable(struct device *dev, struct sg_table *sgt, void *vaddr,
			   dma_addr_t addr, size_t size, unsigned long attrs)
{
	unsigned long nr = PAGE_ALIGN(size) >> PAGE_SHIFT, i;
	struct page **pages = kvmalloc_array(nr, sizeof(*pages), GFP_KERNEL);
	int ret;

	if (!pages)
		return -ENOMEM;
	for (i = 0; i < nr; i++)
		pages[i] = coherent_page(vaddr, i);
	ret = sg_alloc_table_from_pages(sgt, pages, nr, 0, nr << PAGE_SHIFT, GFP_KERNEL);
	kvfree(pages);
	return ret;
}

static int ops_dma_supported(struct device *dev, u64 mask)
{
	if (mask >= NARROWEST)
		return 1;
	virt_found(to_virt(dev), VIRT_MASK, VIRT_DO_MAP, NULL, mask, 0);
	return 0;
}

static u64 ops_get_required_mask(struct device *dev)
{
	return NARROWEST;
}

/* Half of what shadows may take, and a quarter of the addresses. */
static size_t ops_max_mapping_size(struct device *dev)
{
	u64 addresses = dma_get_mask(dev) >> 2;

	return min_t(u64, addresses, (u64)totalram_pages() / 4 << PAGE_SHIFT);
}

static unsigned long ops_get_merge_boundary(struct device *dev)
{
	return PAGE_SIZE - 1;
}

#if DMASPAN_DMA_OPS_TAKE_PHYS
static dma_addr_t ops_map_phys(struct device *dev, phys_addr_t phys, size_t size,
			       enum dma_data_direction dir, unsigned long attrs)
{
	return attrs & DMA_ATTR_MMIO ? DMA_MAPPING_ERROR : map_range(dev, phys, size, dir, attrs);
}
#else
static dma_addr_t ops_map_page(struct device *dev, struct page *page, unsigned long offset,
			       size_t size, enum dma_data_direction dir, unsigned long attrs)
{
	return map_range(dev, page_to_phys(page) + offset, size, dir, attrs);
}
#endif

static const struct dma_map_ops virt_ops = {
	.alloc = ops_alloc,
	.free = ops_free,
	.DMASPAN_DMA_OPS_ALLOC_PAGES = ops_alloc_pages,
	.free_pages = ops_free_pages,
	.mmap = ops_mmap,
	.get_sgtable = ops_get_sgtable,
#if DMASPAN_DMA_OPS_TAKE_PHYS
	.map_phys = ops_map_phys,
	.unmap_phys = ops_unmap,
#else
	.map_page = ops_map_page,
	.unmap_page = ops_unmap,
#endif
	.map_sg = ops_map_sg,
	.unmap_sg = ops_unmap_sg,
	.sync_single_for_cpu = ops_sync_for_cpu,
	.sync_single_for_device = ops_sync_for_device,
	.sync_sg_for_cpu = ops_sync_sg_for_cpu,
	.sync_sg_for_device = ops_sync_sg_for_device,
	.dma_supported = ops_dma_supported,
	.get_required_mask = ops_get_required_mask,
	.max_mapping_size = ops_max_mapping_size,
	.get_merge_boundary = ops_get_merge_boundary,
};

const struct dma_map_ops *const virt_dma_ops = &virt_ops;

#else

const struct dma_map_ops *const virt_dma_ops;

#endif /* DMASPAN_HAVE_DMA_OPS */
