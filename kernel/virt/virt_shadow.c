// SPDX-License-Identifier: GPL-2.0-only
/*
 * Hand-overs: what map, the sync calls and unmap do to a shadow.
 *
 *   to the device   the CPU's bytes become the device's; the lines are clean
 *   to the CPU      the lines that the device wrote become the CPU's; clean
 *
 * Only written lines go to the CPU: what the CPU wrote meanwhile into others,
 * which a cache would lose, is a finding and stays.
 */
#include <linux/highmem.h>
#include <linux/mm.h>
#include <linux/string.h>

#include "virt_map.h"

static u64 lines(u32 first, u32 end)
{
	return first < end ? GENMASK_ULL(end - 1, first) : 0;
}

static u64 lines_touched(const struct virt_span *s)
{
	return lines(s->from / VIRT_LINE_BYTES, DIV_ROUND_UP(s->to, VIRT_LINE_BYTES));
}

/* Lines whose mapped bytes are all in the span. */
static u64 lines_covered(const struct virt_span *s)
{
	u32 first = s->from <= s->page->from ? s->from / VIRT_LINE_BYTES :
					       DIV_ROUND_UP(s->from, VIRT_LINE_BYTES);
	u32 end = s->to >= s->page->to ? DIV_ROUND_UP(s->to, VIRT_LINE_BYTES) :
					 s->to / VIRT_LINE_BYTES;

	return lines(first, end);
}

static u32 line_end(u32 at, u32 limit)
{
	return min(limit, (at / VIRT_LINE_BYTES + 1) * VIRT_LINE_BYTES);
}

/**
 * virt_span_changed() - whether the CPU has changed what the device did not write
 * @s: of a page with a shadow; its space is locked
 * @first: set to the first byte's offset into the page
 * @end: set to the offset after the last one
 */
bool virt_span_changed(const struct virt_span *s, u32 *first, u32 *end)
{
	const u8 *shadow = s->page->shadow;
	u8 *cpu = kmap_local_page(s->page->cpu);
	bool changed = false;
	u32 at, next, a, b;

	for (at = s->from; at < s->to; at = next) {
		next = line_end(at, s->to);
		if (s->page->written & BIT_ULL(at / VIRT_LINE_BYTES) ||
		    !memcmp(cpu + at, shadow + at, next - at))
			continue;
		/* A program may change it meanwhile, so nothing is certain any more. */
		for (a = at; a < next && READ_ONCE(cpu[a]) == shadow[a];)
			a++;
		if (a == next)
			continue;
		for (b = next; b > a + 1 && READ_ONCE(cpu[b - 1]) == shadow[b - 1];)
			b--;
		if (!changed)
			*first = a;
		*end = b;
		changed = true;
	}
	kunmap_local(cpu);
	return changed;
}

/* The device has written it. */
void virt_span_written(const struct virt_span *s)
{
	s->page->written |= lines_touched(s);
}

/* Somebody is expected to take what the device wrote there. */
void virt_span_delivered(const struct virt_span *s)
{
	s->page->delivered |= lines_touched(s) & s->page->written;
}

/* The device has read it, which is a use of what was delivered. */
void virt_span_read(const struct virt_span *s)
{
	s->page->delivered &= ~lines_touched(s);
}

static void span_to_device(const struct virt_span *s)
{
	void *cpu = kmap_local_page(s->page->cpu);

	memcpy(s->page->shadow + s->from, cpu + s->from, s->to - s->from);
	kunmap_local(cpu);
	s->page->written &= ~lines_covered(s);
	s->page->delivered &= ~lines_covered(s);
}

static void span_to_cpu(const struct virt_span *s)
{
	void *cpu = kmap_local_page(s->page->cpu);
	u32 at, next;

	for (at = s->from; at < s->to; at = next) {
		next = line_end(at, s->to);
		if (s->page->written & BIT_ULL(at / VIRT_LINE_BYTES))
			memcpy(cpu + at, s->page->shadow + at, next - at);
	}
	kunmap_local(cpu);
	s->page->written &= ~lines_covered(s);
	s->page->delivered &= ~lines_touched(s);
}

