// SPDX-License-Identifier: GPL-2.0-only
/* kernel/sync.c: how far a range is one physical range. */
#include "../../kernel/sync.c"
#include "kunit.h"

#define PAGES	6

/* Pages 0 1 2 follow each other, 3 is alone, and 4 5 are the first two again. */
static struct dmaspan_buffer *buffer(struct kunit *test)
{
	static const int place[PAGES] = { 0, 1, 2, 7, 0, 1 };
	struct dmaspan_buffer *buf = kunit_kzalloc(test, sizeof(*buf), GFP_KERNEL);
	unsigned int i;

	KUNIT_ASSERT_NOT_NULL(test, buf);
	buf->pages = kunit_kcalloc(test, PAGES, sizeof(*buf->pages), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, buf->pages);
	for (i = 0; i < PAGES; i++)
		buf->pages[i] = pfn_to_page(page_to_pfn(ZERO_PAGE(0)) + place[i]);
	buf->nr_pages = PAGES;
	return buf;
}

static void contiguous_to_the_break(struct kunit *test)
{
	struct dmaspan_buffer *buf = buffer(test);

	KUNIT_EXPECT_EQ(test, sync_contiguous(buf, 0, PAGES * PAGE_SIZE), 3 * PAGE_SIZE);
	KUNIT_EXPECT_EQ(test, sync_contiguous(buf, PAGE_SIZE, 5 * PAGE_SIZE), 2 * PAGE_SIZE);
	KUNIT_EXPECT_EQ(test, sync_contiguous(buf, 3 * PAGE_SIZE, 3 * PAGE_SIZE), PAGE_SIZE);
	KUNIT_EXPECT_EQ(test, sync_contiguous(buf, 4 * PAGE_SIZE, 2 * PAGE_SIZE), 2 * PAGE_SIZE);
}

static void contiguous_within_pages(struct kunit *test)
{
	struct dmaspan_buffer *buf = buffer(test);

	KUNIT_EXPECT_EQ(test, sync_contiguous(buf, 1, 6 * PAGE_SIZE - 1), 3 * PAGE_SIZE - 1);
	KUNIT_EXPECT_EQ(test, sync_contiguous(buf, 3 * PAGE_SIZE - 1, 2), 1);
	KUNIT_EXPECT_EQ(test, sync_contiguous(buf, PAGE_SIZE - 1, 2), 2);
}

static void contiguous_at_most(struct kunit *test)
{
	struct dmaspan_buffer *buf = buffer(test);

	KUNIT_EXPECT_EQ(test, sync_contiguous(buf, 0, 1), 1);
	KUNIT_EXPECT_EQ(test, sync_contiguous(buf, 0, PAGE_SIZE + 1), PAGE_SIZE + 1);
	/* The last page has no neighbour to look at. */
	KUNIT_EXPECT_EQ(test, sync_contiguous(buf, PAGES * PAGE_SIZE - 1, 1), 1);
	KUNIT_EXPECT_EQ(test, sync_contiguous(buf, 5 * PAGE_SIZE, PAGE_SIZE), PAGE_SIZE);
}

static struct kunit_case cases[] = {
	KUNIT_CASE(contiguous_to_the_break),
	KUNIT_CASE(contiguous_within_pages),
	KUNIT_CASE(contiguous_at_most),
	{ }
};

static struct kunit_suite suite = { .name = "dmaspan_sync", .test_cases = cases };
kunit_test_suites(&suite);
