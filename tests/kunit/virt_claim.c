// SPDX-License-Identifier: GPL-2.0-only
/* kernel/virt/virt_claim.c: what the hardware is built to, and ranges in use. */
#include "../../kernel/virt/virt_claim.c"
#include "kunit.h"

static void address_lines(struct kunit *test)
{
	static const struct {
		dma_addr_t addr;
		size_t len;
		unsigned int bits;
		bool want;
	} table[] = {
		{ 0, 1, 1, false }, { 1, 1, 1, false }, { 1, 2, 1, true }, { 2, 1, 1, true },
		{ U32_MAX, 1, 32, false }, { U32_MAX, 2, 32, true }, { BIT_ULL(32), 1, 32, true },
		{ 0, SZ_4G, 32, false }, { 1, SZ_4G, 32, true }, { 0, SIZE_MAX, 32, true },
		{ BIT_ULL(63), 1, 63, true }, { BIT_ULL(63) - 1, 1, 63, false },
		{ BIT_ULL(63) - 1, 2, 63, true },
		{ U64_MAX, 1, 64, false }, { U64_MAX, 2, 64, true },
		{ BIT_ULL(63), BIT_ULL(63), 64, false }, { BIT_ULL(63), BIT_ULL(63) + 1, 64, true },
	};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(table); i++)
		KUNIT_EXPECT_EQ_MSG(test, beyond(table[i].addr, table[i].len, table[i].bits),
				    table[i].want, "%#llx + %#zx, %u bits", (u64)table[i].addr,
				    table[i].len, table[i].bits);
}

static void limits_of_the_hardware(struct kunit *test)
{
	struct virt_device v = { .address_bits = 32, .alignment = 8, .max_segment = PAGE_SIZE };

	KUNIT_EXPECT_EQ(test, hardware_limit(&v, 0, PAGE_SIZE), VIRT_KINDS);
	KUNIT_EXPECT_EQ(test, hardware_limit(&v, 8, 1), VIRT_KINDS);
	KUNIT_EXPECT_EQ(test, hardware_limit(&v, 7, 1), VIRT_UNALIGNED);
	KUNIT_EXPECT_EQ(test, hardware_limit(&v, 9, 1), VIRT_UNALIGNED);
	KUNIT_EXPECT_EQ(test, hardware_limit(&v, 0, PAGE_SIZE + 1), VIRT_SEGMENT);
	KUNIT_EXPECT_EQ(test, hardware_limit(&v, BIT_ULL(32), 1), VIRT_WIDTH);
	v.address_bits = 64;
	v.max_segment = UINT_MAX;
	KUNIT_EXPECT_EQ(test, hardware_limit(&v, 0, SZ_4G - 1), VIRT_KINDS);
	KUNIT_EXPECT_EQ(test, hardware_limit(&v, 0, SZ_4G), VIRT_SEGMENT);
}

/* A map of @pages pages, at the address that it is given */
static struct virt_map *insert(struct kunit *test, struct virt_device *v, unsigned long pages,
			       dma_addr_t *addr)
{
	struct virt_map *map = virt_map_make(pages, false, DMA_BIDIRECTIONAL);

	KUNIT_ASSERT_NOT_NULL(test, map);
	map->origin.size = pages << PAGE_SHIFT;
	KUNIT_ASSERT_EQ(test, virt_map_insert(v, map, U64_MAX, addr), 0);
	return map;
}

static void claims_by_byte(struct kunit *test)
{
	struct virt_device *v = kunit_virt_device(test);
	struct virt_claim claim = { };
	struct virt_map *map;
	dma_addr_t at;

	map = insert(test, v, 4, &at);
	KUNIT_EXPECT_FALSE(test, virt_map_claimed(map));
	KUNIT_EXPECT_EQ(test, virt_claim(v, &claim, at + PAGE_SIZE - 1, 2, true), 0);
	KUNIT_EXPECT_TRUE(test, virt_map_claimed(map));
	KUNIT_EXPECT_FALSE(test, virt_map_claims(map, at, PAGE_SIZE - 1, true));
	KUNIT_EXPECT_TRUE(test, virt_map_claims(map, at, PAGE_SIZE, true));
	KUNIT_EXPECT_TRUE(test, virt_map_claims(map, at + PAGE_SIZE, 1, true));
	KUNIT_EXPECT_FALSE(test, virt_map_claims(map, at + PAGE_SIZE + 1, 1, true));
	KUNIT_EXPECT_TRUE(test, virt_map_claims(map, at, 4 * PAGE_SIZE, true));
	virt_unclaim(v, &claim);
	KUNIT_EXPECT_FALSE(test, virt_map_claimed(map));
	KUNIT_EXPECT_FALSE(test, virt_map_claims(map, at, 4 * PAGE_SIZE, false));
	KUNIT_EXPECT_EQ(test, stub_found.count, 0);
}

