/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A strict space: maps by address.
 *
 * A map is made (not found by anybody), then inserted (it has its addresses,
 * the device reaches it), then removed; it is freed with its last claim.
 * Whoever removed it from the tree has it for himself.
 */
#ifndef _DMASPAN_VIRT_MAP_H
#define _DMASPAN_VIRT_MAP_H

#include <linux/bits.h>
#include <linux/mm_types.h>
#include <linux/refcount.h>

#include "virt.h"

/* A page has as many lines as a u64 has bits: 64 bytes each, if it has 4 KiB. */
#define VIRT_LINE_BYTES		((u32)(PAGE_SIZE / 64))

/**
 * struct virt_page - one page of a map
 * @cpu: the CPU's
 * @shadow: the device's; NULL: it has the CPU's
 * @from: first byte that is mapped
 * @to: byte after the last that is mapped
 * @written: lines that the device wrote since the last hand-over
 * @delivered: lines that somebody is expected to take
 * @same: in virt_space.writable, by @cpu
 */
struct virt_page {
	struct page *cpu;
	void *shadow;
	u32 from;
	u32 to;
	u64 written;
	u64 delivered;
	struct hlist_node same;
};

/**
 * struct virt_span - a piece of a page
 * @page: the page
 * @from: first byte
 * @to: after the last
 */
struct virt_span {
	struct virt_page *page;
	u32 from;
	u32 to;
};

/**
 * struct virt_trouble - what one access or sync finds, page by page
 * @kind: what
 * @act: while doing what
 * @origin: of the map; its serial is 0 as long as there is nothing
 * @from: first byte's address
 * @to: after the last
 */
struct virt_trouble {
	enum virt_kind kind;
	enum virt_act act;
	struct virt_origin origin;
	dma_addr_t from;
	dma_addr_t to;
};

/**
 * struct virt_map - a range of a space
 * @node: in virt_space.maps
 * @rcu: maps go in any context, and large ones are vmalloc()ed
 * @ref: held by the tree, and by claims
 * @reads: claims of queued transfers that begin in it, by address
 * @writes: likewise
 * @origin: which call made it
 * @nr_pages: number of @pages
 * @pages: by address
 */
struct virt_map {
	struct rb_node node;
	struct rcu_head rcu;
	refcount_t ref;
	struct rb_root_cached reads;
	struct rb_root_cached writes;
	struct virt_origin origin;
	unsigned long nr_pages;
	struct virt_page pages[];
};

/**
 * struct virt_past - a map that was
 * @origin: its
 * @base: its first page's address
 * @end: address after its last page
 */
struct virt_past {
	struct virt_origin origin;
	dma_addr_t base;
	dma_addr_t end;
};

static inline dma_addr_t virt_map_base(const struct virt_map *map)
{
	return map->origin.start & PAGE_MASK;
}

static inline dma_addr_t virt_map_end(const struct virt_map *map)
{
	return virt_map_base(map) + ((dma_addr_t)map->nr_pages << PAGE_SHIFT);
}

struct virt_map *virt_map_make(unsigned long nr_pages, bool shadow,
			       enum dma_data_direction dir);
void virt_map_put(struct virt_map *map);
int virt_map_insert(struct virt_device *v, struct virt_map *map, u64 mask,
		    dma_addr_t *addr);
bool virt_may_sleep(void);
void virt_relax(unsigned long i);
void virt_map_remove(struct virt_device *v, struct virt_map *map);
struct virt_map *virt_map_find(struct virt_device *v, dma_addr_t addr);
struct virt_map *virt_map_before(struct virt_device *v, dma_addr_t addr);
const struct virt_past *virt_map_past(struct virt_device *v, dma_addr_t addr);

bool virt_map_shadowed(const struct virt_map *map);

/* virt_overlap.c: maps that let the device write the same memory */
int virt_overlap_init(struct virt_space *space);
void virt_overlap_exit(struct virt_space *space);
bool virt_overlap_enter(struct virt_device *v, struct virt_map *map);
void virt_overlap_leave(struct virt_device *v, struct virt_map *map);

/* virt_claim.c: what queued transfers will touch; the space is locked */
bool virt_map_claimed(const struct virt_map *map);
bool virt_map_claims(struct virt_map *map, dma_addr_t addr, size_t len, bool writes_only);

/* virt_shadow.c: hand-overs */
bool virt_span_changed(const struct virt_span *s, u32 *first, u32 *end);
void virt_span_written(const struct virt_span *s);
bool virt_span_not_taken(const struct virt_span *s, u32 *first, u32 *end);
void virt_span_delivered(const struct virt_span *s);
void virt_span_read(const struct virt_span *s);
void virt_trouble_add(struct virt_trouble *trouble, const struct virt_map *map,
		      dma_addr_t page_addr, u32 first, u32 end);
void virt_trouble_report(struct virt_device *v, const struct virt_trouble *trouble);
void virt_hand_over(struct virt_map *map);
void virt_sync(struct virt_device *v, enum virt_act act, dma_addr_t addr, size_t len,
	       enum dma_data_direction dir);
struct page *virt_unmap(struct virt_device *v, dma_addr_t addr, size_t size,
			enum dma_data_direction dir, bool sync);

#endif /* _DMASPAN_VIRT_MAP_H */
