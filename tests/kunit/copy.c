// SPDX-License-Identifier: GPL-2.0-only
/* kernel/copy.c: pieces of a copy, and which copies overlap. */
#include "../../kernel/copy.c"
#include "kunit.h"

/**
 * struct bench - a channel whose engine has a limit and an alignment
 */
struct bench {
	struct dmaspan_channel ch;
	struct dma_chan chan;
	struct dma_chan_dev chan_dev;
	struct dma_device dma;
	struct device dev;
	struct device_dma_parameters limits;
};

static struct dmaspan_channel *channel(struct kunit *test, unsigned int most, unsigned int align)
{
	struct bench *b = kunit_kzalloc(test, sizeof(*b), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, b);
	b->limits.max_segment_size = most;
	b->dev.dma_parms = &b->limits;
	b->dma.dev = &b->dev;
	b->dma.copy_align = align;
	b->chan.device = &b->dma;
	b->chan.dev = &b->chan_dev;
	b->ch.chan = &b->chan;
	return &b->ch;
}

static int count(struct dmaspan_channel *ch, struct dmaspan_mapping *to, u64 to_offset,
		 struct dmaspan_mapping *from, u64 from_offset, u64 length)
{
	struct dmaspan_transfer args = {
		.offset = to_offset, .src_offset = from_offset, .length = length,
	};

	return dmaspan_copy_count(ch, to, from, &args);
}

static void cut_at_the_engines_limit(struct kunit *test)
{
	static const u64 whole[] = { BIT_ULL(40) };
	static const struct { unsigned int most; u64 length; int want; } table[] = {
		{ 1, 1, 1 }, { 1, 2, 2 },
		{ PAGE_SIZE, PAGE_SIZE - 1, 1 }, { PAGE_SIZE, PAGE_SIZE, 1 },
		{ PAGE_SIZE, PAGE_SIZE + 1, 2 },
		{ UINT_MAX, UINT_MAX, 1 }, { UINT_MAX, SZ_4G, 2 },
		{ SZ_1G, SZ_4G + 1, 5 },
	};
	struct dmaspan_mapping *to = kunit_mapping_of(test, whole, 0, 0);
	struct dmaspan_mapping *from = kunit_mapping_of(test, whole, 0, 0);
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(table); i++) {
		struct dmaspan_channel *ch = channel(test, table[i].most, 0);

		KUNIT_EXPECT_EQ(test, count(ch, to, 0, from, 0, table[i].length), table[i].want);
		KUNIT_EXPECT_EQ(test, count(ch, to, 1, from, 3, table[i].length), table[i].want);
	}
}

static void cut_where_either_side_is(struct kunit *test)
{
	static const u64 wide[] = { 3 * PAGE_SIZE, PAGE_SIZE };
	static const u64 narrow[] = { PAGE_SIZE, PAGE_SIZE, PAGE_SIZE, PAGE_SIZE };
	struct dmaspan_channel *ch = channel(test, SZ_1M, 0);
	struct dmaspan_mapping *to = kunit_mapping_of(test, wide, 0, PAGE_SIZE);
	struct dmaspan_mapping *from = kunit_mapping_of(test, narrow, 0, PAGE_SIZE);

	KUNIT_EXPECT_EQ(test, count(ch, to, 0, from, 0, 4 * PAGE_SIZE), 4);
	KUNIT_EXPECT_EQ(test, count(ch, from, 0, to, 0, 4 * PAGE_SIZE), 4);
	/* Shifted by a byte, no edge of one side is one of the other's. */
	KUNIT_EXPECT_EQ(test, count(ch, to, 1, from, 0, 4 * PAGE_SIZE - 1), 5);
	KUNIT_EXPECT_EQ(test, count(ch, to, 0, from, PAGE_SIZE - 1, 2), 2);
	KUNIT_EXPECT_EQ(test, count(ch, to, 4 * PAGE_SIZE - 1, from, PAGE_SIZE - 1, 1), 1);
}

/* What is prepared is what was counted, and covers the copy without holes. */
static void pieces_follow_each_other(struct kunit *test)
{
	static const u64 lengths[] = { 5, PAGE_SIZE, 1, 300, SZ_1M };
	static const u64 others[] = { PAGE_SIZE - 1, 2, 77, SZ_1M };
	struct dmaspan_channel *ch = channel(test, 1000, 0);
	struct dmaspan_mapping *to = kunit_mapping_of(test, lengths, SZ_4G, PAGE_SIZE);
	struct dmaspan_mapping *from = kunit_mapping_of(test, others, 0, 1);
	u64 to_at = 3, from_at = PAGE_SIZE - 4, length = 20000;
	struct copy c = copy_begin(ch, to, to_at, from, from_at, length);
	int pieces = 0;

	while (c.left) {
		const struct dmaspan_extent *seg =
			&to->segments[dmaspan_mapping_index(to, to_at)];
		u64 n = copy_piece(&c);

		KUNIT_ASSERT_GT(test, n, 0);
		KUNIT_ASSERT_LE(test, n, 1000);
		KUNIT_ASSERT_EQ(test, dmaspan_cursor_address(&c.to),
				seg->address + to_at - seg->offset);
		KUNIT_ASSERT_LE(test, to_at + n, seg->offset + seg->length);
		seg = &from->segments[dmaspan_mapping_index(from, from_at)];
		KUNIT_ASSERT_EQ(test, dmaspan_cursor_address(&c.from),
				seg->address + from_at - seg->offset);
		KUNIT_ASSERT_LE(test, from_at + n, seg->offset + seg->length);
		copy_advance(&c, n);
		to_at += n;
		from_at += n;
		length -= n;
		KUNIT_ASSERT_EQ(test, c.left, length);
		pieces++;
	}
	KUNIT_EXPECT_EQ(test, count(ch, to, 3, from, PAGE_SIZE - 4, 20000), pieces);
}

