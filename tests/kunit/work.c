// SPDX-License-Identifier: GPL-2.0-only
/* kernel/work.c: what a transfer's pieces add up to, and the list that an engine gets. */
#include "../../kernel/work.c"
#include "kunit.h"

#define PIECES	4

/* A transfer of @PIECES pieces of 100 bytes, all of them ended. */
static struct dmaspan_work *work(struct kunit *test, const u64 *moved, const bool *failed)
{
	static const u64 length[] = { PAGE_SIZE };
	struct dmaspan_channel *ch = kunit_kzalloc(test, sizeof(*ch), GFP_KERNEL);
	struct dmaspan_work *w;
	unsigned int i;

	KUNIT_ASSERT_NOT_NULL(test, ch);
	spin_lock_init(&ch->list_lock);
	INIT_LIST_HEAD(&ch->queued);
	INIT_LIST_HEAD(&ch->done);
	w = kunit_kzalloc(test, struct_size(w, pieces, PIECES), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, w);
	w->ch = ch;
	w->map = kunit_mapping_of(test, length, 0, 0);
	atomic_set(&w->map->in_flight, 1);
	w->num_pieces = PIECES;
	w->last = &w->pieces[PIECES - 1];
	w->segments = PIECES;
	ch->segments = PIECES + 1;
	list_add(&w->entry, &ch->queued);
	for (i = 0; i < PIECES; i++)
		w->pieces[i] = (struct dmaspan_piece) {
			.w = w, .ended = true, .failed = failed && failed[i],
			.length = 100, .moved = moved[i],
		};
	return w;
}

static void check_end(struct kunit *test, const u64 *moved, const bool *failed, int status,
		      u64 length)
{
	struct dmaspan_work *w = work(test, moved, failed);

	work_ended(w);
	KUNIT_EXPECT_EQ(test, w->completion.status, status);
	KUNIT_EXPECT_EQ(test, w->completion.length, length);
	KUNIT_EXPECT_EQ(test, w->ch->segments, 1);
	KUNIT_EXPECT_EQ(test, atomic_read(&w->map->in_flight), 0);
	KUNIT_EXPECT_TRUE(test, list_empty(&w->ch->queued));
	KUNIT_EXPECT_FALSE(test, list_empty(&w->ch->done));
}

static void ends_whole(struct kunit *test)
{
	static const u64 moved[PIECES] = { 100, 100, 100, 100 };

	check_end(test, moved, NULL, 0, 400);
}

static void ends_short(struct kunit *test)
{
	static const u64 in_the_last[PIECES] = { 100, 100, 100, 1 };
	static const u64 after_the_first[PIECES] = { 99, 0, 0, 0 };
	static const u64 nothing[PIECES];

	check_end(test, in_the_last, NULL, 0, 301);
	check_end(test, after_the_first, NULL, 0, 99);
	check_end(test, nothing, NULL, 0, 0);
}

/* What ended short is the first bytes, or it is a failure. */
static void hole_is_a_failure(struct kunit *test)
{
	static const u64 hole[PIECES] = { 100, 99, 1, 0 };
	static const u64 begins_late[PIECES] = { 0, 0, 0, 100 };

	check_end(test, hole, NULL, -EIO, 200);
	check_end(test, begins_late, NULL, -EIO, 100);
}

static void one_failure_fails_all(struct kunit *test)
{
	static const u64 moved[PIECES] = { 100, 100, 50, 0 };
	unsigned int i;

	for (i = 0; i < PIECES; i++) {
		bool failed[PIECES] = { };

		failed[i] = true;
		check_end(test, moved, failed, -EIO, 250);
	}
}

static void residue(struct kunit *test)
{
	static const struct { u64 length; u32 residue; u64 want; } table[] = {
		{ 0, 0, 0 }, { 1, 0, 1 }, { 1, 1, 0 }, { 1, 2, 0 }, { 100, 40, 60 },
		{ 100, U32_MAX, 0 }, { U32_MAX, U32_MAX, 0 }, { U32_MAX, 0, U32_MAX },
		{ BIT_ULL(32), 0, 0 }, { BIT_ULL(32), 1, 0 }, { U64_MAX, 5, 0 },
	};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(table); i++) {
		struct dmaspan_piece p = { .length = table[i].length };

		KUNIT_EXPECT_EQ_MSG(test, piece_without(&p, table[i].residue), table[i].want,
				    "%#x left of %#llx", table[i].residue, table[i].length);
	}
}

