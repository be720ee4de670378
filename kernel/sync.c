// SPDX-License-Identifier: GPL-2.0-only
/*
 * Hand-overs between CPU and device: the only caller of dma_sync_*().
 *
 * A program syncs ranges of its own mapping, exactly those. A dma-buf user
 * (DMA_BUF_IOCTL_SYNC, an importer's CPU access) has no range to name, so
 * every view of the buffer is synced whole.
 */
#include <linux/highmem.h>
#include <linux/mm.h>
#include <linux/sched/signal.h>
#include <linux/sizes.h>

#include "dmaspan_private.h"

/* A range that is synced without a pause: a bounce buffer is copied meanwhile. */
#define SYNC_AT_ONCE	SZ_1M

/* For caches that tell addresses of one page apart. */
static void sync_vmap(struct dmaspan_buffer *buf, bool for_cpu)
{
	size_t offset, length;

	if (!buf->vmaps)
		return;
	for (offset = 0; offset < buf->size; offset += length) {
		length = min_t(size_t, buf->size - offset, SZ_1G);
		if (for_cpu)
			invalidate_kernel_vmap_range(buf->vaddr + offset, length);
		else
			flush_kernel_vmap_range(buf->vaddr + offset, length);
	}
}

/**
 * dmaspan_sync_view() - hand a whole buffer over to the device of a new view
 * @view: the view; its memory was mapped without a sync
 *
 * Context: process; the buffer's lock is held for writing.
 */
void dmaspan_sync_view(struct dmaspan_view *view)
{
	lockdep_assert_held_write(&view->buf->lock);
	dma_sync_sgtable_for_device(view->dev, &view->sgt, view->dir);
}

/**
 * dmaspan_sync_buffer() - hand a whole buffer over, in every view
 * @buf: the buffer
 * @for_cpu: take it back; else give it to the devices
 *
 * Context: process, may sleep.
 * Return: 0; -EINTR: killed, and some views are not synced.
 */
int dmaspan_sync_buffer(struct dmaspan_buffer *buf, bool for_cpu)
{
	struct dmaspan_view *view;
	int ret = 0;

	down_read(&buf->lock);
	if (!for_cpu)
		sync_vmap(buf, for_cpu);
	list_for_each_entry(view, &buf->views, entry) {
		if (!view->needs_sync)
			continue;
		if (fatal_signal_pending(current)) {
			ret = -EINTR;
			break;
		}
		cond_resched();
		if (for_cpu)
			dma_sync_sgtable_for_cpu(view->dev, &view->sgt, view->dir);
		else
			dma_sync_sgtable_for_device(view->dev, &view->sgt, view->dir);
	}
	if (for_cpu)
		sync_vmap(buf, for_cpu);
	up_read(&buf->lock);
	return ret;
}

/*
 * How much from @offset on is one physical range. dma_sync_single_*() takes a
 * range that is contiguous both for the device and in memory; an IOMMU makes
 * one DMA segment of many physical pieces.
 */
static u64 sync_contiguous(const struct dmaspan_buffer *buf, u64 offset, u64 most)
{
	unsigned long i = offset >> PAGE_SHIFT;
	u64 length = PAGE_SIZE - offset_in_page(offset);

	while (length < most &&
	       page_to_pfn(buf->pages[i + 1]) == page_to_pfn(buf->pages[i]) + 1) {
		length += PAGE_SIZE;
		i++;
	}
	return min(length, most);
}

static int sync_range(struct dmaspan_mapping *map, bool for_cpu, u64 offset, u64 left)
{
	struct dmaspan_view *view = &map->view;
	unsigned int i = dmaspan_mapping_index(map, offset);

	while (left) {
		const struct dmaspan_extent *seg = &map->segments[i];
		u64 into = offset - seg->offset;
		u64 length = min3(left, seg->length - into, (u64)SYNC_AT_ONCE);

		if (fatal_signal_pending(current))
			return -EINTR;
		cond_resched();
		if (view->sgt.nents != view->sgt.orig_nents)
			length = sync_contiguous(view->buf, offset, length);
		if (for_cpu)
			dma_sync_single_for_cpu(view->dev, seg->address + into,
						length, view->dir);
		else
			dma_sync_single_for_device(view->dev, seg->address + into,
						   length, view->dir);
		offset += length;
		left -= length;
		if (offset == seg->offset + seg->length)
			i++;
	}
	return 0;
}

/**
 * dmaspan_sync_mapping() - hand ranges of a mapping over
 * @map: the mapping
 * @for_cpu: take them back; else give them to the device
 * @ranges: inside the buffer, checked
 * @count: number of @ranges
 *
 * Context: process; the device's lock is held for reading.
 * Return: 0; -ENOENT: unmapped meanwhile; -EINTR: killed.
 */
int dmaspan_sync_mapping(struct dmaspan_mapping *map, bool for_cpu,
			 const struct dmaspan_range *ranges, unsigned int count)
{
	struct dmaspan_buffer *buf = map->view.buf;
	unsigned int i;
	int ret = 0;

	lockdep_assert_held(&map->ddev->lock);
	down_read(&buf->lock);
	if (!map->view.mapped)
		ret = -ENOENT;
	else if (map->view.needs_sync)
		for (i = 0; !ret && i < count; i++)
			ret = sync_range(map, for_cpu, ranges[i].offset, ranges[i].length);
	up_read(&buf->lock);
	return ret;
}
