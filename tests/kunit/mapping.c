// SPDX-License-Identifier: GPL-2.0-only
/* kernel/mapping.c: segments by offset, ids, and what a mapping is charged. */
#include "../../kernel/mapping.c"
#include "kunit.h"

static void index_of_one_segment(struct kunit *test)
{
	static const u64 length[] = { U64_MAX };
	struct dmaspan_mapping *map = kunit_mapping_of(test, length, 0, 0);

	KUNIT_EXPECT_EQ(test, dmaspan_mapping_index(map, 0), 0);
	KUNIT_EXPECT_EQ(test, dmaspan_mapping_index(map, BIT_ULL(63)), 0);
	KUNIT_EXPECT_EQ(test, dmaspan_mapping_index(map, U64_MAX - 1), 0);
}

static void index_at_every_edge(struct kunit *test)
{
	static const u64 lengths[] = { 1, PAGE_SIZE - 1, 1, SZ_4G, PAGE_SIZE, BIT_ULL(62), 3 };
	unsigned int count, i;

	for (count = 1; count <= ARRAY_SIZE(lengths); count++) {
		struct dmaspan_mapping *map = kunit_mapping(test, lengths, count, 0, 1);

		for (i = 0; i < count; i++) {
			const struct dmaspan_extent *seg = &map->segments[i];
			u64 last = seg->offset + seg->length - 1;

			KUNIT_EXPECT_EQ(test, dmaspan_mapping_index(map, seg->offset), i);
			KUNIT_EXPECT_EQ(test, dmaspan_mapping_index(map, last), i);
			KUNIT_EXPECT_EQ(test, dmaspan_mapping_index(map, seg->offset +
								    seg->length / 2), i);
		}
	}
}

static void index_of_many(struct kunit *test)
{
	unsigned int count = 1000, i;
	u64 *lengths = kunit_kcalloc(test, count, sizeof(*lengths), GFP_KERNEL);
	struct dmaspan_mapping *map;

	KUNIT_ASSERT_NOT_NULL(test, lengths);
	for (i = 0; i < count; i++)
		lengths[i] = i % 7 + 1;
	map = kunit_mapping(test, lengths, count, 0, 0);
	for (i = 0; i < count; i++) {
		u64 offset = map->segments[i].offset;

		KUNIT_ASSERT_EQ(test, dmaspan_mapping_index(map, offset), i);
		KUNIT_ASSERT_EQ(test, dmaspan_mapping_index(map, offset + lengths[i] - 1), i);
	}
}

static void forget_ids(struct kunit_resource *res)
{
	xa_destroy(res->data);
}

static struct dmaspan_context *context(struct kunit *test)
{
	struct dmaspan_context *ctx = kunit_kzalloc(test, sizeof(*ctx), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, ctx);
	xa_init_flags(&ctx->mappings, XA_FLAGS_ALLOC1);
	KUNIT_ASSERT_NOT_NULL(test, kunit_alloc_resource(test, NULL, forget_ids, GFP_KERNEL,
							 &ctx->mappings));
	return ctx;
}

static struct dmaspan_mapping *any_mapping(struct kunit *test)
{
	static const u64 length[] = { PAGE_SIZE };

	return kunit_mapping_of(test, length, 0, 0);
}

static void ids_begin_at_one(struct kunit *test)
{
	struct dmaspan_context *ctx = context(test);
	u32 id, want;

	for (want = 1; want <= 100; want++) {
		KUNIT_ASSERT_EQ(test, dmaspan_mapping_reserve(ctx, &id), 0);
		KUNIT_EXPECT_EQ(test, id, want);
	}
	KUNIT_EXPECT_NULL(test, dmaspan_mapping_find(ctx, 0, false));
}

static void id_is_not_found_before_it_is_published(struct kunit *test)
{
	struct dmaspan_context *ctx = context(test);
	struct dmaspan_mapping *map = any_mapping(test);
	u32 id;

	KUNIT_ASSERT_EQ(test, dmaspan_mapping_reserve(ctx, &id), 0);
	KUNIT_EXPECT_NULL(test, dmaspan_mapping_find(ctx, id, true));
	KUNIT_EXPECT_EQ(test, dmaspan_mapping_remove(ctx, id), -ENOENT);
	dmaspan_mapping_publish(ctx, id, map);
	KUNIT_EXPECT_PTR_EQ(test, dmaspan_mapping_find(ctx, id, false), map);
	KUNIT_EXPECT_EQ(test, kref_read(&map->ref), 2);
	KUNIT_EXPECT_EQ(test, atomic_read(&map->in_flight), 0);
}

static void id_given_back_is_used_again(struct kunit *test)
{
	struct dmaspan_context *ctx = context(test);
	u32 first, second;

	KUNIT_ASSERT_EQ(test, dmaspan_mapping_reserve(ctx, &first), 0);
	dmaspan_mapping_publish(ctx, first, NULL);
	KUNIT_ASSERT_EQ(test, dmaspan_mapping_reserve(ctx, &second), 0);
	KUNIT_EXPECT_EQ(test, second, first);
}