/**
 * virt_trouble_add() - a part of a page is in trouble
 * @trouble: grows by it
 * @map: the map; its space is locked
 * @page_addr: the page's bus address
 * @first: first byte in the page
 * @end: after the last
 */
void virt_trouble_add(struct virt_trouble *trouble, const struct virt_map *map,
		      dma_addr_t page_addr, u32 first, u32 end)
{
	if (!trouble->origin.serial) {
		trouble->origin = map->origin;
		trouble->from = page_addr + first;
	}
	trouble->to = page_addr + end;
}

/* Tell what was collected; any context. */
void virt_trouble_report(struct virt_device *v, const struct virt_trouble *trouble)
{
	if (trouble->origin.serial)
		virt_found(v, trouble->kind, trouble->act, &trouble->origin, trouble->from,
			   trouble->to - trouble->from);
}

/*
 * Bounds of what was delivered in a span and not taken; its space is locked.
 * Lines at its ends may be another transfer's.
 */
bool virt_span_not_taken(const struct virt_span *s, u32 *first, u32 *end)
{
	u64 left = s->page->delivered & lines_covered(s);

	if (!left)
		return false;
	*first = max_t(u32, s->from, __ffs64(left) * VIRT_LINE_BYTES);
	*end = min_t(u32, s->to, fls64(left) * VIRT_LINE_BYTES);
	return true;
}

static void span_sync(const struct virt_span *s, bool for_cpu, const struct virt_map *map,
		      dma_addr_t page_addr, struct virt_trouble *trouble)
{
	u32 first, end;

	if (for_cpu ? virt_span_changed(s, &first, &end) : virt_span_not_taken(s, &first, &end))
		virt_trouble_add(trouble, map, page_addr, first, end);
	if (for_cpu)
		span_to_cpu(s);
	else
		span_to_device(s);
}

/* The first hand-over; nobody knows the map yet. */
void virt_hand_over(struct virt_map *map)
{
	unsigned long i;

	for (i = 0; i < map->nr_pages; i++) {
		struct virt_page *page = &map->pages[i];

		span_to_device(&(struct virt_span){ page, page->from, page->to });
		virt_relax(i);
	}
}

/* The map that a driver means, if what it says of it is right. */
static struct virt_map *map_meant(struct virt_device *v, enum virt_act act, dma_addr_t addr,
				  size_t len, enum dma_data_direction dir)
{
	struct virt_map *map = virt_map_find(v, addr);
	const struct virt_past *past;

	if (!map) {
		past = virt_map_past(v, addr);
		virt_found(v, VIRT_NOT_MAPPED, act, past ? &past->origin : NULL, addr, len);
		return NULL;
	}
	if (map->origin.dir != dir &&
	    (act == VIRT_DO_UNMAP || map->origin.dir != DMA_BIDIRECTIONAL)) {
		virt_found(v, VIRT_MISMATCH, act, &map->origin, addr, len);
		return act == VIRT_DO_UNMAP ? map : NULL;
	}
	if (addr < map->origin.start || addr - map->origin.start >= map->origin.size ||
	    len > map->origin.size - (addr - map->origin.start))
		virt_found(v, VIRT_MISMATCH, act, &map->origin, addr, len);
	return map;
}

/* One page's part of a sync. Returns how far it reaches, 0 at the map's end. */
static size_t sync_page(struct virt_device *v, enum virt_act act, dma_addr_t addr,
			size_t len, u64 serial, struct virt_trouble *trouble)
{
	size_t n = min_t(size_t, len, PAGE_SIZE - offset_in_page(addr));
	struct virt_span s = { .from = offset_in_page(addr) };
	unsigned long flags;
	struct virt_map *map;

	spin_lock_irqsave(&v->space.lock, flags);
	map = virt_map_find(v, addr);
	if (map && map->origin.serial == serial) {
		s.page = &map->pages[(addr - virt_map_base(map)) >> PAGE_SHIFT];
		s.to = min_t(u32, s.from + n, s.page->to);
		s.from = max(s.from, s.page->from);
		if (s.from < s.to)
			span_sync(&s, act == VIRT_DO_SYNC_FOR_CPU, map, addr & PAGE_MASK, trouble);
	} else {
		n = 0;
	}
	spin_unlock_irqrestore(&v->space.lock, flags);
	return n;
}

