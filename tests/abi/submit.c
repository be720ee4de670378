// SPDX-License-Identifier: MIT
/* SUBMIT: data arrives, in order, each transfer completed once. */
#include "harness.h"

#define NUM_KINDS	3

static void there_and_back(uint32_t kind)
{
	static const struct {
		size_t from, to, length;
	} moves[] = {
		{ 0, 0, EDU_CHUNK }, { 1, 4093, 7 }, { 5000, 777, 1 },
		{ PAGE - 100, 3 * PAGE - 1000, 1500 },
	};
	struct rig s;

	rig_open(&s, kind);
	for (size_t i = 0; i < ARRAY_SIZE(moves); i++) {
		memset(s.in.data, 0xee, s.in.length);
		if (s.in.map.out_flags & DMASPAN_MAPPING_NEEDS_SYNC)
			CHECK(do_sync(s.node, s.in.map.out_mapping,
				      DMASPAN_SYNC_FOR_DEVICE, 0, s.in.length) == 0);
		fill(s.out.data + moves[i].from, moves[i].length, i + 1);
		play(&s.loop, &s.out, moves[i].from, moves[i].length);
		capture(&s.loop, &s.in, moves[i].to, moves[i].length);
		CHECK(filled(s.in.data + moves[i].to, moves[i].length, i + 1));
		for (size_t at = 0; at < moves[i].to; at++)
			CHECK(s.in.data[at] == 0xee);
		for (size_t at = moves[i].to + moves[i].length; at < s.in.length; at++)
			CHECK(s.in.data[at] == 0xee);
	}
	rig_close(&s);
}

static void there_and_back_cached(void)
{
	there_and_back(DMASPAN_KIND_CACHED);
}

static void there_and_back_coherent(void)
{
	there_and_back(DMASPAN_KIND_COHERENT);
}

static void there_and_back_wc(void)
{
	there_and_back(DMASPAN_KIND_WC);
}

static void longer_than_the_fifo(void)
{
	const size_t length = 3 * EDU_CHUNK + 100;
	struct dmaspan_completion done;
	struct rig s;

	rig_open(&s, DMASPAN_KIND_CACHED);
	fill(s.out.data, length, 4);
	if (is_bounce())
		CHECK(do_sync(s.node, s.out.map.out_mapping, DMASPAN_SYNC_FOR_DEVICE,
			      0, length) == 0);
	CHECK(do_submit(s.loop.tx, s.out.map.out_mapping, 0, length, 1) == 0);
	capture(&s.loop, &s.in, 123, length);
	CHECK(do_wait(s.loop.tx, &done, WAIT_MS) == 0);
	CHECK_EQ(done.status, 0);
	CHECK_EQ(done.length, length);
	CHECK(filled(s.in.data + 123, length, 4));
	rig_close(&s);
}

static void in_order_with_cookies(void)
{
	static const size_t lengths[] = { 10, 1, 300, 64, 5 };
	struct dmaspan_completion done[ARRAY_SIZE(lengths) + 1];
	struct dmaspan_transfer out[ARRAY_SIZE(lengths)] = { 0 };
	uint64_t start, end, last = 0, offset = 0;
	struct rig s;
	size_t got = 0;

	rig_open(&s, DMASPAN_KIND_CACHED);
	fill(s.out.data, PAGE, 1);
	if (is_bounce())
		CHECK(do_sync(s.node, s.out.map.out_mapping, DMASPAN_SYNC_FOR_DEVICE,
			      0, PAGE) == 0);
	for (size_t i = 0; i < ARRAY_SIZE(lengths); i++) {
		out[i].mapping = s.out.map.out_mapping;
		out[i].offset = offset;
		out[i].length = lengths[i];
		out[i].cookie = UINT64_MAX - i;
		offset += lengths[i];
	}
	start = now_ns();
	CHECK(do_submit_array(s.loop.tx, out, ARRAY_SIZE(out)) == 0);
	capture(&s.loop, &s.in, 0, offset);
	CHECK(filled(s.in.data, offset, 1));
	while (got < ARRAY_SIZE(lengths)) {
		ssize_t n = read(s.loop.tx, done + got, sizeof(done) - got * sizeof(*done));

		CHECK(n > 0 && n % sizeof(*done) == 0);
		got += (size_t)n / sizeof(*done);
	}
	end = now_ns();
	CHECK_EQ(got, ARRAY_SIZE(lengths));
	for (size_t i = 0; i < got; i++) {
		CHECK_EQ(done[i].status, 0);
		CHECK_EQ(done[i].cookie, UINT64_MAX - i);
		CHECK_EQ(done[i].length, lengths[i]);
		CHECK_EQ(done[i].__reserved, 0);
		CHECK(done[i].time >= start && done[i].time >= last && done[i].time <= end);
		last = done[i].time;
	}
	rig_close(&s);
}

static void both_ways_with_one_mapping(void)
{
	int node = node_open(O_RDWR);
	struct span span;
	struct loop loop;

	loop_open(&loop, node);
	for (uint32_t kind = 0; kind < NUM_KINDS; kind++) {
		span_open(&span, node, kind, DMASPAN_BIDIRECTIONAL, 2 * PAGE);
		fill(span.data, 500, kind);
		play(&loop, &span, 0, 500);
		capture(&loop, &span, PAGE, 500);
		CHECK(filled(span.data, 500, kind));
		CHECK(filled(span.data + PAGE, 500, kind));
		span_close(&span);
	}
	loop_close(&loop);
	close(node);
}

