// SPDX-License-Identifier: GPL-2.0-only
/* kernel/virt/virt_signal.c: the clock's arithmetic, stamps, and streams that are cut anywhere. */
#include "../../kernel/virt/virt_signal.c"
#include "kunit.h"

#define BYTES	2000

static struct virt_signal *signal(struct kunit *test, bool sink, u32 kind, u32 stamp)
{
	struct virt_signal *s = kunit_kzalloc(test, sizeof(*s), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, s);
	virt_pattern_init();
	signal_init(s, sink);
	s->kind = kind;
	s->stamp = stamp;
	virt_signal_open(s);
	return s;
}

/* A sample is converted at the first ns at which the clock counts it, and not before. */
static void time_of_a_sample(struct kunit *test)
{
	static const u32 rates[] = { 1, 3, 250, 44100, 48000, 999999937, VIRT_RATE_MAX };
	static const u64 numbers[] = { 0, 1, 2, 47999, U32_MAX, BIT_ULL(32) };
	struct virt_signal *s = signal(test, false, VIRT_COUNTER, 0);
	unsigned int i, j;

	s->since = 5;
	for (i = 0; i < ARRAY_SIZE(rates); i++)
		for (j = 0; j < ARRAY_SIZE(numbers); j++) {
			u64 n = numbers[j], at;

			s->rate = rates[i];
			at = clock_time(s, n) - s->since;
			KUNIT_EXPECT_GE(test, mul_u64_u32_div(at, s->rate, NSEC_PER_SEC), n + 1);
			/* One ns late, where a sample's time is a whole number of them. */
			KUNIT_EXPECT_LE(test, mul_u64_u32_div(at - 2, s->rate, NSEC_PER_SEC), n);
		}
}

static void pace_of_a_rate(struct kunit *test)
{
	struct virt_signal s = { .fifo = VIRT_FIFO_MIN, .rate = 1 };

	KUNIT_EXPECT_EQ(test, pace(&s), 1);
	s.rate = VIRT_RATE_MAX;
	KUNIT_EXPECT_EQ(test, pace(&s), VIRT_FIFO_MIN / 2);
	s.fifo = VIRT_FIFO_MAX;
	KUNIT_EXPECT_EQ(test, pace(&s), VIRT_RATE_MAX / PACE_HZ);
}

static void overrun_is_one_gap(struct kunit *test)
{
	struct virt_signal *s = signal(test, false, VIRT_COUNTER, 0);

	s->fifo = VIRT_FIFO_MIN;
	s->rate = VIRT_RATE_MAX;
	s->running = true;
	s->since = ktime_get_ns() - 1000;
	virt_signal_look(s);
	KUNIT_EXPECT_EQ(test, s->breaks, 1);
	KUNIT_EXPECT_EQ(test, s->index, s->converted - s->fifo);
	KUNIT_EXPECT_EQ(test, s->lost, s->index);
	s->since -= 1000;
	virt_signal_look(s);
	KUNIT_EXPECT_EQ(test, s->breaks, 1);
	KUNIT_EXPECT_EQ(test, s->lost, s->index);
}

static void runs_end_at_stamps(struct kunit *test)
{
	struct virt_signal s = { .stamp = 64 };

	KUNIT_EXPECT_EQ(test, run_length(&s, 100), VIRT_STAMP_SAMPLES);
	KUNIT_EXPECT_EQ(test, run_length(&s, 1), 1);
	s.at = 3;
	KUNIT_EXPECT_EQ(test, run_length(&s, 100), 1);
	s.at = VIRT_STAMP_SAMPLES;
	KUNIT_EXPECT_EQ(test, run_length(&s, 100), 12);
	s.at = 15;
	KUNIT_EXPECT_EQ(test, run_length(&s, 100), 1);
	s.stamp = 0;
	KUNIT_EXPECT_EQ(test, run_length(&s, SIZE_MAX), SIZE_MAX);
}

static void visit_in_steps(struct virt_signal *s, u8 *data, size_t step)
{
	size_t done, n;

	for (done = 0; done < BYTES; done += n) {
		n = min_t(size_t, step, BYTES - done);
		virt_signal_visit(s, data + done, n);
	}
}

/* What a sink is given as a source made it, each cut into steps of its own, has no errors. */
static void cut_anywhere(struct kunit *test)
{
	static const u32 stamps[] = { 0, 32, 48, 1024 };
	static const size_t steps[] = { 1, 2, 3, 4, 5, 15, 64, 999, BYTES };
	u8 *data = kunit_kzalloc(test, BYTES, GFP_KERNEL);
	unsigned int i, j, k;

	KUNIT_ASSERT_NOT_NULL(test, data);
	for (i = 0; i < ARRAY_SIZE(stamps); i++)
		for (j = 0; j < ARRAY_SIZE(steps); j++)
			for (k = 0; k < VIRT_PATTERNS; k++) {
				struct virt_signal *source = signal(test, false, k, stamps[i]);
				struct virt_signal *sink = signal(test, true, k, stamps[i]);

				visit_in_steps(source, data, steps[j]);
				visit_in_steps(sink, data,
					       steps[ARRAY_SIZE(steps) - 1 - j]);
				KUNIT_EXPECT_EQ(test, sink->wrong, 0);
				KUNIT_EXPECT_EQ(test, sink->visited, BYTES);
				KUNIT_EXPECT_EQ(test, sink->pattern.index, BYTES / VIRT_SAMPLE);
			}
}

static void sink_finds_each_wrong_sample(struct kunit *test)
{
	u8 *data = kunit_kzalloc(test, BYTES, GFP_KERNEL);
	struct virt_signal *sink;

	KUNIT_ASSERT_NOT_NULL(test, data);
	visit_in_steps(signal(test, false, VIRT_PRBS, 64), data, BYTES);
	data[16] ^= 1;			/* the first sample behind the stamp */
	data[63] ^= 1;			/* the last of the block */
	data[64] ^= 1;			/* the next stamp's number */
	memset(data + 128 + 8, 0, 8);	/* a time before the last one's */
	sink = signal(test, true, VIRT_PRBS, 64);
	visit_in_steps(sink, data, 7);
	KUNIT_EXPECT_EQ(test, sink->wrong, 4);
}

static struct kunit_case cases[] = {
	KUNIT_CASE(time_of_a_sample),
	KUNIT_CASE(pace_of_a_rate),
	KUNIT_CASE(overrun_is_one_gap),
	KUNIT_CASE(runs_end_at_stamps),
	KUNIT_CASE(cut_anywhere),
	KUNIT_CASE(sink_finds_each_wrong_sample),
	{ }
};

static struct kunit_suite suite = { .name = "dmaspan_virt_signal", .test_cases = cases };
kunit_test_suites(&suite);
