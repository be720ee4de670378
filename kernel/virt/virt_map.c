// SPDX-License-Identifier: GPL-2.0-only
/*
 * The space: which addresses are mapped to what.
 *
 * Addresses are given out in ascending order and not again until all others
 * have been, each map is followed by an unmapped page at least, and a device
 * with more than 32 address bits gets addresses above 4 GiB: so a wrong address
 * is not by chance a right one.
 */
#include <linux/dma-mapping.h>
#include <linux/fs.h>
#include <linux/log2.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/overflow.h>
#include <linux/rcupdate.h>
#include <linux/sched.h>
#include <linux/seq_file.h>
#include <linux/sizes.h>
#include <linux/slab.h>
#include <linux/stacktrace.h>

#include "virt_map.h"

#define GUARD		PAGE_SIZE
#define LOWEST		SZ_64K
#define MAX_ALIGN	SZ_4M		/* what dma_alloc_coherent() promises at most */
#define PAST_MAPS	128

/* Of all devices. */
static atomic_long_t shadow_pages;

static unsigned long shadow_limit(void)
{
	return totalram_pages() / 2;
}

/* dma_map_*() may be called from any context, and for the writing of dirty pages. */
bool virt_may_sleep(void)
{
	return preemptible() && !rcu_preempt_depth();
}

/* Called for each page @i of a loop over very many. */
void virt_relax(unsigned long i)
{
	if (!(i % 256) && virt_may_sleep())
		cond_resched();
}

static gfp_t map_gfp(void)
{
	if (virt_may_sleep())
		return GFP_NOIO | __GFP_NOWARN | __GFP_ACCOUNT | __GFP_RETRY_MAYFAIL;
	return GFP_NOWAIT | __GFP_NOWARN;
}

static void map_free_pages(struct virt_map *map)
{
	unsigned long i, freed = 0;

	for (i = 0; i < map->nr_pages; i++) {
		if (!map->pages[i].shadow)
			continue;
		free_page((unsigned long)map->pages[i].shadow);
		freed++;
	}
	atomic_long_sub(freed, &shadow_pages);
}

static void map_free(struct virt_map *map)
{
	map_free_pages(map);
	kvfree_rcu(map, rcu);
}

void virt_map_put(struct virt_map *map)
{
	if (refcount_dec_and_test(&map->ref))
		map_free(map);
}

static int map_add_shadow(struct virt_map *map)
{
	unsigned long i;

	if (atomic_long_add_return(map->nr_pages, &shadow_pages) > shadow_limit()) {
		atomic_long_sub(map->nr_pages, &shadow_pages);
		return -ENOMEM;
	}
	for (i = 0; i < map->nr_pages; i++) {
		map->pages[i].shadow = (void *)__get_free_page(map_gfp() | __GFP_ZERO);
		if (!map->pages[i].shadow) {
			/* map_free_pages() gives the rest back. */
			atomic_long_sub(map->nr_pages - i, &shadow_pages);
			return -ENOMEM;
		}
		virt_relax(i);
	}
	return 0;
}

static void origin_note(struct virt_origin *origin, enum dma_data_direction dir)
{
	origin->dir = dir;
	origin->pid = task_tgid_nr(current);
	strscpy(origin->comm, current->comm, sizeof(origin->comm));
#ifdef CONFIG_STACKTRACE
	/* Without this function, virt_map_make() and the operation itself. */
	origin->depth = stack_trace_save(origin->site, VIRT_SITE_DEPTH, 3);
#endif
}

/**
 * virt_map_make() - a map without addresses, its pages to be filled in
 * @nr_pages: how many
 * @shadow: the device gets memory of its own, zeroed
 * @dir: who writes
 *
 * Context: any.
 * Return: the map, or NULL.
 */
struct virt_map *virt_map_make(unsigned long nr_pages, bool shadow,
			       enum dma_data_direction dir)
{
	struct virt_map *map;
	size_t size = struct_size(map, pages, nr_pages);

	map = virt_may_sleep() ? kvzalloc(size, map_gfp()) : kzalloc(size, map_gfp());
	if (!map)
		return NULL;
	refcount_set(&map->ref, 1);
	map->reads = RB_ROOT_CACHED;
	map->writes = RB_ROOT_CACHED;
	map->nr_pages = nr_pages;
	if (shadow && map_add_shadow(map)) {
		map_free(map);
		return NULL;
	}
	origin_note(&map->origin, dir);
	return map;
}

/* Whether hand-overs matter: memory of dma_alloc_*() has no shadow. */
bool virt_map_shadowed(const struct virt_map *map)
{
	return map->pages[0].shadow;
}

/* The first map that ends, with its guard, after @addr. */
static struct virt_map *map_from(struct virt_space *space, dma_addr_t addr)
{
	struct rb_node *node = space->maps.rb_node;
	struct virt_map *found = NULL;

