// SPDX-License-Identifier: GPL-2.0-only
/* kernel/virt/virt_record.c: the ring of findings, and which of them are one. */
#include "../../kernel/virt/virt_record.c"
#include "kunit.h"

static const struct virt_record model = {
	.times = 1, .device = "virt0", .kind = VIRT_UNMAPPED, .act = VIRT_DEVICE_READ,
	.origin.serial = 7, .addr = PAGE_SIZE, .len = 64,
};

static struct virt_records *records(struct kunit *test)
{
	struct virt_records *all = kunit_kzalloc(test, sizeof(*all), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, all);
	all->ring = kunit_kcalloc(test, VIRT_RECORDS, sizeof(*all->ring), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, all->ring);
	return all;
}

/* A finding of its own: no two have addresses that meet */
static void add(struct virt_records *all, u64 number)
{
	struct virt_record new = model;

	new.addr = number * PAGE_SIZE;
	virt_records_add(all, &new);
}

static void same_again(struct kunit *test)
{
	struct virt_records *all = records(test);
	unsigned int i;

	for (i = 0; i < 3; i++)
		virt_records_add(all, &model);
	KUNIT_EXPECT_EQ(test, all->last_seq, 1);
	KUNIT_EXPECT_EQ(test, all->ring[1].seq, 1);
	KUNIT_EXPECT_EQ(test, all->ring[1].times, 3);
	KUNIT_EXPECT_EQ(test, all->ring[1].addr, model.addr);
	KUNIT_EXPECT_EQ(test, all->ring[1].len, model.len);
}

static void goes_on(struct kunit *test)
{
	struct virt_records *all = records(test);
	struct virt_record new = model;

	virt_records_add(all, &new);
	new.addr += new.len;
	new.len = 1;
	virt_records_add(all, &new);
	new.addr += new.len;
	new.len = 63;
	virt_records_add(all, &new);
	KUNIT_EXPECT_EQ(test, all->last_seq, 1);
	KUNIT_EXPECT_EQ(test, all->ring[1].addr, model.addr);
	KUNIT_EXPECT_EQ(test, all->ring[1].len, 128);
	KUNIT_EXPECT_EQ(test, all->ring[1].times, 1);
}

/* What differs in one thing is another. */
static void another(struct kunit *test)
{
	static struct virt_record news[8];
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(news); i++)
		news[i] = model;
	news[0].kind = VIRT_OUTSIDE;
	news[1].act = VIRT_DEVICE_WRITE;
	news[2].origin.serial++;
	strscpy(news[3].device, "virt1", sizeof(news[3].device));
	news[4].addr += news[4].len + 1;
	news[5].addr += news[5].len - 1;
	news[6].len++;
	news[7].addr -= news[7].len;
	for (i = 0; i < ARRAY_SIZE(news); i++) {
		struct virt_records *all = records(test);

		virt_records_add(all, &model);
		virt_records_add(all, &news[i]);
		KUNIT_EXPECT_EQ_MSG(test, all->last_seq, 2, "%u", i);
		KUNIT_EXPECT_EQ_MSG(test, all->ring[2].seq, 2, "%u", i);
		KUNIT_EXPECT_EQ_MSG(test, all->ring[1].len, model.len, "%u", i);
	}
}

/* Only the last one is more of the same: the order is that of what was found. */
static void not_the_one_before(struct kunit *test)
{
	struct virt_records *all = records(test);

	add(all, 1);
	add(all, 2);
	add(all, 1);
	KUNIT_EXPECT_EQ(test, all->last_seq, 3);
	KUNIT_EXPECT_EQ(test, all->ring[1].times, 1);
	KUNIT_EXPECT_EQ(test, all->ring[3].addr, PAGE_SIZE);
}

/* All that is kept is there, in order, however many there were. */
static void expect_last(struct kunit *test, const struct virt_records *all, u64 first, u64 last)
{
	unsigned int at = virt_records_oldest(all->ring);
	u64 seq;

	KUNIT_ASSERT_EQ(test, all->last_seq, last);
	for (seq = first; seq <= last; seq++, at++) {
		KUNIT_ASSERT_EQ(test, all->ring[at % VIRT_RECORDS].seq, seq);
		KUNIT_ASSERT_EQ(test, all->ring[at % VIRT_RECORDS].addr, seq * PAGE_SIZE);
	}
}

static void oldest_goes_first(struct kunit *test)
{
	struct virt_records *all = records(test);
	u64 seq;

	KUNIT_EXPECT_EQ(test, all->ring[virt_records_oldest(all->ring)].seq, 0);
	for (seq = 1; seq <= 3 * VIRT_RECORDS; seq++) {
		u64 first = seq > VIRT_RECORDS ? seq - VIRT_RECORDS + 1 : 1;

		add(all, seq);
		if (seq % VIRT_RECORDS <= 2 || seq % VIRT_RECORDS == VIRT_RECORDS - 1)
			expect_last(test, all, first, seq);
	}
}

/* The last place of the ring is extended as any other. */
static void extended_at_the_seam(struct kunit *test)
{
	struct virt_records *all = records(test);
	u64 seq;

	for (seq = 1; seq <= VIRT_RECORDS; seq++) {
		add(all, seq);
		add(all, seq);
		KUNIT_ASSERT_EQ(test, all->ring[seq % VIRT_RECORDS].times, 2);
	}
	KUNIT_EXPECT_EQ(test, all->last_seq, VIRT_RECORDS);
	KUNIT_EXPECT_EQ(test, all->ring[0].seq, VIRT_RECORDS);
	add(all, seq);
	KUNIT_EXPECT_EQ(test, all->ring[1].seq, VIRT_RECORDS + 1);
	KUNIT_EXPECT_EQ(test, all->ring[1].times, 1);
}

/* Numbers go on, and what was forgotten is not extended. */
static void forgotten(struct kunit *test)
{
	struct virt_records *all = records(test);
	u64 seq;

	for (seq = 1; seq <= VIRT_RECORDS + 5; seq++)
		add(all, seq);
	virt_records_forget(all);
	KUNIT_EXPECT_EQ(test, all->ring[virt_records_oldest(all->ring)].seq, 0);
	add(all, --seq);
	KUNIT_EXPECT_EQ(test, all->last_seq, VIRT_RECORDS + 6);
	KUNIT_EXPECT_EQ(test, all->ring[6].times, 1);
	KUNIT_EXPECT_EQ(test, virt_records_oldest(all->ring), 6);
	KUNIT_EXPECT_EQ(test, all->ring[5].seq, 0);
	KUNIT_EXPECT_EQ(test, all->ring[7].seq, 0);
}

static struct kunit_case cases[] = {
	KUNIT_CASE(same_again),
	KUNIT_CASE(goes_on),
	KUNIT_CASE(another),
	KUNIT_CASE(not_the_one_before),
	KUNIT_CASE(oldest_goes_first),
	KUNIT_CASE(extended_at_the_seam),
	KUNIT_CASE(forgotten),
	{ }
};

static struct kunit_suite suite = { .name = "dmaspan_virt_record", .test_cases = cases };
kunit_test_suites(&suite);
