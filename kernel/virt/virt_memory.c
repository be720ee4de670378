// SPDX-License-Identifier: GPL-2.0-only
/*
 * The device's accesses: what a bus address stands for, and whether the device
 * may do what it is about to do there.
 */
#include <linux/dma-direct.h>
#include <linux/highmem.h>
#include <linux/mm.h>
#include <linux/sched.h>
#include <linux/string.h>

#include "virt_map.h"

/* Why nothing is there. */
static void report_nothing(struct virt_device *v, enum virt_act act, dma_addr_t addr, size_t len)
{
	const struct virt_past *past = virt_map_past(v, addr);
	const struct virt_map *before = virt_map_before(v, addr);

	if (past)
		virt_found(v, VIRT_UNMAPPED, act, &past->origin, addr, len);
	else if (before)
		virt_found(v, VIRT_OUTSIDE, act, &before->origin, addr, len);
	else
		virt_found(v, VIRT_UNMAPPED, act, NULL, addr, len);
}

/* Where a piece of a page lies, if the device may access it so. */
static struct virt_map *access_span(struct virt_device *v, enum virt_act act,
				    dma_addr_t addr, size_t len, struct virt_span *s)
{
	struct virt_map *map = virt_map_find(v, addr);

	if (!map) {
		report_nothing(v, act, addr, len);
		return NULL;
	}
	s->page = &map->pages[(addr - virt_map_base(map)) >> PAGE_SHIFT];
	s->from = offset_in_page(addr);
	s->to = s->from + len;
	if (s->from < s->page->from || s->to > s->page->to) {
		virt_found(v, VIRT_OUTSIDE, act, &map->origin, addr, len);
		return NULL;
	}
	if (map->origin.dir == (act == VIRT_DEVICE_READ ? DMA_FROM_DEVICE : DMA_TO_DEVICE)) {
		virt_found(v, VIRT_DIRECTION, act, &map->origin, addr, len);
		return NULL;
	}
	return map;
}

/* At most a page. What there is before a bad byte is visited, as hardware would. */
static int strict_visit(struct virt_device *v, dma_addr_t addr, size_t len,
			virt_visit_t visit, void *context, struct virt_trouble *trouble)
{
	struct virt_span s;
	struct virt_map *map;
	unsigned long flags;
	u32 first, end;
	void *data, *cpu;

	spin_lock_irqsave(&v->space.lock, flags);
	map = access_span(v, trouble->act, addr, len, &s);
	if (map) {
		cpu = kmap_local_page(s.page->cpu);
		data = s.page->shadow ?: cpu;
		if (s.page->shadow && virt_span_changed(&s, &first, &end))
			virt_trouble_add(trouble, map, addr & PAGE_MASK, first, end);
		if (s.page->shadow && trouble->act == VIRT_DEVICE_WRITE)
			virt_span_written(&s);
		else if (s.page->shadow)
			virt_span_read(&s);
		visit(context, data + s.from, len);
		kunmap_local(cpu);
	}
	spin_unlock_irqrestore(&v->space.lock, flags);
	return map ? 0 : -EFAULT;
}

/* Memory at a bus address of a device whose space is the machine's. */
static void *direct_memory(struct virt_device *v, dma_addr_t addr, size_t len)
{
	phys_addr_t phys = dma_to_phys(&v->pdev->dev, addr);

	if (phys + len < phys || !pfn_valid(PHYS_PFN(phys)) ||
	    !pfn_valid(PHYS_PFN(phys + len - 1)) ||
	    PageHighMem(pfn_to_page(PHYS_PFN(phys + len - 1))))
		return NULL;
	return phys_to_virt(phys);
}

static int direct_visit(struct virt_device *v, enum virt_act act, dma_addr_t addr, size_t len,
			virt_visit_t visit, void *context)
{
	void *data = direct_memory(v, addr, len);

	if (!data) {
		virt_found(v, VIRT_UNMAPPED, act, NULL, addr, len);
		return -EFAULT;
	}
	visit(context, data, len);
	return 0;
}