static void alignment_of_the_engine(struct kunit *test)
{
	static const u64 whole[] = { SZ_1M };
	struct dmaspan_channel *ch = channel(test, 1000, DMAENGINE_ALIGN_8_BYTES);
	struct dmaspan_mapping *to = kunit_mapping_of(test, whole, 0, 0);
	struct dmaspan_mapping *from = kunit_mapping_of(test, whole, 0, 0);

	/* A cut is where the next piece is still aligned. */
	KUNIT_EXPECT_EQ(test, copy_most(ch), 1000);
	KUNIT_EXPECT_EQ(test, copy_most(channel(test, 1007, DMAENGINE_ALIGN_8_BYTES)), 1000);
	KUNIT_EXPECT_EQ(test, count(ch, to, 0, from, 8, 2000), 2);
	KUNIT_EXPECT_EQ(test, count(ch, to, 1, from, 0, 8), -EOPNOTSUPP);
	KUNIT_EXPECT_EQ(test, count(ch, to, 0, from, 4, 8), -EOPNOTSUPP);
	KUNIT_EXPECT_EQ(test, count(ch, to, 0, from, 0, 2001), -EOPNOTSUPP);
	/* Nothing that it can move is left. */
	KUNIT_EXPECT_EQ(test, count(channel(test, 7, DMAENGINE_ALIGN_8_BYTES), to, 0, from, 0, 8),
			-EOPNOTSUPP);
}

static void too_many_pieces(struct kunit *test)
{
	static const u64 whole[] = { SZ_1M };
	struct dmaspan_channel *ch = channel(test, 1, 0);
	struct dmaspan_mapping *to = kunit_mapping_of(test, whole, 0, 0);
	struct dmaspan_mapping *from = kunit_mapping_of(test, whole, 0, 0);

	KUNIT_EXPECT_EQ(test, count(ch, to, 0, from, 0, DMASPAN_MAX_SEGMENTS),
			(int)DMASPAN_MAX_SEGMENTS);
	KUNIT_EXPECT_EQ(test, count(ch, to, 0, from, 0, DMASPAN_MAX_SEGMENTS + 1), -EOPNOTSUPP);
}

static void overlaps(struct kunit *test)
{
	static const u64 whole[] = { BIT_ULL(62) };
	static const struct { u64 to, from, length; int want; } table[] = {
		{ 0, 0, 1, -EINVAL }, { 0, 1, 1, 1 }, { 1, 0, 1, 1 },
		{ 0, 1, 2, -EINVAL }, { 1, 0, 2, -EINVAL },
		{ 0, PAGE_SIZE, PAGE_SIZE, 1 }, { PAGE_SIZE, 0, PAGE_SIZE, 1 },
		{ 0, PAGE_SIZE - 1, PAGE_SIZE, -EINVAL },
		{ 0, BIT_ULL(61), PAGE_SIZE, 1 },
	};
	struct dmaspan_channel *ch = channel(test, SZ_1M, 0);
	struct dmaspan_mapping *one = kunit_mapping_of(test, whole, 0, 0);
	struct dmaspan_mapping *again = kunit_mapping_of(test, whole, SZ_4G, 0);
	struct dmaspan_mapping *other = kunit_mapping_of(test, whole, 0, 0);
	unsigned int i;

	again->view.buf = one->view.buf;
	for (i = 0; i < ARRAY_SIZE(table); i++) {
		KUNIT_EXPECT_EQ(test, count(ch, one, table[i].to, one, table[i].from,
					    table[i].length), table[i].want);
		KUNIT_EXPECT_EQ(test, count(ch, one, table[i].to, again, table[i].from,
					    table[i].length), table[i].want);
		KUNIT_EXPECT_EQ(test, count(ch, one, table[i].to, other, table[i].from,
					    table[i].length), 1);
	}
}

static struct kunit_case cases[] = {
	KUNIT_CASE(cut_at_the_engines_limit),
	KUNIT_CASE(cut_where_either_side_is),
	KUNIT_CASE(pieces_follow_each_other),
	KUNIT_CASE(alignment_of_the_engine),
	KUNIT_CASE(too_many_pieces),
	KUNIT_CASE(overlaps),
	{ }
};

static struct kunit_suite suite = { .name = "dmaspan_copy", .test_cases = cases };
kunit_test_suites(&suite);
