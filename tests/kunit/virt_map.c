// SPDX-License-Identifier: GPL-2.0-only
/* kernel/virt/virt_map.c, virt_overlap.c: free addresses, maps by address and by memory. */
#include "../../kernel/virt/virt_map.c"
#include "../../kernel/virt/virt_overlap.c"
#include "kunit.h"

static struct virt_map *make(struct kunit *test, unsigned long pages)
{
	struct virt_map *map = virt_map_make(pages, false, DMA_BIDIRECTIONAL);

	KUNIT_ASSERT_NOT_NULL(test, map);
	map->origin.size = pages << PAGE_SHIFT;
	return map;
}

static struct virt_map *insert(struct kunit *test, struct virt_device *v, unsigned long pages,
			       u64 mask, dma_addr_t *addr)
{
	struct virt_map *map = make(test, pages);

	KUNIT_ASSERT_EQ(test, virt_map_insert(v, map, mask, addr), 0);
	return map;
}

static void drop(struct virt_device *v, struct virt_map *map)
{
	spin_lock_irq(&v->space.lock);
	virt_map_remove(v, map);
	spin_unlock_irq(&v->space.lock);
	virt_map_put(map);
}

static struct virt_map *find(struct virt_device *v, dma_addr_t addr)
{
	struct virt_map *map;

	spin_lock_irq(&v->space.lock);
	map = virt_map_find(v, addr);
	spin_unlock_irq(&v->space.lock);
	return map;
}

static dma_addr_t search(struct virt_device *v, dma_addr_t from, u64 size, u64 mask)
{
	dma_addr_t at;

	spin_lock_irq(&v->space.lock);
	at = space_search(v, from, size, mask);
	spin_unlock_irq(&v->space.lock);
	return at;
}

static void empty_space(struct kunit *test)
{
	struct virt_device *v = kunit_virt_device(test);
	u64 mask = DMA_BIT_MASK(32);

	KUNIT_EXPECT_EQ(test, search(v, LOWEST, PAGE_SIZE, mask), LOWEST);
	KUNIT_EXPECT_EQ(test, search(v, LOWEST + 1, PAGE_SIZE, mask), LOWEST + PAGE_SIZE);
	KUNIT_EXPECT_EQ(test, search(v, LOWEST, SZ_1M, mask), SZ_1M);
	/* No alignment beyond what the DMA API promises. */
	KUNIT_EXPECT_EQ(test, search(v, SZ_4M + 1, SZ_64M, mask), SZ_8M);
}

static void end_of_the_space(struct kunit *test)
{
	struct virt_device *v = kunit_virt_device(test);
	u64 mask = DMA_BIT_MASK(32);

	/* The last page is a guard. */
	KUNIT_EXPECT_EQ(test, search(v, mask - 2 * PAGE_SIZE + 1, PAGE_SIZE, mask),
			mask - 2 * PAGE_SIZE + 1);
	KUNIT_EXPECT_EQ(test, search(v, mask - PAGE_SIZE + 1, PAGE_SIZE, mask), 0);
	KUNIT_EXPECT_EQ(test, search(v, mask, PAGE_SIZE, mask), 0);
	KUNIT_EXPECT_EQ(test, search(v, LOWEST, SZ_4G, mask), 0);
	KUNIT_EXPECT_EQ(test, search(v, LOWEST, BIT_ULL(62), mask), 0);
	KUNIT_EXPECT_EQ(test, search(v, U64_MAX - PAGE_SIZE + 1, PAGE_SIZE, U64_MAX), 0);
	KUNIT_EXPECT_EQ(test, search(v, U64_MAX - 1, PAGE_SIZE, U64_MAX), 0);
}