	lockdep_assert_held(&space->lock);
	while (node) {
		struct virt_map *map = rb_entry(node, struct virt_map, node);

		if (virt_map_end(map) + GUARD > addr) {
			found = map;
			node = node->rb_left;
		} else {
			node = node->rb_right;
		}
	}
	return found;
}

/**
 * virt_map_find() - the map that an address lies in
 * @v: the device; its space is locked
 * @addr: bus address
 */
struct virt_map *virt_map_find(struct virt_device *v, dma_addr_t addr)
{
	struct virt_map *map = map_from(&v->space, addr);

	return map && virt_map_base(map) <= addr && addr < virt_map_end(map) ? map : NULL;
}

/**
 * virt_map_before() - the map in whose guard an address lies
 * @v: the device; its space is locked
 * @addr: bus address
 */
struct virt_map *virt_map_before(struct virt_device *v, dma_addr_t addr)
{
	struct virt_map *map = map_from(&v->space, addr);

	return map && virt_map_end(map) <= addr ? map : NULL;
}

/**
 * virt_map_past() - the map that an address lay in last
 * @v: the device; its space is locked
 * @addr: bus address
 */
const struct virt_past *virt_map_past(struct virt_device *v, dma_addr_t addr)
{
	struct virt_space *space = &v->space;
	unsigned int i;

	lockdep_assert_held(&space->lock);
	for (i = 1; i <= PAST_MAPS; i++) {
		const struct virt_past *past =
			&space->past[(space->past_next + PAST_MAPS - i) % PAST_MAPS];

		if (past->base <= addr && addr < past->end)
			return past;
	}
	return NULL;
}

static void map_link(struct virt_space *space, struct virt_map *map)
{
	struct rb_node **at = &space->maps.rb_node, *parent = NULL;

	while (*at) {
		parent = *at;
		if (map->origin.start < rb_entry(parent, struct virt_map, node)->origin.start)
			at = &parent->rb_left;
		else
			at = &parent->rb_right;
	}
	rb_link_node(&map->node, parent, at);
	rb_insert_color(&map->node, &space->maps);
}

static dma_addr_t lowest_address(u64 mask)
{
	return mask > DMA_BIT_MASK(32) ? (dma_addr_t)BIT_ULL(32) : LOWEST;
}

/* Free addresses from @from on; 0 if there are none. */
static dma_addr_t space_search(struct virt_device *v, dma_addr_t from, u64 size, u64 mask)
{
	u64 boundary = dma_get_seg_boundary(&v->pdev->dev);
	u64 align = min_t(u64, roundup_pow_of_two(size), MAX_ALIGN);
	struct virt_map *map = map_from(&v->space, from);
	u64 at = ALIGN(from, align);

	for (;;) {
		if (size - 1 <= boundary && ((at ^ (at + size - 1)) & ~boundary))
			at = ALIGN(at, boundary + 1);
		/* With its guard: the end of a map is an address, too. */
		if (at < from || at > mask || size + GUARD - 1 > mask - at)
			return 0;
		if (!map || at + size + GUARD <= virt_map_base(map))
			return at;
		if (at < virt_map_end(map) + GUARD)
			at = ALIGN(virt_map_end(map) + GUARD, align);
		map = rb_entry_safe(rb_next(&map->node), struct virt_map, node);
	}
}

/**
 * virt_map_insert() - give a map its addresses
 * @v: the device
 * @map: its pages and origin.size are filled in, origin.start is an offset into
 *	the first page; its reference passes to the space
 * @mask: addresses that the driver says the device can use
 * @addr: set to its first byte's; the map may be gone when this returns, by
 *	somebody's unmap of what he does not have
 *
 * Context: any.
 * Return: 0, or -ENOMEM: no addresses are left.
 */
int virt_map_insert(struct virt_device *v, struct virt_map *map, u64 mask,
		    dma_addr_t *addr)
{
	u64 size = (u64)map->nr_pages << PAGE_SHIFT;
	struct virt_space *space = &v->space;
	dma_addr_t lowest = lowest_address(mask), at = 0;
	unsigned long flags;
	bool overlaps;

	overlaps = virt_overlap_enter(v, map);
	spin_lock_irqsave(&space->lock, flags);
	if (space->next >= lowest)
		at = space_search(v, space->next, size, mask);
	if (!at)
		at = space_search(v, lowest, size, mask);
	if (at) {
		map->origin.start += at;
		map->origin.serial = ++space->serial;
		*addr = map->origin.start;
		if (overlaps)
			virt_found(v, VIRT_OVERLAP, VIRT_DO_MAP, &map->origin, *addr,
				   map->origin.size);
		map_link(space, map);
		space->next = at + size + GUARD;
	}
	spin_unlock_irqrestore(&space->lock, flags);
	if (at)
		return 0;
	virt_overlap_leave(v, map);
	return -ENOMEM;
}

