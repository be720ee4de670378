// SPDX-License-Identifier: MIT
/* A full fd table: EMFILE, and nothing taken. */
#include <sys/resource.h>

#include "harness.h"

static int fill_table(int *fds, int most)
{
	struct rlimit limit = { .rlim_cur = 64, .rlim_max = 64 };
	int count = 0;

	CHECK(setrlimit(RLIMIT_NOFILE, &limit) == 0);
	while (count < most && (fds[count] = dup(STDIN_FILENO)) >= 0)
		count++;
	CHECK_EQ(errno, EMFILE);
	return count;
}

static void empty_table(const int *fds, int count)
{
	while (count--)
		close(fds[count]);
}

/* One fd open all along: a file of sysfs cannot be opened in between. */
static uint64_t used_now(int node)
{
	struct dmaspan_info info;

	CHECK(do_info(node, &info) == 0);
	return info.out_used;
}

static void alloc(void)
{
	int node = node_open(O_RDWR), fds[64], count, fd = -7;

	for (uint32_t kind = 0; kind < 3; kind++) {
		count = fill_table(fds, 64);
		for (int i = 0; i < 10; i++)
			CHECK_ERRNO(do_alloc(node, kind, 4 * PAGE, &fd), EMFILE);
		CHECK_EQ(fd, -7);
		CHECK_EQ(used_now(node), 0);
		close(fds[--count]);
		CHECK(do_alloc(node, kind, 4 * PAGE, &fd) == 0);
		CHECK_EQ(fd, fds[count]);
		close(fd);
		empty_table(fds, count);
		fd = -7;
	}
	close(node);
}

static void channel(void)
{
	int node = node_open(O_RDWR), fds[64], count, fd = -7;
	struct dmaspan_channel_info info;

	count = fill_table(fds, 64);
	for (int i = 0; i < 10; i++)
		CHECK_ERRNO(do_channel_open(node, "tx", O_CLOEXEC, &fd), EMFILE);
	for (uint32_t i = 0; i < 2; i++) {
		CHECK(do_channel_info(node, i, &info) == 0);
		CHECK_EQ(info.out_flags, 0);
	}
	close(fds[--count]);
	CHECK(do_channel_open(node, "tx", O_CLOEXEC, &fd) == 0);
	close(fd);
	empty_table(fds, count);
	close(node);
}

static void commands_without_an_fd(void)
{
	int node = node_open(O_RDWR), fds[64], count;
	struct span span;

	span_open(&span, node, 0, DMASPAN_TO_DEVICE, PAGE);
	count = fill_table(fds, 64);
	CHECK(do_unmap(node, span.map.out_mapping) == 0);
	CHECK(do_map(node, span.fd, DMASPAN_TO_DEVICE, &span.map) == 0);
	CHECK(do_sync(node, span.map.out_mapping, DMASPAN_SYNC_FOR_CPU, 0, PAGE) == 0);
	empty_table(fds, count);
	span_close(&span);
	close(node);
}

static const struct test_case cases[] = {
	CASE(alloc),
	CASE(channel),
	CASE(commands_without_an_fd),
};

TEST_MAIN(cases)