static void directions(struct kunit *test)
{
	struct dmaspan_mapping map = { .view.dir = DMA_BIDIRECTIONAL };

	KUNIT_EXPECT_TRUE(test, map_allows(&map, DMA_TO_DEVICE));
	KUNIT_EXPECT_TRUE(test, map_allows(&map, DMA_FROM_DEVICE));
	map.view.dir = DMA_TO_DEVICE;
	KUNIT_EXPECT_TRUE(test, map_allows(&map, DMA_TO_DEVICE));
	KUNIT_EXPECT_FALSE(test, map_allows(&map, DMA_FROM_DEVICE));
	map.view.dir = DMA_FROM_DEVICE;
	KUNIT_EXPECT_FALSE(test, map_allows(&map, DMA_TO_DEVICE));
}

static void prepared_segments(struct kunit *test)
{
	static const u64 moved[PIECES];
	struct dmaspan_work *w = work(test, moved, NULL);
	struct dma_async_tx_descriptor tx;
	unsigned int i;

	KUNIT_EXPECT_EQ(test, dmaspan_work_prepared(w), 0);
	w->last->tx = &tx;
	KUNIT_EXPECT_EQ(test, dmaspan_work_prepared(w), PIECES);
	w->last->tx = NULL;
	w->src = w->map;
	for (i = 0; i < PIECES; i++) {
		KUNIT_EXPECT_EQ(test, dmaspan_work_prepared(w), i);
		w->pieces[i].tx = &tx;
	}
	KUNIT_EXPECT_EQ(test, dmaspan_work_prepared(w), PIECES);
}

/* The part of a mapping that a transfer names, segment by segment, none too long. */
static void list_of_a_range(struct kunit *test)
{
	static const u64 lengths[] = { PAGE_SIZE, 1, 2 * PAGE_SIZE, SZ_1M };
	static const struct { u64 offset, length; unsigned int most, entries; } table[] = {
		{ 0, 1, SZ_1M, 1 }, { 0, PAGE_SIZE, SZ_1M, 1 }, { PAGE_SIZE - 1, 2, SZ_1M, 2 },
		{ PAGE_SIZE - 1, 3, SZ_1M, 3 }, { PAGE_SIZE, 1, SZ_1M, 1 },
		{ 0, SZ_1M, SZ_1M, 4 }, { PAGE_SIZE + 2, 1, SZ_1M, 1 },
		{ SZ_1M + 3 * PAGE_SIZE, 1, SZ_1M, 1 },
		{ 0, 1, 1, 1 }, { 3, 20, 8, 3 }, { PAGE_SIZE - 9, 27, 8, 6 },
		{ 3 * PAGE_SIZE + 1, SZ_1M, PAGE_SIZE, 256 },
		{ 3 * PAGE_SIZE + 2, SZ_1M - 1, SZ_64K, 16 },
		{ 0, 3 * PAGE_SIZE + 1 + SZ_1M, BIT(31), 4 },
	};
	struct dmaspan_mapping *map = kunit_mapping_of(test, lengths, SZ_4G, PAGE_SIZE);
	struct scatterlist *sg;
	struct sg_table sgt;
	unsigned int i;
	int j;

	for (i = 0; i < ARRAY_SIZE(table); i++) {
		struct dmaspan_work w = {
			.map = map, .offset = table[i].offset, .length = table[i].length,
		};
		u64 at = table[i].offset, end = at + table[i].length;

		w.segments = work_entries(map, at, table[i].length, table[i].most);
		KUNIT_EXPECT_EQ(test, w.segments, table[i].entries);
		KUNIT_ASSERT_EQ(test, work_list(&w, table[i].most, &sgt), 0);
		for_each_sgtable_dma_sg(&sgt, sg, j) {
			const struct dmaspan_extent *seg =
				&map->segments[dmaspan_mapping_index(map, at)];

			KUNIT_EXPECT_GT(test, sg_dma_len(sg), 0);
			KUNIT_EXPECT_LE(test, sg_dma_len(sg), table[i].most);
			KUNIT_EXPECT_EQ(test, sg_dma_address(sg), seg->address + at - seg->offset);
			KUNIT_EXPECT_LE(test, at + sg_dma_len(sg), seg->offset + seg->length);
			at += sg_dma_len(sg);
		}
		KUNIT_EXPECT_EQ(test, at, end);
		sg_free_table(&sgt);
	}
}

static struct kunit_case cases[] = {
	KUNIT_CASE(ends_whole),
	KUNIT_CASE(ends_short),
	KUNIT_CASE(hole_is_a_failure),
	KUNIT_CASE(one_failure_fails_all),
	KUNIT_CASE(residue),
	KUNIT_CASE(directions),
	KUNIT_CASE(prepared_segments),
	KUNIT_CASE(list_of_a_range),
	{ }
};

static struct kunit_suite suite = { .name = "dmaspan_work", .test_cases = cases };
kunit_test_suites(&suite);