/**
 * virt_map_remove() - the device reaches it no more
 * @v: the device; its space is locked
 * @map: in the space; its reference passes to the caller
 */
void virt_map_remove(struct virt_device *v, struct virt_map *map)
{
	struct virt_space *space = &v->space;
	struct virt_past *past = &space->past[space->past_next];

	lockdep_assert_held(&space->lock);
	rb_erase(&map->node, &space->maps);
	past->origin = map->origin;
	past->base = virt_map_base(map);
	past->end = virt_map_end(map);
	space->past_next = (space->past_next + 1) % PAST_MAPS;
}

int virt_space_init(struct virt_device *v)
{
	struct virt_space *space = &v->space;

	spin_lock_init(&space->lock);
	space->maps = RB_ROOT;
	space->past = kvcalloc(PAST_MAPS, sizeof(*space->past), GFP_KERNEL);
	space->stage = (void *)__get_free_page(GFP_KERNEL);
	if (space->past && space->stage && !virt_overlap_init(space))
		return 0;
	virt_space_exit(v);
	return -ENOMEM;
}

void virt_space_exit(struct virt_device *v)
{
	struct virt_space *space = &v->space;
	struct rb_node *node;

	while ((node = rb_first(&space->maps))) {
		rb_erase(node, &space->maps);
		virt_map_put(rb_entry(node, struct virt_map, node));
	}
	virt_overlap_exit(space);
	free_page((unsigned long)space->stage);
	kvfree(space->past);
}

/**
 * virt_space_leaks() - findings for all that is still mapped
 * @v: the device, which its driver leaves
 *
 * Return: how many there are.
 */
unsigned int virt_space_leaks(struct virt_device *v)
{
	struct virt_space *space = &v->space;
	unsigned int leaks = 0;
	struct rb_node *node;

	spin_lock_irq(&space->lock);
	for (node = rb_first(&space->maps); node; node = rb_next(node)) {
		const struct virt_origin *origin =
			&rb_entry(node, struct virt_map, node)->origin;

		virt_found(v, VIRT_LEAK, VIRT_DO_REMOVE, origin, origin->start, origin->size);
		leaks++;
	}
	spin_unlock_irq(&space->lock);
	return leaks;
}

/**
 * struct map_row - a map, for debugfs: taken out to be printed without the lock
 * @v: the device
 * @origin: the map's
 * @end: address after its last page
 * @shadowed: virt_map_shadowed()
 */
struct map_row {
	struct virt_device *v;
	struct virt_origin origin;
	dma_addr_t end;
	bool shadowed;
};

/* A position is the page that the search begins at: maps come and go meanwhile. */
static struct map_row *row_from(struct map_row *row, loff_t pos)
{
	struct virt_space *space = &row->v->space;
	const struct virt_map *map;

	spin_lock_irq(&space->lock);
	map = map_from(space, (dma_addr_t)pos << PAGE_SHIFT);
	if (map) {
		row->origin = map->origin;
		row->end = virt_map_end(map);
		row->shadowed = virt_map_shadowed(map);
	}
	spin_unlock_irq(&space->lock);
	return map ? row : NULL;
}

static void *rows_start(struct seq_file *m, loff_t *pos)
{
	return row_from(m->private, *pos);
}

static void *rows_next(struct seq_file *m, void *row, loff_t *pos)
{
	*pos = (((struct map_row *)row)->end + GUARD) >> PAGE_SHIFT;
	return row_from(row, *pos);
}

static void rows_stop(struct seq_file *m, void *row)
{
}

static int rows_show(struct seq_file *m, void *data)
{
	const struct map_row *row = data;
	const struct virt_origin *origin = &row->origin;

	seq_printf(m, "%#llx\t%zu\t%s\t", (u64)origin->start, origin->size,
		   row->shadowed ? virt_direction_name(origin->dir) : "coherent");
	virt_origin_show(m, origin);
	seq_putc(m, '\n');
	return 0;
}

static int maps_open(struct inode *inode, struct file *file)
{
	static const struct seq_operations rows = {
		.start = rows_start,
		.next = rows_next,
		.stop = rows_stop,
		.show = rows_show,
	};
	struct map_row *row = __seq_open_private(file, &rows, sizeof(*row));

	if (!row)
		return -ENOMEM;
	row->v = inode->i_private;
	return 0;
}

/* In debugfs: what is mapped; its data is the device. */
const struct file_operations virt_maps_fops = {
	.owner = THIS_MODULE,
	.open = maps_open,
	.read = seq_read,
	.llseek = seq_lseek,
	.release = seq_release_private,
};
