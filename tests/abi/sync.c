// SPDX-License-Identifier: MIT
/*
 * SYNC: exactly the ranges named. In mode bounce the device has a copy of its
 * own, so what it was and was not given shows in what it plays back.
 */
#include "harness.h"

#define FOR_DEVICE	DMASPAN_SYNC_FOR_DEVICE
#define FOR_CPU		DMASPAN_SYNC_FOR_CPU
#define LONG		64

static int sync_out(struct rig *s, uint64_t offset, uint64_t length)
{
	return do_sync(s->node, s->out.map.out_mapping, FOR_DEVICE, offset, length);
}

static int sync_in(struct rig *s, uint64_t offset, uint64_t length)
{
	return do_sync(s->node, s->in.map.out_mapping, FOR_CPU, offset, length);
}

static bool holds(const unsigned char *data, size_t length, unsigned char value)
{
	for (size_t i = 0; i < length; i++)
		if (data[i] != value)
			return false;
	return true;
}

/* What the device holds at an offset of the buffer it reads */
static void ask_device(struct rig *s, size_t offset, size_t length,
		       unsigned char *answer)
{
	move(s->loop.tx, &s->out, offset, length);
	move(s->loop.rx, &s->in, 0, length);
	CHECK(sync_in(s, 0, length) == 0);
	memcpy(answer, s->in.data, length);
}

static void device_sees_one_page_of_two(void)
{
	unsigned char old = is_bounce() ? 0 : 0x22, answer[LONG];
	struct rig s;

	rig_open(&s, DMASPAN_KIND_CACHED);
	memset(s.out.data, 0x22, 2 * PAGE);
	CHECK(sync_out(&s, 0, PAGE) == 0);
	ask_device(&s, PAGE - LONG, LONG, answer);
	CHECK(holds(answer, LONG, 0x22));
	ask_device(&s, PAGE, LONG, answer);
	CHECK(holds(answer, LONG, old));
	CHECK(sync_out(&s, PAGE, PAGE) == 0);
	ask_device(&s, PAGE, LONG, answer);
	CHECK(holds(answer, LONG, 0x22));
	rig_close(&s);
}

static void device_sees_a_part_of_a_page(void)
{
	unsigned char old = is_bounce() ? 0 : 0x33, answer[512];
	struct rig s;

	rig_open(&s, DMASPAN_KIND_CACHED);
	memset(s.out.data, 0x33, PAGE);
	CHECK(sync_out(&s, 100, 57) == 0);
	ask_device(&s, 0, sizeof(answer), answer);
	CHECK(holds(answer, 100, old));
	CHECK(holds(answer + 100, 57, 0x33));
	CHECK(holds(answer + 157, sizeof(answer) - 157, old));
	rig_close(&s);
}

static void device_sees_several_ranges(void)
{
	const struct dmaspan_range ranges[] = {
		{ 16, 16 }, { 2 * PAGE - 8, 16 }, { 3 * PAGE + 1, 1 },
	};
	unsigned char old = is_bounce() ? 0 : 0x44, answer[LONG];
	struct rig s;

	rig_open(&s, DMASPAN_KIND_CACHED);
	memset(s.out.data, 0x44, s.out.length);
	CHECK(do_sync_ranges(s.node, s.out.map.out_mapping, FOR_DEVICE, ranges, 3) == 0);
	ask_device(&s, 0, LONG, answer);
	CHECK(holds(answer, 16, old));
	CHECK(holds(answer + 16, 16, 0x44));
	CHECK(holds(answer + 32, 32, old));
	ask_device(&s, 2 * PAGE - 32, LONG, answer);
	CHECK(holds(answer, 24, old));
	CHECK(holds(answer + 24, 16, 0x44));
	CHECK(holds(answer + 40, 24, old));
	ask_device(&s, 3 * PAGE, 4, answer);
	CHECK_EQ(answer[0], old);
	CHECK_EQ(answer[1], 0x44);
	CHECK_EQ(answer[2], old);
	rig_close(&s);
}

