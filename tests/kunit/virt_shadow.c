// SPDX-License-Identifier: GPL-2.0-only
/* kernel/virt/virt_shadow.c: which lines a span is about, and what the hand-overs move. */
#include "../../kernel/virt/virt_shadow.c"
#include "kunit.h"

#define LINE	VIRT_LINE_BYTES

static void give_page_back(struct kunit_resource *res)
{
	free_page((unsigned long)res->data);
}

static void *new_page(struct kunit *test)
{
	void *page = (void *)get_zeroed_page(GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, page);
	KUNIT_ASSERT_NOT_NULL(test, kunit_alloc_resource(test, NULL, give_page_back, GFP_KERNEL,
							 page));
	return page;
}

/* A page with a shadow, both zero; all of it is mapped */
static struct virt_page *shadowed(struct kunit *test)
{
	struct virt_page *page = kunit_kzalloc(test, sizeof(*page), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, page);
	page->cpu = virt_to_page(new_page(test));
	page->shadow = new_page(test);
	page->to = PAGE_SIZE;
	return page;
}

static u8 *cpu_of(const struct virt_page *page)
{
	return page_address(page->cpu);
}

static void masks(struct kunit *test)
{
	KUNIT_EXPECT_EQ(test, lines(0, 0), 0);
	KUNIT_EXPECT_EQ(test, lines(0, 1), 1);
	KUNIT_EXPECT_EQ(test, lines(63, 64), BIT_ULL(63));
	KUNIT_EXPECT_EQ(test, lines(0, 64), U64_MAX);
	KUNIT_EXPECT_EQ(test, lines(2, 4), 12);
	KUNIT_EXPECT_EQ(test, lines(5, 5), 0);
	KUNIT_EXPECT_EQ(test, lines(6, 5), 0);
}

static void touched_and_covered(struct kunit *test)
{
	static const struct { u32 from, to; u64 touched, covered; } table[] = {
		{ 0, 1, 1, 0 }, { 0, LINE - 1, 1, 0 }, { 0, LINE, 1, 1 }, { 0, LINE + 1, 3, 1 },
		{ 1, LINE, 1, 0 }, { LINE - 1, LINE + 1, 3, 0 }, { 1, 2 * LINE, 3, 2 },
		{ 0, PAGE_SIZE, U64_MAX, U64_MAX },
		{ 1, PAGE_SIZE - 1, U64_MAX, ~0x8000000000000001 },
		{ PAGE_SIZE - 1, PAGE_SIZE, BIT_ULL(63), 0 },
		{ PAGE_SIZE - LINE, PAGE_SIZE, BIT_ULL(63), BIT_ULL(63) },
	};
	struct virt_page page = { .to = PAGE_SIZE };
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(table); i++) {
		struct virt_span s = { &page, table[i].from, table[i].to };

		KUNIT_EXPECT_EQ_MSG(test, lines_touched(&s), table[i].touched, "%u to %u",
				    s.from, s.to);
		KUNIT_EXPECT_EQ_MSG(test, lines_covered(&s), table[i].covered, "%u to %u",
				    s.from, s.to);
	}
}

/* Of a page that is mapped in part, the first and last line are whole with what is mapped. */
static void covered_of_a_part(struct kunit *test)
{
	struct virt_page page = { .from = 10, .to = 2 * LINE + 5 };
	struct virt_span all = { &page, 10, 2 * LINE + 5 };
	struct virt_span less = { &page, 11, 2 * LINE + 4 };

	KUNIT_EXPECT_EQ(test, lines_covered(&all), 7);
	KUNIT_EXPECT_EQ(test, lines_covered(&less), 2);
}

static void end_of_a_line(struct kunit *test)
{
	KUNIT_EXPECT_EQ(test, line_end(0, PAGE_SIZE), LINE);
	KUNIT_EXPECT_EQ(test, line_end(LINE - 1, PAGE_SIZE), LINE);
	KUNIT_EXPECT_EQ(test, line_end(LINE, PAGE_SIZE), 2 * LINE);
	KUNIT_EXPECT_EQ(test, line_end(LINE, LINE + 1), LINE + 1);
	KUNIT_EXPECT_EQ(test, line_end(PAGE_SIZE - 1, PAGE_SIZE), PAGE_SIZE);
}

static void changed_bytes(struct kunit *test)
{
	static const struct { u32 a, b; } table[] = {
		{ 0, 0 }, { 0, PAGE_SIZE - 1 }, { 1, 2 }, { LINE - 1, LINE }, { 5, 3 * LINE },
		{ PAGE_SIZE - 1, PAGE_SIZE - 1 },
	};
	struct virt_page *page = shadowed(test);
	struct virt_span s = { page, 0, PAGE_SIZE };
	u32 first, end, i;

	KUNIT_EXPECT_FALSE(test, virt_span_changed(&s, &first, &end));
	for (i = 0; i < ARRAY_SIZE(table); i++) {
		cpu_of(page)[table[i].a] = 1;
		cpu_of(page)[table[i].b] = 1;
		KUNIT_EXPECT_TRUE(test, virt_span_changed(&s, &first, &end));
		KUNIT_EXPECT_EQ(test, first, table[i].a);
		KUNIT_EXPECT_EQ(test, end, table[i].b + 1);
		memset(cpu_of(page), 0, PAGE_SIZE);
	}
}

