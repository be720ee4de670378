// SPDX-License-Identifier: GPL-2.0-only
/*
 * Claims: what queued transfers will touch. Trees of intervals, since a program
 * may queue very many on one map and then sync it byte by byte.
 */
#include <linux/interval_tree_generic.h>
#include <linux/kernel.h>

#include "virt_map.h"

#define CLAIM_START(claim)	((claim)->addr)
#define CLAIM_LAST(claim)	((claim)->addr + (claim)->len - 1)

INTERVAL_TREE_DEFINE(struct virt_claim, node, dma_addr_t, last_below, CLAIM_START, CLAIM_LAST,
		     static __maybe_unused, claims)

static struct rb_root_cached *claims_of(const struct virt_claim *claim)
{
	return claim->write ? &claim->map->writes : &claim->map->reads;
}

/* Whether a queued transfer uses the map. */
bool virt_map_claimed(const struct virt_map *map)
{
	return !RB_EMPTY_ROOT(&map->reads.rb_root) || !RB_EMPTY_ROOT(&map->writes.rb_root);
}

/* Whether a queued transfer uses the range. */
bool virt_map_claims(struct virt_map *map, dma_addr_t addr, size_t len, bool writes_only)
{
	dma_addr_t last = addr + len - 1;

	return claims_iter_first(&map->writes, addr, last) ||
	       (!writes_only && claims_iter_first(&map->reads, addr, last));
}

static bool beyond(dma_addr_t addr, size_t len, unsigned int bits)
{
	u64 last = bits < 64 ? BIT_ULL(bits) - 1 : U64_MAX;

	return addr > last || len - 1 > last - addr;
}

/* What the hardware itself is not built for, in VIRT_KINDS; VIRT_KINDS: nothing. */
static enum virt_kind hardware_limit(const struct virt_device *v, dma_addr_t addr, size_t len)
{
	if (beyond(addr, len, v->address_bits))
		return VIRT_WIDTH;
	if (!IS_ALIGNED(addr, v->alignment))
		return VIRT_UNALIGNED;
	return len > v->max_segment ? VIRT_SEGMENT : VIRT_KINDS;
}

int virt_claim(struct virt_device *v, struct virt_claim *claim, dma_addr_t addr,
	       size_t len, bool write)
{
	enum virt_kind kind = hardware_limit(v, addr, len);
	unsigned long flags;

	claim->addr = addr;
	claim->len = len;
	claim->write = write;
	claim->map = NULL;
	spin_lock_irqsave(&v->space.lock, flags);
	if (!v->coherent)
		claim->map = virt_map_find(v, addr);
	if (claim->map) {
		refcount_inc(&claim->map->ref);
		claims_insert(claim, claims_of(claim));
	}
	if (kind != VIRT_KINDS)
		virt_found(v, kind, write ? VIRT_DEVICE_WRITE : VIRT_DEVICE_READ,
			   claim->map ? &claim->map->origin : NULL, addr, len);
	spin_unlock_irqrestore(&v->space.lock, flags);
	return kind == VIRT_KINDS ? 0 : -EFAULT;
}

void virt_unclaim(struct virt_device *v, struct virt_claim *claim)
{
	unsigned long flags;

	if (!claim->map)
		return;
	spin_lock_irqsave(&v->space.lock, flags);
	claims_remove(claim, claims_of(claim));
	spin_unlock_irqrestore(&v->space.lock, flags);
	virt_map_put(claim->map);
	claim->map = NULL;
}
