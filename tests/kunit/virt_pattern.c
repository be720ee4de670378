// SPDX-License-Identifier: GPL-2.0-only
/* kernel/virt/virt_pattern.c: samples against what virt_signal.h promises. */
#include "../../kernel/virt/virt_pattern.c"
#include "kunit.h"

#define SAMPLES	300	/* more than one period of the sine, and than one chunk of the check */

static int init(struct kunit *test)
{
	virt_pattern_init();
	return 0;
}

static u32 sample_at(enum virt_pattern_kind kind, u64 index)
{
	struct virt_pattern p = { .kind = kind };
	__le32 word;

	virt_pattern_seek(&p, 0);
	virt_pattern_seek(&p, index);
	virt_pattern_make(&p, (u8 *)&word, 1);
	return le32_to_cpu(word);
}

static void counter(struct kunit *test)
{
	static const u64 at[] = { 0, 1, U32_MAX, BIT_ULL(32), BIT_ULL(32) + 1, BIT_ULL(63),
				  U64_MAX };
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(at); i++)
		KUNIT_EXPECT_EQ(test, sample_at(VIRT_COUNTER, at[i]), (u32)at[i]);
}

static void counter_wraps_within_a_run(struct kunit *test)
{
	struct virt_pattern p = { .kind = VIRT_COUNTER };
	__le32 word[2];

	virt_pattern_seek(&p, U32_MAX);
	virt_pattern_make(&p, (u8 *)word, 2);
	KUNIT_EXPECT_EQ(test, le32_to_cpu(word[0]), U32_MAX);
	KUNIT_EXPECT_EQ(test, le32_to_cpu(word[1]), 0);
	KUNIT_EXPECT_EQ(test, p.index, BIT_ULL(32) + 1);
}

static void sine_is_one(struct kunit *test)
{
	unsigned int k;

	KUNIT_EXPECT_EQ(test, sample_at(VIRT_SINE, 0), 0);
	KUNIT_EXPECT_EQ(test, sample_at(VIRT_SINE, 64), BIT(30));
	KUNIT_EXPECT_EQ(test, sample_at(VIRT_SINE, 192), (u32)-BIT(30));
	/* The sine of 30 degrees would be between samples; of 45 it is the root of a half. */
	KUNIT_EXPECT_EQ(test, sample_at(VIRT_SINE, 32), 759250125);
	for (k = 0; k < 128; k++) {
		KUNIT_EXPECT_EQ(test, sample_at(VIRT_SINE, k), -sample_at(VIRT_SINE, k + 128));
		KUNIT_EXPECT_EQ(test, sample_at(VIRT_SINE, k), sample_at(VIRT_SINE, 128 - k));
		KUNIT_EXPECT_EQ(test, sample_at(VIRT_SINE, k),
				sample_at(VIRT_SINE, k + BIT_ULL(40)));
	}
}

static void prbs_begins_as_promised(struct kunit *test)
{
	KUNIT_EXPECT_EQ(test, sample_at(VIRT_PRBS, 0), 0x7fffffff);
	KUNIT_EXPECT_EQ(test, sample_at(VIRT_PRBS, 1), 0x38000000);
	KUNIT_EXPECT_EQ(test, sample_at(VIRT_PRBS, 2), 0x1f800000);
}

/* Bit by bit from its definition. */
static void prbs_is_the_polynomial(struct kunit *test)
{
	u32 bits[SAMPLES] = { }, k;

	for (k = 0; k < 32 * SAMPLES; k++) {
		u32 a = k >= 31 ? bits[(k - 31) / 32] >> (k - 31) % 32 : 1;
		u32 b = k >= 31 ? bits[(k - 28) / 32] >> (k - 28) % 32 : 0;

		bits[k / 32] |= ((a ^ b) & 1) << k % 32;
	}
	for (k = 0; k < SAMPLES; k++)
		KUNIT_ASSERT_EQ(test, sample_at(VIRT_PRBS, k), bits[k]);
}