static void segment_boundary(struct kunit *test)
{
	struct virt_device *v = kunit_virt_device(test);
	struct device_dma_parameters limits = { .segment_boundary_mask = SZ_64K - 1 };
	u64 mask = DMA_BIT_MASK(32), at;

	v->pdev->dev.dma_parms = &limits;
	for (at = SZ_1M; at < SZ_1M + SZ_128K; at += PAGE_SIZE) {
		u64 got = search(v, at, 3 * PAGE_SIZE, mask);

		KUNIT_EXPECT_GE(test, got, at);
		KUNIT_EXPECT_EQ(test, got / SZ_64K, (got + 3 * PAGE_SIZE - 1) / SZ_64K);
	}
	/* What is longer cannot help crossing it. */
	KUNIT_EXPECT_EQ(test, search(v, SZ_1M, SZ_128K, mask), SZ_1M);
	v->pdev->dev.dma_parms = NULL;
}

static void ascending_with_guards(struct kunit *test)
{
	static const unsigned long pages[] = { 1, 1, 3, 16, 1, 100 };
	struct virt_device *v = kunit_virt_device(test);
	dma_addr_t last = 0, at;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(pages); i++) {
		insert(test, v, pages[i], U64_MAX, &at);
		KUNIT_EXPECT_GE(test, at, BIT_ULL(32));
		KUNIT_EXPECT_GE(test, at, last + (i ? PAGE_SIZE : 0));
		KUNIT_EXPECT_TRUE(test, IS_ALIGNED(at, roundup_pow_of_two(pages[i]) << PAGE_SHIFT));
		last = at + (pages[i] << PAGE_SHIFT);
	}
}

static void addresses_are_not_used_again_at_once(struct kunit *test)
{
	struct virt_device *v = kunit_virt_device(test);
	dma_addr_t first, second;

	drop(v, insert(test, v, 1, U64_MAX, &first));
	drop(v, insert(test, v, 1, U64_MAX, &second));
	KUNIT_EXPECT_GT(test, second, first);
}

/* A space of a few pages: all are given out, and again once they are free. */
static void full_and_around(struct kunit *test)
{
	u64 mask = LOWEST + 8 * PAGE_SIZE - 1;
	struct virt_device *v = kunit_virt_device(test);
	struct virt_map *maps[4], *more;
	unsigned int i;
	dma_addr_t at;

	for (i = 0; i < ARRAY_SIZE(maps); i++) {
		maps[i] = insert(test, v, 1, mask, &at);
		KUNIT_EXPECT_EQ(test, at, LOWEST + 2 * i * PAGE_SIZE);
	}
	more = make(test, 1);
	KUNIT_EXPECT_EQ(test, virt_map_insert(v, more, mask, &at), -ENOMEM);
	drop(v, maps[2]);
	KUNIT_EXPECT_EQ(test, virt_map_insert(v, more, mask, &at), 0);
	KUNIT_EXPECT_EQ(test, at, LOWEST + 4 * PAGE_SIZE);
}

static void found_by_address(struct kunit *test)
{
	struct virt_device *v = kunit_virt_device(test);
	struct virt_map *one, *two;
	dma_addr_t a, b;

	one = insert(test, v, 2, U64_MAX, &a);
	two = insert(test, v, 1, U64_MAX, &b);
	KUNIT_EXPECT_NULL(test, find(v, a - 1));
	KUNIT_EXPECT_PTR_EQ(test, find(v, a), one);
	KUNIT_EXPECT_PTR_EQ(test, find(v, a + 2 * PAGE_SIZE - 1), one);
	KUNIT_EXPECT_NULL(test, find(v, a + 2 * PAGE_SIZE));
	KUNIT_EXPECT_PTR_EQ(test, find(v, b), two);
	KUNIT_EXPECT_NULL(test, find(v, 0));
	KUNIT_EXPECT_NULL(test, find(v, U64_MAX));
	spin_lock_irq(&v->space.lock);
	KUNIT_EXPECT_PTR_EQ(test, virt_map_before(v, a + 2 * PAGE_SIZE), one);
	KUNIT_EXPECT_PTR_EQ(test, virt_map_before(v, b + PAGE_SIZE), two);
	KUNIT_EXPECT_NULL(test, virt_map_before(v, b + 2 * PAGE_SIZE));
	KUNIT_EXPECT_NULL(test, virt_map_before(v, a));
	spin_unlock_irq(&v->space.lock);
}