/**
 * virt_sync() - one of the DMA API's sync calls
 * @v: the device
 * @act: VIRT_DO_SYNC_FOR_CPU or VIRT_DO_SYNC_FOR_DEVICE
 * @addr: first byte
 * @len: in bytes
 * @dir: what the driver says it mapped it for
 *
 * Context: any.
 */
void virt_sync(struct virt_device *v, enum virt_act act, dma_addr_t addr, size_t len,
	       enum dma_data_direction dir)
{
	bool for_cpu = act == VIRT_DO_SYNC_FOR_CPU;
	struct virt_trouble trouble = {
		.kind = for_cpu ? VIRT_CPU_WRITE : VIRT_NOT_TAKEN,
		.act = act,
	};
	struct virt_map *map;
	unsigned long flags;
	u64 serial = 0;
	size_t n;

	spin_lock_irqsave(&v->space.lock, flags);
	map = map_meant(v, act, addr, len, dir);
	if (map && virt_map_shadowed(map) && !(for_cpu && map->origin.dir == DMA_TO_DEVICE))
		serial = map->origin.serial;
	/* To take what a transfer only reads hurts nobody. */
	if (map && virt_map_claims(map, addr, len, for_cpu))
		virt_found(v, VIRT_IN_FLIGHT, act, &map->origin, addr, len);
	spin_unlock_irqrestore(&v->space.lock, flags);

	for (; serial && len; addr += n, len -= n) {
		virt_relax(addr >> PAGE_SHIFT);
		n = sync_page(v, act, addr, len, serial, &trouble);
		if (!n)
			break;
	}
	virt_trouble_report(v, &trouble);
}

/* The last hand-over: the device reaches the map no more. */
static void map_take_back(struct virt_device *v, struct virt_map *map, bool sync)
{
	struct virt_trouble trouble = {
		.kind = sync ? VIRT_CPU_WRITE : VIRT_NOT_TAKEN,
		.act = VIRT_DO_UNMAP,
	};
	dma_addr_t addr = virt_map_base(map);
	unsigned long i;
	u32 first, end;

	for (i = 0; i < map->nr_pages; i++, addr += PAGE_SIZE) {
		struct virt_page *page = &map->pages[i];
		struct virt_span s = { page, page->from, page->to };

		if (sync)
			span_sync(&s, true, map, addr, &trouble);
		else if (virt_span_not_taken(&s, &first, &end))
			virt_trouble_add(&trouble, map, addr, first, end);
		virt_relax(i);
	}
	virt_trouble_report(v, &trouble);
}

/**
 * virt_unmap() - the DMA API's unmap and free
 * @v: the device
 * @addr: what map returned
 * @size: what it was called with
 * @dir: likewise
 * @sync: hand over to the CPU
 *
 * Context: any.
 * Return: the first page that was mapped, NULL: nothing was.
 */
struct page *virt_unmap(struct virt_device *v, dma_addr_t addr, size_t size,
			enum dma_data_direction dir, bool sync)
{
	struct virt_map *map;
	unsigned long flags;
	struct page *page;

	spin_lock_irqsave(&v->space.lock, flags);
	map = map_meant(v, VIRT_DO_UNMAP, addr, size, dir);
	if (map) {
		if (addr != map->origin.start || size < map->origin.size)
			virt_found(v, VIRT_MISMATCH, VIRT_DO_UNMAP, &map->origin, addr, size);
		if (virt_map_claimed(map))
			virt_found(v, VIRT_IN_FLIGHT, VIRT_DO_UNMAP, &map->origin, addr, size);
		virt_map_remove(v, map);
	}
	spin_unlock_irqrestore(&v->space.lock, flags);
	if (!map)
		return NULL;
	page = map->pages[0].cpu;
	virt_overlap_leave(v, map);
	if (virt_map_shadowed(map) && map->origin.dir != DMA_TO_DEVICE)
		map_take_back(v, map, sync);
	virt_map_put(map);
	return page;
}
