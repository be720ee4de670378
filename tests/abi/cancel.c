// SPDX-License-Identifier: MIT
/* CANCEL, and closing a channel with transfers in flight. */
#include "harness.h"

static void nothing_to_cancel(void)
{
	struct rig s;
	uint32_t cancelled = 99;

	rig_open(&s, DMASPAN_KIND_CACHED);
	CHECK(do_cancel(s.loop.tx, &cancelled) == 0);
	CHECK_EQ(cancelled, 0);
	rig_close(&s);
}

static void a_waiting_transfer(void)
{
	struct dmaspan_completion done;
	struct pollfd pfd = { .events = POLLIN };
	uint32_t cancelled;
	struct rig s;

	rig_open(&s, DMASPAN_KIND_CACHED);
	pfd.fd = s.loop.rx;
	CHECK(do_submit(s.loop.rx, s.in.map.out_mapping, 0, PAGE, 42) == 0);
	CHECK_EQ(poll(&pfd, 1, 3 * EDU_CHUNK_MS), 0);
	CHECK(do_cancel(s.loop.rx, &cancelled) == 0);
	CHECK_EQ(cancelled, 1);
	CHECK_EQ(poll(&pfd, 1, 0), 1);
	CHECK(do_wait(s.loop.rx, &done, 0) == 0);
	CHECK_EQ(done.cookie, 42);
	CHECK_EQ(done.status, -ECANCELED);
	CHECK_EQ(done.length, 0);
	rig_close(&s);
}

static void what_was_moved_is_said(void)
{
	struct dmaspan_completion done;
	uint32_t cancelled;
	struct rig s;

	rig_open(&s, DMASPAN_KIND_CACHED);
	fill(s.out.data, 200, 6);
	play(&s.loop, &s.out, 0, 200);
	CHECK(do_submit(s.loop.rx, s.in.map.out_mapping, 0, 2 * PAGE, 1) == 0);
	msleep(8 * EDU_CHUNK_MS);
	CHECK(do_cancel(s.loop.rx, &cancelled) == 0);
	CHECK_EQ(cancelled, 1);
	CHECK(do_wait(s.loop.rx, &done, 0) == 0);
	CHECK_EQ(done.status, -ECANCELED);
	/* For certain: no more than there was, and what is claimed is there. */
	CHECK(done.length <= 200);
	if (is_bounce() && done.length)
		CHECK(do_sync(s.node, s.in.map.out_mapping, DMASPAN_SYNC_FOR_CPU, 0,
			      done.length) == 0);
	CHECK(filled(s.in.data, done.length, 6));
	rig_close(&s);
}

static void the_device_no_longer_writes(void)
{
	struct dmaspan_completion done;
	uint32_t cancelled;
	struct rig s;

	rig_open(&s, DMASPAN_KIND_CACHED);
	CHECK(do_submit(s.loop.rx, s.in.map.out_mapping, 0, 64, 1) == 0);
	CHECK(do_cancel(s.loop.rx, &cancelled) == 0);
	CHECK(do_wait(s.loop.rx, &done, 0) == 0);
	memset(s.out.data, 0x99, 64);
	play(&s.loop, &s.out, 0, 64);
	msleep(3 * EDU_CHUNK_MS);
	if (is_bounce())
		CHECK(do_sync(s.node, s.in.map.out_mapping, DMASPAN_SYNC_FOR_CPU, 0,
			      PAGE) == 0);
	CHECK(all_zero(s.in.data, s.in.length));
	/* What was played is still in the FIFO. */
	capture(&s.loop, &s.in, PAGE, 64);
	CHECK(!memcmp(s.in.data + PAGE, s.out.data, 64));
	rig_close(&s);
}