static void changed_outside_or_written(struct kunit *test)
{
	struct virt_page *page = shadowed(test);
	struct virt_span s = { page, 100, 200 };
	u32 first, end;

	cpu_of(page)[99] = 1;
	cpu_of(page)[200] = 1;
	KUNIT_EXPECT_FALSE(test, virt_span_changed(&s, &first, &end));
	/* Where the device wrote they differ, of course. */
	cpu_of(page)[LINE * 2] = 1;
	page->written = BIT_ULL(2);
	KUNIT_EXPECT_FALSE(test, virt_span_changed(&s, &first, &end));
	page->written = BIT_ULL(1) | BIT_ULL(3);
	KUNIT_EXPECT_TRUE(test, virt_span_changed(&s, &first, &end));
	KUNIT_EXPECT_EQ(test, first, LINE * 2);
	KUNIT_EXPECT_EQ(test, end, LINE * 2 + 1);
}

static void only_written_lines_go_to_the_cpu(struct kunit *test)
{
	struct virt_page *page = shadowed(test);
	struct virt_span wrote = { page, LINE, 2 * LINE }, all = { page, 0, PAGE_SIZE };

	memset(page->shadow, 0xaa, PAGE_SIZE);
	memset(cpu_of(page), 0x11, PAGE_SIZE);
	virt_span_written(&wrote);
	span_to_cpu(&all);
	KUNIT_EXPECT_EQ(test, cpu_of(page)[LINE - 1], 0x11);
	KUNIT_EXPECT_EQ(test, cpu_of(page)[LINE], 0xaa);
	KUNIT_EXPECT_EQ(test, cpu_of(page)[2 * LINE - 1], 0xaa);
	KUNIT_EXPECT_EQ(test, cpu_of(page)[2 * LINE], 0x11);
	KUNIT_EXPECT_EQ(test, page->written, 0);
}

static void sync_of_a_part_moves_the_part(struct kunit *test)
{
	struct virt_page *page = shadowed(test);
	struct virt_span all = { page, 0, PAGE_SIZE }, part = { page, 10, 20 };
	u8 *shadow = page->shadow;

	memset(page->shadow, 0xaa, PAGE_SIZE);
	virt_span_written(&all);
	span_to_cpu(&part);
	KUNIT_EXPECT_EQ(test, cpu_of(page)[9], 0);
	KUNIT_EXPECT_EQ(test, cpu_of(page)[10], 0xaa);
	KUNIT_EXPECT_EQ(test, cpu_of(page)[19], 0xaa);
	KUNIT_EXPECT_EQ(test, cpu_of(page)[20], 0);
	/* The rest of the line is still to be taken. */
	KUNIT_EXPECT_EQ(test, page->written, U64_MAX);
	memset(cpu_of(page), 0x22, PAGE_SIZE);
	span_to_device(&part);
	KUNIT_EXPECT_EQ(test, shadow[9], 0xaa);
	KUNIT_EXPECT_EQ(test, shadow[10], 0x22);
	KUNIT_EXPECT_EQ(test, shadow[20], 0xaa);
}

static void delivered_is_to_be_taken(struct kunit *test)
{
	struct virt_page *page = shadowed(test);
	struct virt_span wrote = { page, LINE, 3 * LINE }, all = { page, 0, PAGE_SIZE };
	struct virt_span one = { page, LINE, 2 * LINE };
	u32 first, end;

	virt_span_delivered(&all);
	KUNIT_EXPECT_FALSE(test, virt_span_not_taken(&all, &first, &end));
	virt_span_written(&wrote);
	KUNIT_EXPECT_FALSE(test, virt_span_not_taken(&all, &first, &end));
	virt_span_delivered(&all);
	KUNIT_EXPECT_TRUE(test, virt_span_not_taken(&all, &first, &end));
	KUNIT_EXPECT_EQ(test, first, LINE);
	KUNIT_EXPECT_EQ(test, end, 3 * LINE);
	/* The device's own use is one. */
	virt_span_read(&one);
	KUNIT_EXPECT_TRUE(test, virt_span_not_taken(&all, &first, &end));
	KUNIT_EXPECT_EQ(test, first, 2 * LINE);
	span_to_cpu(&all);
	KUNIT_EXPECT_FALSE(test, virt_span_not_taken(&all, &first, &end));
}

static struct kunit_case cases[] = {
	KUNIT_CASE(masks),
	KUNIT_CASE(touched_and_covered),
	KUNIT_CASE(covered_of_a_part),
	KUNIT_CASE(end_of_a_line),
	KUNIT_CASE(changed_bytes),
	KUNIT_CASE(changed_outside_or_written),
	KUNIT_CASE(only_written_lines_go_to_the_cpu),
	KUNIT_CASE(sync_of_a_part_moves_the_part),
	KUNIT_CASE(delivered_is_to_be_taken),
	{ }
};

static struct kunit_suite suite = { .name = "dmaspan_virt_shadow", .test_cases = cases };
kunit_test_suites(&suite);