static void past_maps_are_remembered(struct kunit *test)
{
	struct virt_device *v = kunit_virt_device(test);
	const struct virt_past *past;
	dma_addr_t first, at;
	unsigned int i;

	drop(v, insert(test, v, 1, U64_MAX, &first));
	for (i = 0; i < PAST_MAPS - 1; i++)
		drop(v, insert(test, v, 1, U64_MAX, &at));
	spin_lock_irq(&v->space.lock);
	past = virt_map_past(v, first + PAGE_SIZE - 1);
	KUNIT_EXPECT_NOT_NULL(test, past);
	if (past)
		KUNIT_EXPECT_EQ(test, past->origin.serial, 1);
	KUNIT_EXPECT_NULL(test, virt_map_past(v, first + PAGE_SIZE));
	spin_unlock_irq(&v->space.lock);
	/* One more, and the oldest is forgotten. */
	drop(v, insert(test, v, 1, U64_MAX, &at));
	spin_lock_irq(&v->space.lock);
	KUNIT_EXPECT_NULL(test, virt_map_past(v, first));
	KUNIT_EXPECT_NOT_NULL(test, virt_map_past(v, at));
	spin_unlock_irq(&v->space.lock);
}

/* A map of bytes @from to @to of one page that the device may write */
static struct virt_map *writable(struct kunit *test, struct page *page, u32 from, u32 to,
				 enum dma_data_direction dir)
{
	struct virt_map *map = virt_map_make(1, true, dir);

	KUNIT_ASSERT_NOT_NULL(test, map);
	map->pages[0].cpu = page;
	map->pages[0].from = from;
	map->pages[0].to = to;
	map->origin.start = from;
	map->origin.size = to - from;
	return map;
}

static void check_overlap(struct kunit *test, struct virt_device *v, struct virt_map *map,
			  unsigned int want)
{
	dma_addr_t at;

	stub_found.count = 0;
	KUNIT_ASSERT_EQ(test, virt_map_insert(v, map, U64_MAX, &at), 0);
	KUNIT_EXPECT_EQ(test, stub_found.count, want);
	if (want)
		KUNIT_EXPECT_EQ(test, stub_found.kind, VIRT_OVERLAP);
}

static void overlapping_writes(struct kunit *test)
{
	struct virt_device *v = kunit_virt_device(test);
	struct page *page = ZERO_PAGE(0);
	struct virt_map *first = writable(test, page, 100, 200, DMA_FROM_DEVICE);

	check_overlap(test, v, first, 0);
	check_overlap(test, v, writable(test, page, 0, 100, DMA_FROM_DEVICE), 0);
	check_overlap(test, v, writable(test, page, 200, 300, DMA_BIDIRECTIONAL), 0);
	check_overlap(test, v, writable(test, page, 0, PAGE_SIZE, DMA_TO_DEVICE), 0);
	check_overlap(test, v, writable(test, page + 1, 100, 200, DMA_FROM_DEVICE), 0);
	check_overlap(test, v, writable(test, page, 199, 200, DMA_FROM_DEVICE), 1);
	check_overlap(test, v, writable(test, page, 99, 101, DMA_BIDIRECTIONAL), 1);
	drop(v, first);
}

static struct kunit_case cases[] = {
	KUNIT_CASE(empty_space),
	KUNIT_CASE(end_of_the_space),
	KUNIT_CASE(segment_boundary),
	KUNIT_CASE(ascending_with_guards),
	KUNIT_CASE(addresses_are_not_used_again_at_once),
	KUNIT_CASE(full_and_around),
	KUNIT_CASE(found_by_address),
	KUNIT_CASE(past_maps_are_remembered),
	KUNIT_CASE(overlapping_writes),
	{ }
};

static struct kunit_suite suite = { .name = "dmaspan_virt_map", .test_cases = cases };
kunit_test_suites(&suite);