static void works_afterwards(void)
{
	struct dmaspan_completion done;
	uint32_t cancelled;
	struct rig s;

	rig_open(&s, DMASPAN_KIND_CACHED);
	for (unsigned int round = 0; round < 3; round++) {
		CHECK(do_submit(s.loop.rx, s.in.map.out_mapping, 0, 2 * PAGE, 1) == 0);
		CHECK(do_cancel(s.loop.rx, &cancelled) == 0);
		CHECK_EQ(cancelled, 1);
		CHECK(do_wait(s.loop.rx, &done, 0) == 0);
		fill(s.out.data, 100, round);
		play(&s.loop, &s.out, 0, 100);
		capture(&s.loop, &s.in, 5, 100);
		CHECK(filled(s.in.data + 5, 100, round));
	}
	rig_close(&s);
}

static void while_the_hardware_moves(void)
{
	struct dmaspan_completion done;
	uint32_t cancelled;
	struct rig s;

	rig_open(&s, DMASPAN_KIND_CACHED);
	CHECK(do_submit(s.loop.tx, s.out.map.out_mapping, 0, EDU_CHUNK, 1) == 0);
	CHECK(do_cancel(s.loop.tx, &cancelled) == 0);
	CHECK(cancelled <= 1);
	CHECK(do_wait(s.loop.tx, &done, 0) == 0);
	CHECK_EQ(done.status, cancelled ? -ECANCELED : 0);
	/* The engine has stopped: the memory can be taken away at once. */
	CHECK(do_unmap(s.node, s.out.map.out_mapping) == 0);
	CHECK(do_map(s.node, s.out.fd, DMASPAN_TO_DEVICE, &s.out.map) == 0);
	rig_close(&s);
}

static void closing_stops(void)
{
	int node = node_open(O_RDWR), fd;
	struct span span;

	for (int round = 0; round < 3; round++) {
		span_open(&span, node, DMASPAN_KIND_CACHED, DMASPAN_FROM_DEVICE, PAGE);
		CHECK(do_channel_open(node, "rx", O_CLOEXEC, &fd) == 0);
		for (int i = 0; i < 5; i++)
			CHECK(do_submit(fd, span.map.out_mapping, 0, 100, 0) == 0);
		close(fd);
		span_close(&span);
		CHECK(used_becomes(0));
	}
	close(node);
}

static void buffer_goes_with_the_last_transfer(void)
{
	int node = node_open(O_RDWR), fd;
	struct span span;

	span_open(&span, node, DMASPAN_KIND_CACHED, DMASPAN_FROM_DEVICE, PAGE);
	CHECK(do_channel_open(node, "rx", O_CLOEXEC, &fd) == 0);
	CHECK(do_submit(fd, span.map.out_mapping, 0, 100, 0) == 0);
	munmap(span.data, PAGE);
	close(span.fd);
	close(node);
	CHECK_EQ(used_bytes(), PAGE + map_charge(PAGE));
	close(fd);
	CHECK(used_becomes(0));
}

static void opening_tx_empties_the_fifo(void)
{
	struct dmaspan_completion done;
	struct pollfd pfd = { .events = POLLIN };
	uint32_t cancelled;
	struct rig s;

	rig_open(&s, DMASPAN_KIND_CACHED);
	fill(s.out.data, 64, 1);
	play(&s.loop, &s.out, 0, 64);
	close(s.loop.tx);
	CHECK(do_channel_open(s.node, "tx", O_CLOEXEC, &s.loop.tx) == 0);
	CHECK(do_submit(s.loop.rx, s.in.map.out_mapping, 0, 64, 0) == 0);
	pfd.fd = s.loop.rx;
	CHECK_EQ(poll(&pfd, 1, 5 * EDU_CHUNK_MS), 0);
	CHECK(do_cancel(s.loop.rx, &cancelled) == 0);
	CHECK(do_wait(s.loop.rx, &done, 0) == 0);
	CHECK_EQ(done.length, 0);
	rig_close(&s);
}

static const struct test_case cases[] = {
	CASE(nothing_to_cancel),
	CASE(a_waiting_transfer),
	CASE(what_was_moved_is_said),
	CASE(the_device_no_longer_writes),
	CASE(works_afterwards),
	CASE(while_the_hardware_moves),
	CASE(closing_stops),
	CASE(buffer_goes_with_the_last_transfer),
	CASE(opening_tx_empties_the_fifo),
};

TEST_MAIN(cases)
