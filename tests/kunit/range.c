// SPDX-License-Identifier: GPL-2.0-only
/* dmaspan_check_range(): every range that a program names goes through it. */
#include "kunit.h"

#define TOP	BIT_ULL(63)

static void check(struct kunit *test, u64 offset, u64 length, u64 size, int want)
{
	KUNIT_EXPECT_EQ_MSG(test, dmaspan_check_range(offset, length, size), want,
			    "%#llx + %#llx of %#llx", offset, length, size);
}

static void inside(struct kunit *test)
{
	static const u64 sizes[] = { 1, 2, PAGE_SIZE - 1, PAGE_SIZE, SZ_4G - 1, SZ_4G,
				     TOP - 1, TOP, TOP + 1, U64_MAX };
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(sizes); i++) {
		check(test, 0, sizes[i], sizes[i], 0);
		check(test, 0, 1, sizes[i], 0);
		check(test, sizes[i] - 1, 1, sizes[i], 0);
		check(test, sizes[i] / 2, sizes[i] - sizes[i] / 2, sizes[i], 0);
	}
}

static void one_byte_beyond(struct kunit *test)
{
	static const u64 sizes[] = { 1, PAGE_SIZE - 1, PAGE_SIZE, SZ_4G - 1, SZ_4G, TOP - 1, TOP };
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(sizes); i++) {
		check(test, 0, sizes[i] + 1, sizes[i], -EINVAL);
		check(test, 1, sizes[i], sizes[i], -EINVAL);
		check(test, sizes[i], 1, sizes[i], -EINVAL);
		check(test, sizes[i] - 1, 2, sizes[i], -EINVAL);
	}
}

static void empty(struct kunit *test)
{
	check(test, 0, 0, 0, -EINVAL);
	check(test, 0, 0, PAGE_SIZE, -EINVAL);
	check(test, PAGE_SIZE, 0, PAGE_SIZE, -EINVAL);
	check(test, U64_MAX, 0, U64_MAX, -EINVAL);
	check(test, 0, 1, 0, -EINVAL);
}

static void wraps(struct kunit *test)
{
	check(test, U64_MAX, 1, PAGE_SIZE, -EOVERFLOW);
	check(test, 1, U64_MAX, U64_MAX, -EOVERFLOW);
	check(test, TOP, TOP, U64_MAX, -EOVERFLOW);
	check(test, U64_MAX, U64_MAX, U64_MAX, -EOVERFLOW);
	check(test, U64_MAX - PAGE_SIZE + 1, PAGE_SIZE, PAGE_SIZE, -EOVERFLOW);
}

static void nearly_wraps(struct kunit *test)
{
	check(test, U64_MAX - 1, 1, PAGE_SIZE, -EINVAL);
	check(test, U64_MAX - 1, 1, U64_MAX, 0);
	check(test, TOP, TOP - 1, U64_MAX, 0);
	check(test, TOP, TOP - 1, U64_MAX - 1, -EINVAL);
}

static struct kunit_case cases[] = {
	KUNIT_CASE(inside),
	KUNIT_CASE(one_byte_beyond),
	KUNIT_CASE(empty),
	KUNIT_CASE(wraps),
	KUNIT_CASE(nearly_wraps),
	{ }
};

static struct kunit_suite suite = { .name = "dmaspan_range", .test_cases = cases };
kunit_test_suites(&suite);
