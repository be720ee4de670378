// SPDX-License-Identifier: GPL-2.0-only
/* kernel/virt/virt_memory.c: what an access of the device meets. */
#include "../../kernel/virt/virt_memory.c"
#include "kunit.h"

static void give_pages_back(struct kunit_resource *res)
{
	__free_pages(res->data, 1);
}

/* Two pages, mapped but for their first and last 16 bytes */
static dma_addr_t map_two(struct kunit *test, struct virt_device *v, enum dma_data_direction dir)
{
	struct page *pages = alloc_pages(GFP_KERNEL | __GFP_ZERO, 1);
	struct virt_map *map = virt_map_make(2, true, dir);
	dma_addr_t at;

	KUNIT_ASSERT_NOT_NULL(test, pages);
	KUNIT_ASSERT_NOT_NULL(test, kunit_alloc_resource(test, NULL, give_pages_back, GFP_KERNEL,
							 pages));
	KUNIT_ASSERT_NOT_NULL(test, map);
	map->pages[0] = (struct virt_page) {
		.cpu = pages, .shadow = map->pages[0].shadow, .from = 16, .to = PAGE_SIZE,
	};
	map->pages[1] = (struct virt_page) {
		.cpu = pages + 1, .shadow = map->pages[1].shadow, .to = PAGE_SIZE - 16,
	};
	map->origin.start = 16;
	map->origin.size = 2 * PAGE_SIZE - 32;
	virt_hand_over(map);
	KUNIT_ASSERT_EQ(test, virt_map_insert(v, map, U64_MAX, &at), 0);
	return at;
}

static void count_bytes(void *context, void *data, size_t len)
{
	*(size_t *)context += len;
}

/* How many bytes the device reaches */
static size_t reach(struct virt_device *v, dma_addr_t addr, size_t len, bool write)
{
	size_t bytes = 0;

	stub_found.count = 0;
	virt_visit(v, addr, len, write, count_bytes, &bytes);
	return bytes;
}

static void all_that_is_mapped(struct kunit *test)
{
	struct virt_device *v = kunit_virt_device(test);
	dma_addr_t at = map_two(test, v, DMA_BIDIRECTIONAL);
	size_t all = 2 * PAGE_SIZE - 32;

	KUNIT_EXPECT_EQ(test, reach(v, at, all, false), all);
	KUNIT_EXPECT_EQ(test, reach(v, at, all, true), all);
	KUNIT_EXPECT_EQ(test, reach(v, at + all - 1, 1, true), 1);
	KUNIT_EXPECT_EQ(test, reach(v, at, 0, true), 0);
	KUNIT_EXPECT_EQ(test, stub_found.count, 0);
}

static void beyond_both_ends(struct kunit *test)
{
	struct virt_device *v = kunit_virt_device(test);
	dma_addr_t at = map_two(test, v, DMA_BIDIRECTIONAL);
	size_t all = 2 * PAGE_SIZE - 32;

	KUNIT_EXPECT_EQ(test, reach(v, at - 1, 2, false), 0);
	KUNIT_EXPECT_EQ(test, stub_found.kind, VIRT_OUTSIDE);
	KUNIT_EXPECT_EQ(test, reach(v, at + all, 1, true), 0);
	KUNIT_EXPECT_EQ(test, stub_found.kind, VIRT_OUTSIDE);
	KUNIT_EXPECT_EQ(test, stub_found.act, VIRT_DEVICE_WRITE);
	/* The page before the bad one is reached, as hardware would. */
	KUNIT_EXPECT_EQ(test, reach(v, at, all + 1, true), PAGE_SIZE - 16);
	KUNIT_EXPECT_EQ(test, stub_found.count, 1);
	/* The guard page. */
	KUNIT_EXPECT_EQ(test, reach(v, at + all + 16, 1, false), 0);
	KUNIT_EXPECT_EQ(test, stub_found.kind, VIRT_OUTSIDE);
	KUNIT_EXPECT_EQ(test, stub_found.serial, 1);
	KUNIT_EXPECT_EQ(test, reach(v, SZ_4G / 2, 1, false), 0);
	KUNIT_EXPECT_EQ(test, stub_found.kind, VIRT_UNMAPPED);
}