static void wrong_direction(void)
{
	struct rig s;

	rig_open(&s, DMASPAN_KIND_CACHED);
	CHECK_ERRNO(do_submit(s.loop.rx, s.out.map.out_mapping, 0, 16, 0), EACCES);
	CHECK_ERRNO(do_submit(s.loop.tx, s.in.map.out_mapping, 0, 16, 0), EACCES);
	rig_close(&s);
}

static bool quiet(int channel)
{
	struct pollfd pfd = { .fd = channel, .events = POLLIN };

	return poll(&pfd, 1, 3 * EDU_CHUNK_MS) == 0;
}

static void all_or_nothing(void)
{
	struct dmaspan_transfer transfers[3] = { 0 };
	uint32_t cancelled;
	struct rig s;

	rig_open(&s, DMASPAN_KIND_CACHED);
	for (size_t i = 0; i < ARRAY_SIZE(transfers); i++) {
		transfers[i].mapping = s.out.map.out_mapping;
		transfers[i].length = 16;
	}
	transfers[2].offset = s.out.length;
	CHECK_ERRNO(do_submit_array(s.loop.tx, transfers, 3), EINVAL);
	transfers[2].offset = 0;
	transfers[2].mapping = s.in.map.out_mapping;
	CHECK_ERRNO(do_submit_array(s.loop.tx, transfers, 3), EACCES);
	transfers[2].mapping = UINT32_MAX;
	CHECK_ERRNO(do_submit_array(s.loop.tx, transfers, 3), ENOENT);
	CHECK(quiet(s.loop.tx));
	CHECK(do_cancel(s.loop.tx, &cancelled) == 0);
	CHECK_EQ(cancelled, 0);
	/* A mapping of a refused transfer is free again. */
	CHECK(do_unmap(s.node, s.out.map.out_mapping) == 0);
	CHECK(do_map(s.node, s.out.fd, DMASPAN_TO_DEVICE, &s.out.map) == 0);
	rig_close(&s);
}

static void busy_mapping(void)
{
	struct dmaspan_completion done;
	uint32_t cancelled;
	struct rig s;

	rig_open(&s, DMASPAN_KIND_CACHED);
	CHECK(do_submit(s.loop.rx, s.in.map.out_mapping, 0, 16, 0) == 0);
	CHECK_ERRNO(do_unmap(s.node, s.in.map.out_mapping), EBUSY);
	CHECK_ERRNO(do_unmap(s.node, s.in.map.out_mapping), EBUSY);
	CHECK(do_cancel(s.loop.rx, &cancelled) == 0);
	CHECK_EQ(cancelled, 1);
	CHECK(do_unmap(s.node, s.in.map.out_mapping) == 0);
	CHECK(do_wait(s.loop.rx, &done, WAIT_MS) == 0);
	CHECK_EQ(done.status, -ECANCELED);
	CHECK(do_map(s.node, s.in.fd, DMASPAN_FROM_DEVICE, &s.in.map) == 0);
	rig_close(&s);
}

static void more_than_a_queue(void)
{
	static struct dmaspan_transfer many[DMASPAN_MAX_TRANSFERS + 1];
	static struct dmaspan_completion done[DMASPAN_MAX_TRANSFERS + 1];
	uint32_t cancelled;
	struct rig s;

	rig_open(&s, DMASPAN_KIND_CACHED);
	for (size_t i = 0; i < ARRAY_SIZE(many); i++)
		many[i] = (struct dmaspan_transfer) {
			.mapping = s.in.map.out_mapping, .length = 4, .cookie = i,
		};
	CHECK_ERRNO(do_submit_array(s.loop.rx, many, ARRAY_SIZE(many)), EINVAL);
	CHECK(do_submit_array(s.loop.rx, many, 1000) == 0);
	CHECK_ERRNO(do_submit_array(s.loop.rx, many + 1000, 25), EAGAIN);
	CHECK(do_submit_array(s.loop.rx, many + 1000, 24) == 0);
	CHECK_ERRNO(do_submit_array(s.loop.rx, many, 1), EAGAIN);
	CHECK(do_cancel(s.loop.rx, &cancelled) == 0);
	CHECK_EQ(cancelled, DMASPAN_MAX_TRANSFERS);
	CHECK_ERRNO(do_submit_array(s.loop.rx, many, 1), EAGAIN);
	CHECK_EQ(read(s.loop.rx, done, sizeof(done)),
		 DMASPAN_MAX_TRANSFERS * sizeof(done[0]));
	for (size_t i = 0; i < DMASPAN_MAX_TRANSFERS; i++) {
		CHECK_EQ(done[i].cookie, i);
		CHECK_EQ(done[i].status, -ECANCELED);
		CHECK_EQ(done[i].length, 0);
	}
	CHECK(do_submit_array(s.loop.rx, many, 1) == 0);
	CHECK(do_cancel(s.loop.rx, &cancelled) == 0);
	CHECK_EQ(cancelled, 1);
	rig_close(&s);
}

static const struct test_case cases[] = {
	CASE(there_and_back_cached),
	CASE(there_and_back_coherent),
	CASE(there_and_back_wc),
	CASE(longer_than_the_fifo),
	CASE(in_order_with_cookies),
	CASE(both_ways_with_one_mapping),
	CASE(wrong_direction),
	CASE(all_or_nothing),
	CASE(busy_mapping),
	CASE(more_than_a_queue),
};

TEST_MAIN(cases)