static void id_in_flight_stays(struct kunit *test)
{
	struct dmaspan_context *ctx = context(test);
	struct dmaspan_mapping *map = any_mapping(test);
	u32 id;

	KUNIT_ASSERT_EQ(test, dmaspan_mapping_reserve(ctx, &id), 0);
	dmaspan_mapping_publish(ctx, id, map);
	KUNIT_EXPECT_PTR_EQ(test, dmaspan_mapping_find(ctx, id, true), map);
	KUNIT_EXPECT_EQ(test, atomic_read(&map->in_flight), 1);
	KUNIT_EXPECT_EQ(test, dmaspan_mapping_remove(ctx, id), -EBUSY);
	KUNIT_EXPECT_PTR_EQ(test, dmaspan_mapping_find(ctx, id, false), map);
	KUNIT_EXPECT_EQ(test, dmaspan_mapping_remove(ctx, id + 1), -ENOENT);
	KUNIT_EXPECT_EQ(test, dmaspan_mapping_remove(ctx, U32_MAX), -ENOENT);
}

static struct dmaspan_mapping *charged_mapping(struct kunit *test, u64 size, u32 class)
{
	static const struct dmaspan_memory_ops ops;
	struct dmaspan_mapping *map = any_mapping(test);

	map->ddev = kunit_kzalloc(test, sizeof(*map->ddev), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, map->ddev);
	map->ddev->limit = S64_MAX;
	map->view.buf->size = size;
	map->view.buf->ops = &ops;
	map->view.class = class;
	return map;
}

static void page_tables_are_charged_in_pages(struct kunit *test)
{
	static const struct { u64 size, want; } table[] = {
		{ PAGE_SIZE, PAGE_SIZE },
		{ SZ_2M, PAGE_SIZE },
		{ SZ_2M + PAGE_SIZE, 2 * PAGE_SIZE },
		{ SZ_4G, SZ_8M },
		{ SZ_4G + PAGE_SIZE, SZ_8M + PAGE_SIZE },
		{ BIT_ULL(62), BIT_ULL(53) },
	};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(table); i++) {
		struct dmaspan_mapping *map = charged_mapping(test, table[i].size,
							      DMASPAN_CLASS_IOMMU);

		KUNIT_EXPECT_EQ(test, mapping_charge(map), 0);
		KUNIT_EXPECT_EQ(test, map->charged, table[i].want);
		KUNIT_EXPECT_EQ(test, atomic64_read(&map->ddev->used), (s64)table[i].want);
		mapping_uncharge(map);
		KUNIT_EXPECT_EQ(test, atomic64_read(&map->ddev->used), 0);
	}
}

static void direct_costs_nothing(struct kunit *test)
{
	struct dmaspan_mapping *map = charged_mapping(test, SZ_4G, DMASPAN_CLASS_DIRECT);

	map->ddev->limit = 0;
	KUNIT_EXPECT_EQ(test, mapping_charge(map), 0);
	KUNIT_EXPECT_EQ(test, map->charged, 0);
	KUNIT_EXPECT_EQ(test, map->bounced, 0);
}

static void copy_for_own_operations(struct kunit *test)
{
	struct dmaspan_mapping *map = charged_mapping(test, SZ_2M, DMASPAN_CLASS_IOMMU);

	map->ddev->limit = SZ_2M;
	stub_translation = DMASPAN_BY_IOMMU;
	KUNIT_EXPECT_EQ(test, mapping_charge_before(map), 0);
	KUNIT_EXPECT_EQ(test, map->charged, 0);
	stub_translation = DMASPAN_BY_OPS;
	KUNIT_EXPECT_EQ(test, mapping_charge_before(map), 0);
	KUNIT_EXPECT_EQ(test, map->charged, SZ_2M);
	/* No room is left for the tables: the copy's charge stays the mapping's. */
	KUNIT_EXPECT_EQ(test, mapping_charge(map), -EDQUOT);
	KUNIT_EXPECT_EQ(test, map->charged, SZ_2M);
	mapping_uncharge(map);
	KUNIT_EXPECT_EQ(test, atomic64_read(&map->ddev->used), 0);
	stub_translation = DMASPAN_UNTRANSLATED;
}

static struct kunit_case cases[] = {
	KUNIT_CASE(index_of_one_segment),
	KUNIT_CASE(index_at_every_edge),
	KUNIT_CASE(index_of_many),
	KUNIT_CASE(ids_begin_at_one),
	KUNIT_CASE(id_is_not_found_before_it_is_published),
	KUNIT_CASE(id_given_back_is_used_again),
	KUNIT_CASE(id_in_flight_stays),
	KUNIT_CASE(page_tables_are_charged_in_pages),
	KUNIT_CASE(direct_costs_nothing),
	KUNIT_CASE(copy_for_own_operations),
	{ }
};

static struct kunit_suite suite = { .name = "dmaspan_mapping", .test_cases = cases };
kunit_test_suites(&suite);
