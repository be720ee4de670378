// SPDX-License-Identifier: MIT
/* The device's limit, and that a refusal costs nothing. */
#include "harness.h"

static uint64_t old_limit;

static int begin(uint64_t limit)
{
	old_limit = limit_bytes();
	CHECK_EQ(set_limit(limit), 0);
	CHECK_EQ(limit_bytes(), limit);
	return node_open(O_RDWR);
}

static void end(int node)
{
	CHECK_EQ(set_limit(old_limit), 0);
	close(node);
}

static void to_the_byte(void)
{
	int node = begin(8 * PAGE), one, two, more;
	struct dmaspan_info info;

	CHECK(do_info(node, &info) == 0);
	CHECK_EQ(info.out_limit, 8 * PAGE);
	for (uint32_t kind = 0; kind < 3; kind++) {
		CHECK_ERRNO(do_alloc(node, kind, 9 * PAGE, &more), EDQUOT);
		CHECK(do_alloc(node, kind, 4 * PAGE, &one) == 0);
		CHECK_ERRNO(do_alloc(node, kind, 5 * PAGE, &more), EDQUOT);
		CHECK(do_alloc(node, kind, 4 * PAGE, &two) == 0);
		CHECK_ERRNO(do_alloc(node, kind, PAGE, &more), EDQUOT);
		CHECK_EQ(used_bytes(), 8 * PAGE);
		close(two);
		CHECK(used_becomes(4 * PAGE));
		CHECK(do_alloc(node, kind, PAGE, &two) == 0);
		CHECK_EQ(used_bytes(), 5 * PAGE);
		close(two);
		close(one);
		CHECK(used_becomes(0));
	}
	end(node);
}

/* Not what is asked for, but what it takes */
static void what_it_costs(void)
{
	int node = begin(7 * PAGE), fd;

	for (uint32_t kind = 0; kind < 3; kind++) {
		if (alloc_charge(kind, 5 * PAGE) > 7 * PAGE) {
			CHECK_ERRNO(do_alloc(node, kind, 5 * PAGE, &fd), EDQUOT);
			continue;
		}
		CHECK(do_alloc(node, kind, 5 * PAGE, &fd) == 0);
		CHECK_EQ(used_bytes(), 5 * PAGE);
		close(fd);
		CHECK(used_becomes(0));
	}
	end(node);
}

/* One block of pages, whoever makes it */
static void contiguous_costs_a_power_of_two(void)
{
	int node = begin(8 * PAGE), fd;

	for (uint32_t kind = 0; kind < 3; kind++) {
		CHECK_ERRNO(do_alloc_flags(node, kind, DMASPAN_ALLOC_CONTIGUOUS, O_RDWR, 9 * PAGE,
					   &fd), EDQUOT);
		CHECK(do_alloc_flags(node, kind, DMASPAN_ALLOC_CONTIGUOUS, O_RDWR, 5 * PAGE,
				     &fd) == 0);
		CHECK_EQ(used_bytes(), 8 * PAGE);
		close(fd);
		CHECK(used_becomes(0));
	}
	end(node);
}

static void of_all_openers_together(void)
{
	int one = begin(4 * PAGE), two = node_open(O_RDWR), a, b;

	CHECK(do_alloc(one, 0, 3 * PAGE, &a) == 0);
	CHECK_ERRNO(do_alloc(two, 0, 2 * PAGE, &b), EDQUOT);
	CHECK(do_alloc(two, 0, PAGE, &b) == 0);
	close(b);
	close(two);
	close(a);
	end(one);
}

static void lowered_below_what_is_used(void)
{
	int node = begin(8 * PAGE), fd, more;

	CHECK(do_alloc(node, 0, 8 * PAGE, &fd) == 0);
	CHECK_EQ(set_limit(2 * PAGE), 0);
	CHECK_ERRNO(do_alloc(node, 0, PAGE, &more), EDQUOT);
	CHECK_EQ(used_bytes(), 8 * PAGE);
	close(fd);
	CHECK(used_becomes(0));
	CHECK(do_alloc(node, 0, 2 * PAGE, &fd) == 0);
	close(fd);
	end(node);
}

/* Behind an IOMMU each mapping takes tables, down to the last byte; elsewhere it takes nothing. */
static void mappings(void)
{
	const unsigned int room = 3;
	int node = begin(PAGE + room * map_charge(PAGE)), fd;
	struct dmaspan_map map[4];
	unsigned int made = 0;

	CHECK(do_alloc(node, DMASPAN_KIND_CACHED, PAGE, &fd) == 0);
	while (made < ARRAY_SIZE(map) && !do_map(node, fd, DMASPAN_TO_DEVICE, &map[made]))
		made++;
	if (map_charge(PAGE)) {
		CHECK_EQ(made, room);
		CHECK_EQ(errno, EDQUOT);
	} else {
		CHECK_EQ(made, ARRAY_SIZE(map));
	}
	CHECK_EQ(used_bytes(), PAGE + room * map_charge(PAGE));
	CHECK(do_unmap(node, map[0].out_mapping) == 0);
	CHECK(do_map(node, fd, DMASPAN_TO_DEVICE, &map[0]) == 0);
	for (unsigned int i = 0; i < made; i++)
		CHECK(do_unmap(node, map[i].out_mapping) == 0);
	CHECK_EQ(used_bytes(), PAGE);
	close(fd);
	end(node);
}

static void nothing_at_all(void)
{
	int node = begin(0), fd;

	for (uint32_t kind = 0; kind < 3; kind++)
		CHECK_ERRNO(do_alloc(node, kind, PAGE, &fd), EDQUOT);
	end(node);
}

static void wrong_limits(void)
{
	static const char *const wrong[] = { "x", "-1", "12 34", "99999999999999999999" };
	uint64_t before = limit_bytes();

	for (size_t i = 0; i < ARRAY_SIZE(wrong); i++)
		CHECK(write_text(NODE_CLASS "/limit", wrong[i]) < 0);
	CHECK_EQ(limit_bytes(), before);
	CHECK(write_text(NODE_CLASS "/used", "0") < 0);
}

static void by_default_less_than_the_machine(void)
{
	uint64_t machine = (uint64_t)sysconf(_SC_PHYS_PAGES) * PAGE;

	CHECK(limit_bytes() < machine);
	CHECK(limit_bytes() >= machine / 2);
}

static const struct test_case cases[] = {
	CASE(to_the_byte),
	CASE(what_it_costs),
	CASE(contiguous_costs_a_power_of_two),
	CASE(of_all_openers_together),
	CASE(lowered_below_what_is_used),
	CASE(mappings),
	CASE(nothing_at_all),
	CASE(wrong_limits),
	CASE(by_default_less_than_the_machine),
};

TEST_MAIN(cases)
