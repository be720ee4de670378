// SPDX-License-Identifier: GPL-2.0-only
/* kernel/transfer.c: the room of a channel's queue, and what a program may want to put there. */
#include "../../kernel/transfer.c"
#include "kunit.h"

static struct dmaspan_channel *channel(struct kunit *test)
{
	struct dmaspan_channel *ch = kunit_kzalloc(test, sizeof(*ch), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, ch);
	spin_lock_init(&ch->list_lock);
	init_waitqueue_head(&ch->wait);
	return ch;
}

static void room_to_the_last(struct kunit *test)
{
	struct dmaspan_channel *ch = channel(test);

	KUNIT_EXPECT_EQ(test, channel_reserve(ch, DMASPAN_MAX_TRANSFERS - 1), 0);
	KUNIT_EXPECT_EQ(test, channel_reserve(ch, 2), -EAGAIN);
	KUNIT_EXPECT_EQ(test, channel_reserve(ch, 1), 0);
	KUNIT_EXPECT_EQ(test, channel_reserve(ch, 1), -EAGAIN);
	KUNIT_EXPECT_EQ(test, ch->count, DMASPAN_MAX_TRANSFERS);
	dmaspan_channel_unreserve(ch, 1);
	KUNIT_EXPECT_EQ(test, channel_reserve(ch, 1), 0);
	dmaspan_channel_unreserve(ch, DMASPAN_MAX_TRANSFERS);
	KUNIT_EXPECT_EQ(test, ch->count, 0);
	KUNIT_EXPECT_EQ(test, channel_reserve(ch, DMASPAN_MAX_TRANSFERS), 0);
}

/* What the engine keeps of refused transfers takes room, too. */
static void lost_takes_room(struct kunit *test)
{
	struct dmaspan_channel *ch = channel(test);

	ch->lost = DMASPAN_MAX_TRANSFERS - 1;
	KUNIT_EXPECT_EQ(test, channel_reserve(ch, 2), -EAGAIN);
	KUNIT_EXPECT_EQ(test, channel_reserve(ch, 1), 0);
	KUNIT_EXPECT_EQ(test, channel_reserve(ch, 1), -EAGAIN);
}

/* The first kernel's size is the least. What a longer one's tail has is looked at later. */
static void counts_and_sizes(struct kunit *test)
{
	static const u32 first = offsetofend(struct dmaspan_transfer, cookie);
	static const struct { u32 count, size; int ret; } table[] = {
		{ 1, 0, 0 }, { 1, first, 0 }, { 1, sizeof(struct dmaspan_transfer), 0 },
		{ DMASPAN_MAX_TRANSFERS, first + 8, 0 }, { 1, DMASPAN_MAX_TRANSFER_SIZE, 0 },
		{ 0, first, -EINVAL }, { 0, 0, -EINVAL },
		{ DMASPAN_MAX_TRANSFERS + 1, first, -EINVAL }, { U32_MAX, first, -EINVAL },
		{ 1, 1, -EINVAL }, { 1, first - 1, -EINVAL }, { 1, first - 8, -EINVAL },
		{ 1, first + 1, -EINVAL }, { 1, first + 4, -EINVAL }, { 1, U32_MAX, -EINVAL },
		{ 1, DMASPAN_MAX_TRANSFER_SIZE + 1, -EINVAL },
		{ 1, DMASPAN_MAX_TRANSFER_SIZE + 8, -E2BIG }, { 1, U32_MAX - 7, -E2BIG },
		{ 0, DMASPAN_MAX_TRANSFER_SIZE + 8, -EINVAL },
	};
	unsigned int i;
	u32 each;

	for (i = 0; i < ARRAY_SIZE(table); i++) {
		struct dmaspan_submit arg = {
			.count = table[i].count, .transfer_size = table[i].size,
		};

		KUNIT_EXPECT_EQ_MSG(test, dmaspan_transfers_check(&arg, &each), table[i].ret,
				    "%u of %u bytes", table[i].count, table[i].size);
		if (!table[i].ret)
			KUNIT_EXPECT_EQ(test, each, table[i].size ?: first);
	}
}

static struct kunit_case cases[] = {
	KUNIT_CASE(room_to_the_last),
	KUNIT_CASE(lost_takes_room),
	KUNIT_CASE(counts_and_sizes),
	{ }
};

static struct kunit_suite suite = { .name = "dmaspan_transfer", .test_cases = cases };
kunit_test_suites(&suite);
