// SPDX-License-Identifier: GPL-2.0-only
/* kernel/transfer.c: the room of a channel's queue. */
#include "../../kernel/transfer.c"
#include "kunit.h"

static struct dmaspan_channel *channel(struct kunit *test)
{
	struct dmaspan_channel *ch = kunit_kzalloc(test, sizeof(*ch), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, ch);
	spin_lock_init(&ch->list_lock);
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

static struct kunit_case cases[] = {
	KUNIT_CASE(room_to_the_last),
	KUNIT_CASE(lost_takes_room),
	{ }
};

static struct kunit_suite suite = { .name = "dmaspan_transfer", .test_cases = cases };
kunit_test_suites(&suite);
