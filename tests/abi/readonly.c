// SPDX-License-Identifier: MIT
/* What was opened for reading yields nothing that can be written. */
#include <signal.h>

#include "harness.h"

#define NUM_KINDS	3

static void node_for_reading(void)
{
	int full = node_open(O_RDWR), node = node_open(O_RDONLY), fd;
	struct dmaspan_channel_info channel_info;
	struct dmaspan_buffer_info buffer_info;
	struct dmaspan_segment segment;
	struct dmaspan_info info;
	struct dmaspan_map map;
	uint32_t count;

	CHECK(do_alloc(full, 0, PAGE, &fd) == 0);
	CHECK(do_info(node, &info) == 0);
	CHECK(do_channel_info(node, 0, &channel_info) == 0);
	CHECK(do_buffer_info(node, fd, &buffer_info) == 0);
	close(fd);

	CHECK_ERRNO(do_alloc(node, 0, PAGE, &fd), EACCES);
	CHECK(do_alloc(full, 0, PAGE, &fd) == 0);
	CHECK_ERRNO(do_map(node, fd, DMASPAN_TO_DEVICE, &map), EACCES);
	CHECK_ERRNO(do_segments(node, 1, &segment, 1, &count), EACCES);
	CHECK_ERRNO(do_unmap(node, 1), EACCES);
	CHECK_ERRNO(do_sync(node, 1, DMASPAN_SYNC_FOR_CPU, 0, PAGE), EACCES);
	close(fd);
	CHECK_ERRNO(do_channel_open(node, "tx", O_CLOEXEC, &fd), EACCES);
	close(node);
	close(full);
}

static void a_duplicate_is_no_more(void)
{
	int node = node_open(O_RDONLY), copy, fd;

	copy = fcntl(node, F_DUPFD_CLOEXEC, 0);
	CHECK(copy >= 0);
	CHECK_ERRNO(do_alloc(copy, 0, PAGE, &fd), EACCES);
	CHECK(fcntl(copy, F_SETFL, O_RDWR) == 0);
	CHECK_ERRNO(do_alloc(copy, 0, PAGE, &fd), EACCES);
	close(copy);
	close(node);
}

static void buffer_views(void)
{
	int node = node_open(O_RDWR), fd;
	unsigned char *data;

	for (uint32_t kind = 0; kind < NUM_KINDS; kind++) {
		fd = read_only_buffer(node, kind, PAGE);
		CHECK_ERRNO((long)mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED,
				       fd, 0), EACCES);
		CHECK_ERRNO((long)mmap(NULL, PAGE, PROT_WRITE, MAP_SHARED, fd, 0), EACCES);
		CHECK_ERRNO((long)mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE,
				       fd, 0), EINVAL);
		data = read_only_view(fd, PAGE);
		CHECK(all_zero(data, PAGE));
		CHECK_ERRNO(mprotect(data, PAGE, PROT_READ | PROT_WRITE), EACCES);
		munmap(data, PAGE);
		close(fd);
	}
	close(node);
}

static void write_to(void *page)
{
	*(volatile unsigned char *)page = 1;
}

static void buffer_faults(void)
{
	int node = node_open(O_RDWR), fd;
	void *data;

	for (uint32_t kind = 0; kind < NUM_KINDS; kind++) {
		fd = read_only_buffer(node, kind, PAGE);
		data = read_only_view(fd, PAGE);
		CHECK_EQ(signal_of(write_to, data), SIGSEGV);
		CHECK(all_zero(data, PAGE));
		munmap(data, PAGE);
		close(fd);
	}
	close(node);
}

static void the_kernel_does_not_write_either(void)
{
	int node = node_open(O_RDWR), fd = read_only_buffer(node, 0, PAGE), ends[2];
	unsigned char *data;

	data = read_only_view(fd, PAGE);
	CHECK(pipe2(ends, O_CLOEXEC) == 0);
	CHECK_EQ(write(ends[1], "data", 4), 4);
	CHECK_ERRNO(read(ends[0], data, 4), EFAULT);
	CHECK(all_zero(data, PAGE));
	munmap(data, PAGE);
	close(ends[0]);
	close(ends[1]);
	close(fd);
	close(node);
}

static void buffer_mappings(void)
{
	int node = node_open(O_RDWR), fd, rx;
	struct dmaspan_map map;

	CHECK(do_channel_open(node, "rx", O_CLOEXEC, &rx) == 0);
	for (uint32_t kind = 0; kind < NUM_KINDS; kind++) {
		fd = read_only_buffer(node, kind, PAGE);
		CHECK_ERRNO(do_map(node, fd, DMASPAN_FROM_DEVICE, &map), EACCES);
		CHECK_ERRNO(do_map(node, fd, DMASPAN_BIDIRECTIONAL, &map), EACCES);
		CHECK(do_map(node, fd, DMASPAN_TO_DEVICE, &map) == 0);
		CHECK_ERRNO(do_submit(rx, map.out_mapping, 0, 16, 0), EACCES);
		CHECK(do_unmap(node, map.out_mapping) == 0);
		close(fd);
	}
	close(rx);
	close(node);
}

static void buffer_reopened(void)
{
	int node = node_open(O_RDWR), fd = read_only_buffer(node, 0, PAGE), again;
	char path[64];

	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	again = open(path, O_RDWR);
	CHECK_EQ(again, -1);
	CHECK(fcntl(fd, F_SETFL, O_RDWR) == 0);
	CHECK_ERRNO((long)mmap(NULL, PAGE, PROT_WRITE, MAP_SHARED, fd, 0), EACCES);
	again = fcntl(fd, F_DUPFD_CLOEXEC, 0);
	CHECK_ERRNO((long)mmap(NULL, PAGE, PROT_WRITE, MAP_SHARED, again, 0), EACCES);
	close(again);
	close(fd);
	close(node);
}

static const struct test_case cases[] = {
	CASE(node_for_reading),
	CASE(a_duplicate_is_no_more),
	CASE(buffer_views),
	CASE(buffer_faults),
	CASE(the_kernel_does_not_write_either),
	CASE(buffer_mappings),
	CASE(buffer_reopened),
};

TEST_MAIN(cases)