static void cpu_sees_one_range_of_two(void)
{
	unsigned char old = is_bounce() ? 0x11 : 0x55;
	struct rig s;

	rig_open(&s, DMASPAN_KIND_CACHED);
	memset(s.out.data, 0x55, PAGE);
	CHECK(sync_out(&s, 0, PAGE) == 0);
	memset(s.in.data, 0x11, s.in.length);
	move(s.loop.tx, &s.out, 0, 512);
	move(s.loop.rx, &s.in, PAGE - 256, 512);
	CHECK(sync_in(&s, PAGE - 200, 100) == 0);
	CHECK(holds(s.in.data, PAGE - 256, 0x11));
	CHECK(holds(s.in.data + PAGE - 256, 56, old));
	CHECK(holds(s.in.data + PAGE - 200, 100, 0x55));
	CHECK(holds(s.in.data + PAGE - 100, 356, old));
	CHECK(sync_in(&s, PAGE - 256, 512) == 0);
	CHECK(holds(s.in.data + PAGE - 256, 512, 0x55));
	CHECK(holds(s.in.data + PAGE + 256, 2 * PAGE, 0x11));
	rig_close(&s);
}

/* What was not taken back before is lost where there is a copy. */
static void unmap_moves_nothing(void)
{
	unsigned char old = is_bounce() ? 0 : 0x88;
	struct rig s;

	rig_open(&s, DMASPAN_KIND_CACHED);
	memset(s.out.data, 0x88, 512);
	CHECK(sync_out(&s, 0, 512) == 0);
	move(s.loop.tx, &s.out, 0, 512);
	move(s.loop.rx, &s.in, 3 * PAGE, 512);
	CHECK(sync_in(&s, 3 * PAGE, 256) == 0);
	CHECK(do_unmap(s.node, s.in.map.out_mapping) == 0);
	CHECK(holds(s.in.data + 3 * PAGE, 256, 0x88));
	CHECK(holds(s.in.data + 3 * PAGE + 256, 256, old));
	CHECK(all_zero(s.in.data, 3 * PAGE));
	CHECK(do_map(s.node, s.in.fd, DMASPAN_FROM_DEVICE, &s.in.map) == 0);
	rig_close(&s);
}

/* What the CPU wrote meanwhile is not overwritten either. */
static void unmap_keeps_what_the_cpu_wrote(void)
{
	struct rig s;

	rig_open(&s, DMASPAN_KIND_CACHED);
	CHECK(do_unmap(s.node, s.in.map.out_mapping) == 0);
	CHECK(do_map(s.node, s.in.fd, DMASPAN_BIDIRECTIONAL, &s.in.map) == 0);
	fill(s.in.data, RIG_LENGTH, 3);
	CHECK(do_unmap(s.node, s.in.map.out_mapping) == 0);
	CHECK(filled(s.in.data, RIG_LENGTH, 3));
	CHECK(do_map(s.node, s.in.fd, DMASPAN_FROM_DEVICE, &s.in.map) == 0);
	rig_close(&s);
}

static void map_hands_all_to_the_device(void)
{
	unsigned char answer[LONG];
	struct rig s;

	rig_open(&s, DMASPAN_KIND_CACHED);
	CHECK(do_unmap(s.node, s.out.map.out_mapping) == 0);
	memset(s.out.data, 0x66, s.out.length);
	CHECK(do_map(s.node, s.out.fd, DMASPAN_TO_DEVICE, &s.out.map) == 0);
	ask_device(&s, 4 * PAGE - LONG, LONG, answer);
	CHECK(holds(answer, LONG, 0x66));
	rig_close(&s);
}