static void prbs_repeats(struct kunit *test)
{
	static const u64 at[] = { 0, 1, 63, 64, 65, 1000000007, PRBS_PERIOD - 1 };
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(at); i++) {
		KUNIT_EXPECT_EQ(test, sample_at(VIRT_PRBS, at[i]),
				sample_at(VIRT_PRBS, at[i] + PRBS_PERIOD));
		KUNIT_EXPECT_EQ(test, sample_at(VIRT_PRBS, at[i]),
				sample_at(VIRT_PRBS, at[i] + (u64)PRBS_PERIOD * BIT_ULL(32)));
		KUNIT_EXPECT_NE(test, sample_at(VIRT_PRBS, at[i]), sample_at(VIRT_PRBS, at[i] + 1));
	}
}

/* Steps and jumps lead to the same place, also backwards and across 2^64. */
static void prbs_seek(struct kunit *test)
{
	static const u64 steps[] = { 0, 1, PRBS_STEPS, PRBS_STEPS + 1, 12345, BIT_ULL(31),
				     BIT_ULL(40), (u64)-1, (u64)-PRBS_STEPS - 1 };
	struct virt_pattern p = { .kind = VIRT_PRBS };
	unsigned int i;
	u64 index = 0;

	virt_pattern_seek(&p, 0);
	for (i = 0; i < ARRAY_SIZE(steps); i++) {
		index += steps[i];
		virt_pattern_seek(&p, index);
		KUNIT_EXPECT_EQ(test, p.prbs, prbs_at(index));
		KUNIT_EXPECT_EQ(test, p.index, index);
	}
}

/* In runs of every length, at an address without any alignment. */
static void runs_join(struct kunit *test)
{
	u8 *buf = kunit_kzalloc(test, SAMPLES * VIRT_SAMPLE + 1, GFP_KERNEL);
	struct virt_pattern p = { };
	size_t done, n;
	u32 k;

	KUNIT_ASSERT_NOT_NULL(test, buf);
	for (p.kind = 0; p.kind < VIRT_PATTERNS; p.kind++) {
		virt_pattern_seek(&p, 0);
		for (done = 0, n = 0; done < SAMPLES; done += n, n++) {
			n = min_t(size_t, n, SAMPLES - done);
			virt_pattern_make(&p, buf + 1 + done * VIRT_SAMPLE, n);
		}
		for (k = 0; k < SAMPLES; k++) {
			__le32 word;

			memcpy(&word, buf + 1 + k * VIRT_SAMPLE, sizeof(word));
			KUNIT_ASSERT_EQ(test, le32_to_cpu(word), sample_at(p.kind, k));
		}
	}
}

static void check_counts(struct kunit *test)
{
	u8 *buf = kunit_kzalloc(test, SAMPLES * VIRT_SAMPLE, GFP_KERNEL);
	struct virt_pattern p = { .kind = VIRT_SINE };

	KUNIT_ASSERT_NOT_NULL(test, buf);
	virt_pattern_make(&p, buf, SAMPLES);
	virt_pattern_seek(&p, 0);
	KUNIT_EXPECT_EQ(test, virt_pattern_check(&p, buf, SAMPLES), 0);
	KUNIT_EXPECT_EQ(test, p.index, SAMPLES);
	buf[0] ^= 1;
	buf[64 * VIRT_SAMPLE - 1] ^= 0x80;
	buf[64 * VIRT_SAMPLE] ^= 1;
	buf[64 * VIRT_SAMPLE + 1] ^= 1;
	buf[SAMPLES * VIRT_SAMPLE - 1] ^= 1;
	virt_pattern_seek(&p, 0);
	KUNIT_EXPECT_EQ(test, virt_pattern_check(&p, buf, SAMPLES), 4);
	virt_pattern_seek(&p, 1);
	KUNIT_EXPECT_EQ(test, virt_pattern_check(&p, buf + VIRT_SAMPLE, 62), 0);
	KUNIT_EXPECT_EQ(test, virt_pattern_check(&p, buf, 0), 0);
}

static struct kunit_case cases[] = {
	KUNIT_CASE(counter),
	KUNIT_CASE(counter_wraps_within_a_run),
	KUNIT_CASE(sine_is_one),
	KUNIT_CASE(prbs_begins_as_promised),
	KUNIT_CASE(prbs_is_the_polynomial),
	KUNIT_CASE(prbs_repeats),
	KUNIT_CASE(prbs_seek),
	KUNIT_CASE(runs_join),
	KUNIT_CASE(check_counts),
	{ }
};

static struct kunit_suite suite = {
	.name = "dmaspan_virt_pattern", .init = init, .test_cases = cases,
};

kunit_test_suites(&suite);