int virt_visit(struct virt_device *v, dma_addr_t addr, size_t len, bool write,
	       virt_visit_t visit, void *context)
{
	struct virt_trouble trouble = {
		.kind = write ? VIRT_STALE_WRITE : VIRT_STALE_READ,
		.act = write ? VIRT_DEVICE_WRITE : VIRT_DEVICE_READ,
	};
	size_t n;
	int ret = 0;

	for (; len && !ret; addr += n, len -= n) {
		n = min_t(size_t, len, PAGE_SIZE - offset_in_page(addr));
		if (v->coherent)
			ret = direct_visit(v, trouble.act, addr, n, visit, context);
		else
			ret = strict_visit(v, addr, n, visit, context, &trouble);
		cond_resched();
	}
	virt_trouble_report(v, &trouble);
	return ret;
}

struct stage {
	void *at;
};

static void stage_fill(void *context, void *data, size_t len)
{
	struct stage *stage = context;

	memcpy(stage->at, data, len);
	stage->at += len;
}

static void stage_drain(void *context, void *data, size_t len)
{
	struct stage *stage = context;

	memcpy(data, stage->at, len);
	stage->at += len;
}

static int strict_copy(struct virt_device *v, dma_addr_t dst, dma_addr_t src, size_t len)
{
	struct stage in = { v->space.stage }, out = { v->space.stage };
	int ret = virt_visit(v, src, len, false, stage_fill, &in);

	return ret ?: virt_visit(v, dst, len, true, stage_drain, &out);
}

static int coherent_copy(struct virt_device *v, dma_addr_t dst, dma_addr_t src, size_t len)
{
	const void *from = direct_memory(v, src, len);
	void *to = direct_memory(v, dst, len);

	if (!from || !to) {
		virt_found(v, VIRT_UNMAPPED, from ? VIRT_DEVICE_WRITE : VIRT_DEVICE_READ, NULL,
			   from ? dst : src, len);
		return -EFAULT;
	}
	/* Past the CPU's caches, as a device writes. */
	memcpy_flushcache(to, from, len);
	return 0;
}

int virt_copy(struct virt_device *v, dma_addr_t dst, dma_addr_t src, size_t len)
{
	size_t n;
	int ret = 0;

	for (; len && !ret; dst += n, src += n, len -= n) {
		if (v->coherent) {
			n = min_t(size_t, len, PAGE_SIZE - offset_in_page(src));
			n = min_t(size_t, n, PAGE_SIZE - offset_in_page(dst));
			ret = coherent_copy(v, dst, src, n);
		} else {
			n = min_t(size_t, len, PAGE_SIZE);
			ret = strict_copy(v, dst, src, n);
		}
		cond_resched();
	}
	return ret;
}

void virt_delivered(struct virt_device *v, dma_addr_t addr, size_t len)
{
	struct virt_trouble trouble = { .kind = VIRT_NOT_TAKEN, .act = VIRT_DEVICE_WRITE };
	unsigned long flags;
	struct virt_map *map;
	struct virt_span s;
	u32 first, end;
	size_t n;

	for (; len && !v->coherent; addr += n, len -= n) {
		n = min_t(size_t, len, PAGE_SIZE - offset_in_page(addr));
		spin_lock_irqsave(&v->space.lock, flags);
		map = virt_map_find(v, addr);
		if (map && virt_map_shadowed(map)) {
			s.page = &map->pages[(addr - virt_map_base(map)) >> PAGE_SHIFT];
			s.from = offset_in_page(addr);
			s.to = s.from + n;
			if (virt_span_not_taken(&s, &first, &end))
				virt_trouble_add(&trouble, map, addr & PAGE_MASK, first, end);
			virt_span_delivered(&s);
		}
		spin_unlock_irqrestore(&v->space.lock, flags);
	}
	virt_trouble_report(v, &trouble);
}