static void never_needed(uint32_t kind)
{
	struct rig s;

	rig_open(&s, kind);
	CHECK_EQ(s.out.map.out_flags, 0);
	for (unsigned int round = 0; round < 2; round++) {
		fill(s.out.data + PAGE, 256, round);
		move(s.loop.tx, &s.out, PAGE, 256);
		move(s.loop.rx, &s.in, 2 * PAGE, 256);
		CHECK(filled(s.in.data + 2 * PAGE, 256, round));
	}
	CHECK(sync_out(&s, 0, PAGE) == 0);
	CHECK(sync_in(&s, 0, PAGE) == 0);
	rig_close(&s);
}

static void never_needed_coherent(void)
{
	never_needed(DMASPAN_KIND_COHERENT);
}

static void never_needed_wc(void)
{
	never_needed(DMASPAN_KIND_WC);
}

static void all_ranges_are_checked_first(void)
{
	const struct dmaspan_range late_fault[] = {
		{ 0, PAGE }, { PAGE, PAGE }, { 4 * PAGE, 1 },
	};
	unsigned char old = is_bounce() ? 0 : 0x77, answer[LONG];
	struct rig s;

	rig_open(&s, DMASPAN_KIND_CACHED);
	memset(s.out.data, 0x77, s.out.length);
	CHECK_ERRNO(do_sync_ranges(s.node, s.out.map.out_mapping, FOR_DEVICE,
				   late_fault, 3), EINVAL);
	ask_device(&s, 0, LONG, answer);
	CHECK(holds(answer, LONG, old));
	rig_close(&s);
}

static void most_ranges(void)
{
	static struct dmaspan_range ranges[DMASPAN_MAX_RANGES + 1];
	int node = node_open(O_RDWR);
	struct span span;

	span_open(&span, node, DMASPAN_KIND_CACHED, DMASPAN_TO_DEVICE, 2 * PAGE);
	for (size_t i = 0; i < ARRAY_SIZE(ranges); i++)
		ranges[i] = (struct dmaspan_range) { i * 8, 8 };
	ranges[DMASPAN_MAX_RANGES].offset = 0;
	CHECK(do_sync_ranges(node, span.map.out_mapping, FOR_DEVICE, ranges,
			     DMASPAN_MAX_RANGES) == 0);
	CHECK_ERRNO(do_sync_ranges(node, span.map.out_mapping, FOR_DEVICE, ranges,
				   DMASPAN_MAX_RANGES + 1), EINVAL);
	CHECK_ERRNO(do_sync_ranges(node, span.map.out_mapping, FOR_DEVICE, ranges,
				   UINT32_MAX), EINVAL);
	span_close(&span);
	close(node);
}

/* In a buffer of several segments, across the borders between them */
static void across_segments(void)
{
	const size_t border = 256 * KIB;
	int node = node_open(O_RDWR);
	struct span out, in;
	struct loop loop;

	loop_open(&loop, node);
	span_open(&out, node, DMASPAN_KIND_CACHED, DMASPAN_TO_DEVICE, MIB);
	span_open(&in, node, DMASPAN_KIND_CACHED, DMASPAN_FROM_DEVICE, MIB);
	fill(out.data + border - 100, 300, 1);
	play(&loop, &out, border - 100, 300);
	capture(&loop, &in, 3 * border - 200, 300);
	CHECK(filled(in.data + 3 * border - 200, 300, 1));
	CHECK(all_zero(in.data, 3 * border - 200));
	CHECK(all_zero(in.data + 3 * border + 100, border - 100));
	span_close(&in);
	span_close(&out);
	loop_close(&loop);
	close(node);
}

static const struct test_case cases[] = {
	CASE(device_sees_one_page_of_two),
	CASE(device_sees_a_part_of_a_page),
	CASE(device_sees_several_ranges),
	CASE(cpu_sees_one_range_of_two),
	CASE(unmap_moves_nothing),
	CASE(unmap_keeps_what_the_cpu_wrote),
	CASE(map_hands_all_to_the_device),
	CASE(never_needed_coherent),
	CASE(never_needed_wc),
	CASE(all_ranges_are_checked_first),
	CASE(most_ranges),
	CASE(across_segments),
};

TEST_MAIN(cases)
