// SPDX-License-Identifier: GPL-2.0-only
/*
 * Memory that the device may write through two maps: what it wrote through one
 * is undone when the other one is handed over.
 *
 * A hash table of the CPU's pages under all writable maps, entered and left
 * some pages at a time, so that a large map does not keep interrupts off.
 */
#include <linux/hash.h>
#include <linux/log2.h>
#include <linux/minmax.h>
#include <linux/mm.h>
#include <linux/slab.h>

#include "virt_map.h"

#define AT_ONCE		256UL	/* pages for which the lock is held */

static bool overlap_tracked(const struct virt_map *map)
{
	return virt_map_shadowed(map) && map->origin.dir != DMA_TO_DEVICE;
}

static struct hlist_head *overlap_chain(struct virt_space *space, const struct virt_page *page)
{
	return &space->writable[hash_ptr(page->cpu, space->writable_order)];
}

static bool overlap_found(struct virt_space *space, const struct virt_page *page)
{
	const struct virt_page *other;

	hlist_for_each_entry(other, overlap_chain(space, page), same)
		if (other->cpu == page->cpu && page->from < other->to && other->from < page->to)
			return true;
	return false;
}

/* Returns whether another map lets the device write the same memory. */
bool virt_overlap_enter(struct virt_device *v, struct virt_map *map)
{
	struct virt_space *space = &v->space;
	unsigned long i = 0, end, flags;
	bool found = false;

	if (!overlap_tracked(map))
		return false;
	while (i < map->nr_pages) {
		end = min(i + AT_ONCE, map->nr_pages);
		spin_lock_irqsave(&space->lock, flags);
		for (; i < end; i++) {
			found = found || overlap_found(space, &map->pages[i]);
			hlist_add_head(&map->pages[i].same, overlap_chain(space, &map->pages[i]));
		}
		spin_unlock_irqrestore(&space->lock, flags);
	}
	return found;
}

void virt_overlap_leave(struct virt_device *v, struct virt_map *map)
{
	struct virt_space *space = &v->space;
	unsigned long i = 0, end, flags;

	if (!overlap_tracked(map))
		return;
	while (i < map->nr_pages) {
		end = min(i + AT_ONCE, map->nr_pages);
		spin_lock_irqsave(&space->lock, flags);
		for (; i < end; i++)
			hlist_del(&map->pages[i].same);
		spin_unlock_irqrestore(&space->lock, flags);
	}
}

int virt_overlap_init(struct virt_space *space)
{
	space->writable_order = ilog2(totalram_pages() / 8 + 2);
	space->writable = kvcalloc(1UL << space->writable_order, sizeof(*space->writable),
				   GFP_KERNEL);
	return space->writable ? 0 : -ENOMEM;
}

void virt_overlap_exit(struct virt_space *space)
{
	kvfree(space->writable);
}