static void against_the_direction(struct kunit *test)
{
	struct virt_device *v = kunit_virt_device(test);
	dma_addr_t at = map_two(test, v, DMA_TO_DEVICE);

	KUNIT_EXPECT_EQ(test, reach(v, at, 1, false), 1);
	KUNIT_EXPECT_EQ(test, stub_found.count, 0);
	KUNIT_EXPECT_EQ(test, reach(v, at, 1, true), 0);
	KUNIT_EXPECT_EQ(test, stub_found.kind, VIRT_DIRECTION);
	at = map_two(test, v, DMA_FROM_DEVICE);
	KUNIT_EXPECT_EQ(test, reach(v, at, 1, true), 1);
	KUNIT_EXPECT_EQ(test, reach(v, at, 1, false), 0);
	KUNIT_EXPECT_EQ(test, stub_found.kind, VIRT_DIRECTION);
}

static void after_unmap(struct kunit *test)
{
	struct virt_device *v = kunit_virt_device(test);
	dma_addr_t at = map_two(test, v, DMA_BIDIRECTIONAL);
	size_t all = 2 * PAGE_SIZE - 32;

	KUNIT_EXPECT_NOT_NULL(test, virt_unmap(v, at, all, DMA_BIDIRECTIONAL, true));
	KUNIT_EXPECT_EQ(test, stub_found.count, 0);
	KUNIT_EXPECT_EQ(test, reach(v, at, 1, true), 0);
	KUNIT_EXPECT_EQ(test, stub_found.kind, VIRT_UNMAPPED);
	KUNIT_EXPECT_EQ(test, stub_found.serial, 1);
	KUNIT_EXPECT_NULL(test, virt_unmap(v, at, all, DMA_BIDIRECTIONAL, true));
	KUNIT_EXPECT_EQ(test, stub_found.kind, VIRT_NOT_MAPPED);
}

static void sync_says_too_much(struct kunit *test)
{
	struct virt_device *v = kunit_virt_device(test);
	dma_addr_t at = map_two(test, v, DMA_FROM_DEVICE);
	size_t all = 2 * PAGE_SIZE - 32;

	virt_sync(v, VIRT_DO_SYNC_FOR_CPU, at, all, DMA_FROM_DEVICE);
	virt_sync(v, VIRT_DO_SYNC_FOR_CPU, at + all - 1, 1, DMA_FROM_DEVICE);
	KUNIT_EXPECT_EQ(test, stub_found.count, 0);
	virt_sync(v, VIRT_DO_SYNC_FOR_CPU, at, all + 1, DMA_FROM_DEVICE);
	KUNIT_EXPECT_EQ(test, stub_found.kind, VIRT_MISMATCH);
	KUNIT_EXPECT_EQ(test, stub_found.count, 1);
	virt_sync(v, VIRT_DO_SYNC_FOR_CPU, at + 1, all, DMA_FROM_DEVICE);
	KUNIT_EXPECT_EQ(test, stub_found.count, 2);
	virt_sync(v, VIRT_DO_SYNC_FOR_CPU, at - 1, 1, DMA_FROM_DEVICE);
	KUNIT_EXPECT_EQ(test, stub_found.count, 3);
	virt_sync(v, VIRT_DO_SYNC_FOR_CPU, at, SIZE_MAX, DMA_FROM_DEVICE);
	KUNIT_EXPECT_EQ(test, stub_found.count, 4);
	virt_sync(v, VIRT_DO_SYNC_FOR_CPU, at, all, DMA_TO_DEVICE);
	KUNIT_EXPECT_EQ(test, stub_found.count, 5);
	KUNIT_EXPECT_EQ(test, stub_found.kind, VIRT_MISMATCH);
}

static struct kunit_case cases[] = {
	KUNIT_CASE(all_that_is_mapped),
	KUNIT_CASE(beyond_both_ends),
	KUNIT_CASE(against_the_direction),
	KUNIT_CASE(after_unmap),
	KUNIT_CASE(sync_says_too_much),
	{ }
};

static struct kunit_suite suite = { .name = "dmaspan_virt_memory", .test_cases = cases };
kunit_test_suites(&suite);
