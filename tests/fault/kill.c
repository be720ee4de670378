// SPDX-License-Identifier: MIT
/* kill -9 cleans up everything. */
#include <signal.h>
#include <sys/socket.h>

#include "trace.h"

#define REFUSED	"dmaspan/dmaspan_refused"

static int ready[2];

static void hold_everything(void *arg)
{
	const bool fly = arg;
	struct dmaspan_completion done;
	struct span span[3];
	struct loop loop;
	int node = node_open(O_RDWR);

	for (uint32_t kind = 0; kind < 3; kind++)
		span_open(&span[kind], node, kind, DMASPAN_BIDIRECTIONAL, MIB);
	loop_open(&loop, node);
	if (fly) {
		for (int i = 0; i < 50; i++) {
			CHECK(do_submit(loop.tx, span[0].map.out_mapping, 0, 8000, 0) == 0);
			CHECK(do_submit(loop.rx, span[1].map.out_mapping, 0, 8000, 0) == 0);
		}
	}
	CHECK_EQ(write(ready[1], "+", 1), 1);
	CHECK(read(fly ? loop.tx : loop.rx, &done, sizeof(done)) > 0);
	for (;;)
		pause();
}

static void killed(bool fly)
{
	struct dmaspan_channel_info info;
	int node = node_open(O_RDWR);
	char byte;

	CHECK(pipe2(ready, O_CLOEXEC) == 0);
	for (int round = 0; round < 4; round++) {
		pid_t pid = spawn(hold_everything, (void *)(uintptr_t)fly);

		CHECK_EQ(read(ready[0], &byte, 1), 1);
		CHECK_EQ(used_bytes(), 3 * (MIB + map_charge(MIB)));
		msleep((unsigned int)round * EDU_CHUNK_MS * 2 / 3);
		kill(pid, SIGKILL);
		CHECK_EQ(reap(pid), 128 + SIGKILL);
		CHECK(used_becomes(0));
		for (uint32_t i = 0; i < 2; i++) {
			CHECK(do_channel_info(node, i, &info) == 0);
			CHECK_EQ(info.out_flags, 0);
		}
	}
	close(ready[0]);
	close(ready[1]);
	close(node);
}

static void while_it_waits(void)
{
	killed(false);
}

static void with_transfers_in_flight(void)
{
	killed(true);
}

static void allocate_for_ever(void *arg)
{
	int node = node_open(O_RDWR), fd;

	(void)arg;
	for (;;) {
		CHECK(do_alloc(node, DMASPAN_KIND_CACHED, 32 * MIB, &fd) == 0);
		close(fd);
	}
}

/* ALLOC does not go on to its end. */
static void while_it_allocates(void)
{
	unsigned int rounds = 0, given_up = 0;

	if (access(TRACING "events", F_OK))
		test_skip("the kernel has no trace events");
	trace_set(REFUSED, true);
	while (rounds < 10 || (!given_up && rounds < 100)) {
		pid_t pid;

		trace_empty();
		pid = spawn(allocate_for_ever, NULL);
		msleep(20 + rounds++ % 10 * 7);
		kill(pid, SIGKILL);
		CHECK_EQ(reap(pid), 128 + SIGKILL);
		CHECK(used_becomes(0));
		given_up += !!strstr(trace_text(), " alloc errno=4 ");
	}
	trace_set(REFUSED, false);
	test_note("%u of %u were allocating", given_up, rounds);
	CHECK(given_up);
}

/* The machine works afterwards. */
static void then_all_is_well(void)
{
	device_works();
}

static const struct test_case cases[] = {
	CASE(while_it_waits),
	CASE(with_transfers_in_flight),
	CASE(while_it_allocates),
	CASE(then_all_is_well),
};

TEST_MAIN(cases)
