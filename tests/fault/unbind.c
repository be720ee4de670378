// SPDX-License-Identifier: MIT
/* The device is taken from its driver while programs use it.  timeout: 120 */
#include <signal.h>

#include "harness.h"

#define DIRECTIONS	3

static struct rig rig;

/* What anybody who still holds something gets */
static void all_commands_say_gone(void)
{
	struct dmaspan_channel_info channel_info;
	struct dmaspan_buffer_info buffer_info;
	struct dmaspan_completion done;
	struct dmaspan_segment segment;
	struct dmaspan_info info;
	struct dmaspan_map map;
	uint32_t id = rig.out.map.out_mapping, count;
	int node = rig.node, fd;

	CHECK_ERRNO(do_info(node, &info), ENODEV);
	CHECK_ERRNO(do_channel_info(node, 0, &channel_info), ENODEV);
	CHECK_ERRNO(do_buffer_info(node, rig.out.fd, &buffer_info), ENODEV);
	CHECK_ERRNO(do_alloc(node, 0, PAGE, &fd), ENODEV);
	CHECK_ERRNO(do_map(node, rig.out.fd, DMASPAN_TO_DEVICE, &map), ENODEV);
	CHECK_ERRNO(do_segments(node, id, &segment, 1, &count), ENODEV);
	CHECK_ERRNO(do_sync(node, id, DMASPAN_SYNC_FOR_CPU, 0, PAGE), ENODEV);
	CHECK_ERRNO(do_unmap(node, id), ENODEV);
	CHECK_ERRNO(do_channel_open(node, "tx", O_CLOEXEC, &fd), ENODEV);
	CHECK_ERRNO(do_submit(rig.loop.tx, id, 0, 16, 0), ENODEV);
	CHECK_ERRNO(do_cancel(rig.loop.tx, &count), ENODEV);
	CHECK_ERRNO(read(rig.loop.tx, &done, sizeof(done)), ENODEV);
	CHECK_ERRNO(open(NODE_PATH, O_RDWR), ENOENT);
}

static void works_again(void)
{
	bind_device();
	device_works();
}

static void with_live_mappings(void)
{
	struct dmaspan_map more[DIRECTIONS];

	rig_open(&rig, DMASPAN_KIND_CACHED);
	for (uint32_t i = 0; i < DIRECTIONS; i++)
		CHECK(do_map(rig.node, rig.out.fd, i, &more[i]) == 0);
	unbind_device();
	all_commands_say_gone();
	rig_drop(&rig);
	works_again();
}

static void with_transfers_in_flight(void)
{
	struct pollfd pfd = { .events = POLLIN };
	struct dmaspan_completion done[8];
	ssize_t n;

	rig_open(&rig, DMASPAN_KIND_CACHED);
	for (uint64_t i = 0; i < 4; i++)
		CHECK(do_submit(rig.loop.tx, rig.out.map.out_mapping, 0, EDU_CHUNK, i) == 0);
	CHECK(do_submit(rig.loop.rx, rig.in.map.out_mapping, 0, 4 * PAGE, 0) == 0);
	unbind_device();
	pfd.fd = rig.loop.tx;
	CHECK_EQ(poll(&pfd, 1, 0), 1);
	CHECK(pfd.revents & POLLHUP);
	CHECK(pfd.revents & POLLIN);
	/* Each is completed once; then there is no more. */
	n = read(rig.loop.tx, done, sizeof(done));
	CHECK_EQ(n, 4 * sizeof(done[0]));
	for (uint64_t i = 0; i < 4; i++) {
		CHECK_EQ(done[i].cookie, i);
		CHECK(done[i].status == 0 || done[i].status == -ENODEV);
		CHECK(done[i].length <= EDU_CHUNK);
	}
	CHECK_EQ(done[3].status, -ENODEV);
	CHECK_ERRNO(read(rig.loop.tx, done, sizeof(done)), ENODEV);
	all_commands_say_gone();
	CHECK_EQ(read(rig.loop.rx, done, sizeof(done)), sizeof(done[0]));
	CHECK_EQ(done[0].status, -ENODEV);
	CHECK_ERRNO(read(rig.loop.rx, done, sizeof(done)), ENODEV);
	rig_drop(&rig);
	works_again();
}

static void wait_in_poll(void *arg)
{
	struct pollfd pfd = { .fd = rig.loop.rx, .events = POLLIN };

	(void)arg;
	_exit(poll(&pfd, 1, WAIT_MS) == 1 && pfd.revents & POLLHUP ? 1 : 255);
}

