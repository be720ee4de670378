// SPDX-License-Identifier: GPL-2.0-only
/* kernel/account.c: a device's limit, charges against it, and against half of the bounce memory. */
#include "../../kernel/account.c"
#include "kunit.h"

#define SLOTS	64	/* of bounce memory, in its own units */

static struct dmaspan_device *device(struct kunit *test, u64 limit)
{
	struct dmaspan_device *ddev = kunit_kzalloc(test, sizeof(*ddev), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, ddev);
	ddev->limit = limit;
	return ddev;
}

static s64 used(struct dmaspan_device *ddev)
{
	return atomic64_read(&ddev->used);
}

static void up_to_the_limit(struct kunit *test)
{
	static const u64 limits[] = { 1, PAGE_SIZE, SZ_4G - 1, SZ_4G, S64_MAX };
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(limits); i++) {
		struct dmaspan_device *ddev = device(test, limits[i]);

		KUNIT_EXPECT_EQ(test, dmaspan_charge(ddev, limits[i]), 0);
		KUNIT_EXPECT_EQ(test, dmaspan_charge(ddev, 1), -EDQUOT);
		KUNIT_EXPECT_EQ(test, used(ddev), (s64)limits[i]);
		dmaspan_uncharge(ddev, limits[i]);
		KUNIT_EXPECT_EQ(test, used(ddev), 0);
	}
}

static void one_beyond_the_limit(struct kunit *test)
{
	struct dmaspan_device *ddev = device(test, PAGE_SIZE);

	KUNIT_EXPECT_EQ(test, dmaspan_charge(ddev, PAGE_SIZE + 1), -EDQUOT);
	KUNIT_EXPECT_EQ(test, dmaspan_charge(ddev, BIT_ULL(32)), -EDQUOT);
	KUNIT_EXPECT_EQ(test, dmaspan_charge(ddev, BIT_ULL(63)), -EDQUOT);
	KUNIT_EXPECT_EQ(test, dmaspan_charge(ddev, U64_MAX), -EDQUOT);
	KUNIT_EXPECT_EQ(test, used(ddev), 0);
}

static void sums_do_not_wrap(struct kunit *test)
{
	struct dmaspan_device *ddev = device(test, S64_MAX);

	KUNIT_EXPECT_EQ(test, dmaspan_charge(ddev, S64_MAX - 1), 0);
	KUNIT_EXPECT_EQ(test, dmaspan_charge(ddev, 2), -EDQUOT);
	KUNIT_EXPECT_EQ(test, dmaspan_charge(ddev, S64_MAX), -EDQUOT);
	KUNIT_EXPECT_EQ(test, dmaspan_charge(ddev, U64_MAX), -EDQUOT);
	KUNIT_EXPECT_EQ(test, dmaspan_charge(ddev, 1), 0);
	KUNIT_EXPECT_EQ(test, used(ddev), S64_MAX);
}

/* Root may lower it at any time. */
static void limit_below_what_is_used(struct kunit *test)
{
	struct dmaspan_device *ddev = device(test, 2 * PAGE_SIZE);

	KUNIT_EXPECT_EQ(test, dmaspan_charge(ddev, 2 * PAGE_SIZE), 0);
	ddev->limit = PAGE_SIZE;
	KUNIT_EXPECT_EQ(test, dmaspan_charge(ddev, 1), -EDQUOT);
	dmaspan_uncharge(ddev, PAGE_SIZE);
	KUNIT_EXPECT_EQ(test, dmaspan_charge(ddev, 1), -EDQUOT);
	dmaspan_uncharge(ddev, 1);
	KUNIT_EXPECT_EQ(test, dmaspan_charge(ddev, 1), 0);
	ddev->limit = 0;
	KUNIT_EXPECT_EQ(test, dmaspan_charge(ddev, 1), -EDQUOT);
}

static void bounce_memory_is_halved(struct kunit *test)
{
#ifdef CONFIG_SWIOTLB
	struct device *dev = kunit_kzalloc(test, sizeof(*dev), GFP_KERNEL);
	u64 half = ((u64)SLOTS << IO_TLB_SHIFT) / 2;

	KUNIT_ASSERT_NOT_NULL(test, dev);
	KUNIT_EXPECT_EQ(test, dmaspan_charge_bounce(dev, 1), -EDQUOT);
	dev->dma_io_tlb_mem = kunit_kzalloc(test, sizeof(*dev->dma_io_tlb_mem), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, dev->dma_io_tlb_mem);
	dev->dma_io_tlb_mem->nslabs = SLOTS;

	KUNIT_EXPECT_EQ(test, dmaspan_charge_bounce(dev, half + 1), -EDQUOT);
	KUNIT_EXPECT_EQ(test, dmaspan_charge_bounce(dev, half - 1), 0);
	KUNIT_EXPECT_EQ(test, dmaspan_charge_bounce(dev, 1), 0);
	KUNIT_EXPECT_EQ(test, dmaspan_charge_bounce(dev, 1), -EDQUOT);
	KUNIT_EXPECT_EQ(test, atomic64_read(&bounced), (s64)half);
	dmaspan_uncharge_bounce(half);
	KUNIT_EXPECT_EQ(test, atomic64_read(&bounced), 0);
#else
	kunit_skip(test, "no bounce memory");
#endif
}

static void default_limit(struct kunit *test)
{
	u64 all = (u64)totalram_pages() << PAGE_SHIFT;

	KUNIT_EXPECT_LT(test, dmaspan_default_limit(), all);
	KUNIT_EXPECT_GE(test, dmaspan_default_limit(), all / 2);
}

static void limits_as_text(struct kunit *test)
{
	static const struct { const char *text; int ret; u64 limit; } table[] = {
		{ "0", 0, 0 }, { "1\n", 0, 1 }, { "0x100000000", 0, SZ_4G }, { "010", 0, 8 },
		{ "9223372036854775807", 0, S64_MAX }, { "9223372036854775808", -ERANGE },
		{ "18446744073709551615", -ERANGE }, { "18446744073709551616", -ERANGE },
		{ "0xffffffffffffffff", -ERANGE }, { "-1", -EINVAL }, { "", -EINVAL },
		{ "\n", -EINVAL }, { " 1", -EINVAL }, { "1 ", -EINVAL }, { "1\n\n", -EINVAL },
		{ "1M", -EINVAL }, { "0x", -EINVAL }, { "max", -EINVAL },
	};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(table); i++) {
		u64 limit = 42, want = table[i].ret ? 42 : table[i].limit;

		KUNIT_EXPECT_EQ_MSG(test, dmaspan_parse_limit(table[i].text, &limit),
				    table[i].ret, "'%s'", table[i].text);
		KUNIT_EXPECT_EQ_MSG(test, limit, want, "'%s'", table[i].text);
	}
}

static struct kunit_case cases[] = {
	KUNIT_CASE(up_to_the_limit),
	KUNIT_CASE(one_beyond_the_limit),
	KUNIT_CASE(sums_do_not_wrap),
	KUNIT_CASE(limit_below_what_is_used),
	KUNIT_CASE(bounce_memory_is_halved),
	KUNIT_CASE(default_limit),
	KUNIT_CASE(limits_as_text),
	{ }
};

static struct kunit_suite suite = { .name = "dmaspan_account", .test_cases = cases };
kunit_test_suites(&suite);