static void claims_that_read(struct kunit *test)
{
	struct virt_device *v = kunit_virt_device(test);
	struct virt_claim claim = { };
	struct virt_map *map;
	dma_addr_t at;

	map = insert(test, v, 1, &at);
	KUNIT_EXPECT_EQ(test, virt_claim(v, &claim, at, PAGE_SIZE, false), 0);
	KUNIT_EXPECT_FALSE(test, virt_map_claims(map, at, PAGE_SIZE, true));
	KUNIT_EXPECT_TRUE(test, virt_map_claims(map, at, PAGE_SIZE, false));
	virt_unclaim(v, &claim);
	virt_unclaim(v, &claim);
	KUNIT_EXPECT_FALSE(test, virt_map_claimed(map));
}

/* Long and short claims over each other: the tree's answer against that of a plain search. */
static void claims_over_each_other(struct kunit *test)
{
	struct virt_device *v = kunit_virt_device(test);
	unsigned int count = 64, i, j, pages = 4;
	struct virt_claim *claims;
	struct virt_map *map;
	dma_addr_t at, probe;
	u32 seed = 1;

	map = insert(test, v, pages, &at);
	claims = kunit_kcalloc(test, count, sizeof(*claims), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, claims);
	for (i = 0; i < count; i++) {
		seed = seed * 1664525 + 1013904223;
		KUNIT_EXPECT_EQ(test, virt_claim(v, &claims[i], at + (seed >> 8) % (2 * PAGE_SIZE),
						 i % 8 ? i : PAGE_SIZE, true), 0);
	}
	for (j = 0; j < count; j++) {
		for (probe = at; probe < at + pages * PAGE_SIZE; probe += 61) {
			bool want = false;

			for (i = j; i < count; i++)
				want |= claims[i].addr < probe + 5 &&
					probe < claims[i].addr + claims[i].len;
			KUNIT_ASSERT_EQ(test, virt_map_claims(map, probe, 5, true), want);
		}
		virt_unclaim(v, &claims[j]);
	}
	KUNIT_EXPECT_FALSE(test, virt_map_claimed(map));
}

static void claim_of_nothing(struct kunit *test)
{
	struct virt_device *v = kunit_virt_device(test);
	struct virt_claim claim = { };

	/* Nothing is mapped there, which is found when the bytes move. */
	KUNIT_EXPECT_EQ(test, virt_claim(v, &claim, SZ_4G, 1, true), 0);
	KUNIT_EXPECT_EQ(test, stub_found.count, 0);
	virt_unclaim(v, &claim);
	v->address_bits = 32;
	KUNIT_EXPECT_EQ(test, virt_claim(v, &claim, SZ_4G, 1, false), -EFAULT);
	KUNIT_EXPECT_EQ(test, stub_found.kind, VIRT_WIDTH);
	KUNIT_EXPECT_EQ(test, stub_found.act, VIRT_DEVICE_READ);
	virt_unclaim(v, &claim);
}

static struct kunit_case cases[] = {
	KUNIT_CASE(address_lines),
	KUNIT_CASE(limits_of_the_hardware),
	KUNIT_CASE(claims_by_byte),
	KUNIT_CASE(claims_that_read),
	KUNIT_CASE(claims_over_each_other),
	KUNIT_CASE(claim_of_nothing),
	{ }
};

static struct kunit_suite suite = { .name = "dmaspan_virt_claim", .test_cases = cases };
kunit_test_suites(&suite);