static void waiters_wake_at_once(void)
{
	pid_t reader, poller;
	uint64_t start;

	rig_open(&rig, DMASPAN_KIND_CACHED);
	reader = spawn_reader(rig.loop.rx);
	poller = spawn(wait_in_poll, NULL);
	msleep(500);
	start = now_ns();
	unbind_device();
	CHECK_EQ(reap(reader), ENODEV);
	CHECK_EQ(reap(poller), 1);
	CHECK(now_ns() - start < 3000000000ULL);
	rig_drop(&rig);
	works_again();
}

static void pages_live_on(void)
{
	unsigned char *again;

	rig_open(&rig, DMASPAN_KIND_CACHED);
	fill(rig.out.data, RIG_LENGTH, 4);
	unbind_device();
	CHECK(filled(rig.out.data, RIG_LENGTH, 4));
	fill(rig.out.data, RIG_LENGTH, 5);
	again = view(rig.out.fd, RIG_LENGTH);
	CHECK(filled(again, RIG_LENGTH, 5));
	munmap(again, RIG_LENGTH);
	rig_drop(&rig);
	works_again();
}

static void touch(void *page)
{
	*(volatile unsigned char *)page = 1;
}

static void device_memory_goes(uint32_t kind)
{
	struct dmaspan_buffer_info info;
	struct span span;
	bool its_own;
	void *more;
	int node = node_open(O_RDWR);

	span_open(&span, node, kind, DMASPAN_BIDIRECTIONAL, 4 * PAGE);
	CHECK(do_buffer_info(node, span.fd, &info) == 0);
	its_own = !(info.out_flags & DMASPAN_BUFFER_DIRECT_IO);
	CHECK_EQ(its_own, kind == DMASPAN_KIND_WC || is_bounce());
	fill(span.data, PAGE, 1);
	unbind_device();
	if (its_own) {
		CHECK_EQ(signal_of(touch, span.data), SIGBUS);
		CHECK_EQ(signal_of(touch, span.data + 3 * PAGE), SIGBUS);
		more = mmap(NULL, PAGE, PROT_READ, MAP_SHARED, span.fd, 0);
		CHECK(more == MAP_FAILED);
	} else {
		CHECK(filled(span.data, PAGE, 1));
		CHECK_EQ(signal_of(touch, span.data), 0);
	}
	bind_device();
	close(node);
	/* A new device of that name is another device. */
	node = node_open(O_RDWR);
	CHECK(do_buffer_info(node, span.fd, &info) == 0);
	CHECK_EQ(!!(info.out_flags & DMASPAN_BUFFER_GONE), its_own);
	if (its_own) {
		struct dmaspan_map map;

		CHECK_ERRNO(do_map(node, span.fd, DMASPAN_TO_DEVICE, &map), ENODEV);
		CHECK_EQ(signal_of(touch, span.data), SIGBUS);
	}
	munmap(span.data, span.length);
	close(span.fd);
	close(node);
}

static void coherent_memory_goes(void)
{
	device_memory_goes(DMASPAN_KIND_COHERENT);
}

static void wc_memory_goes(void)
{
	device_memory_goes(DMASPAN_KIND_WC);
}

static void again_and_again(void)
{
	for (int round = 0; round < 5; round++) {
		rig_open(&rig, (uint32_t)round % 3);
		CHECK(do_submit(rig.loop.rx, rig.in.map.out_mapping, 0, 64, 0) == 0);
		unbind_device();
		rig_drop(&rig);
		bind_device();
	}
	CHECK_EQ(used_bytes(), 0);
}

static void map_bounce_memory(int node, size_t count)
{
	struct dmaspan_map map;
	int fd;

	CHECK(do_alloc(node, DMASPAN_KIND_CACHED, 4 * MIB, &fd) == 0);
	for (size_t i = 0; i < count; i++)
		CHECK(do_map(node, fd, DMASPAN_TO_DEVICE, &map) == 0);
	close(fd);
}

/* Who keeps a dead node open keeps nobody from it. */
static void bounce_memory_comes_back(void)
{
	const size_t all = BOUNCE_MEMORY / 2 / (4 * MIB);
	int dead, node;

	if (!is_bounce())
		test_skip("nothing is bounced");
	dead = node_open(O_RDWR);
	map_bounce_memory(dead, all);
	unbind_device();
	bind_device();
	node = node_open(O_RDWR);
	map_bounce_memory(node, all);
	close(node);
	close(dead);
}

static const struct test_case cases[] = {
	CASE(with_live_mappings),
	CASE(with_transfers_in_flight),
	CASE(waiters_wake_at_once),
	CASE(pages_live_on),
	CASE(coherent_memory_goes),
	CASE(wc_memory_goes),
	CASE(again_and_again),
	CASE(bounce_memory_comes_back),
};

TEST_MAIN(cases)
