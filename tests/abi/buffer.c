// SPDX-License-Identifier: MIT
/* BUFFER_INFO, and a buffer's life beyond its node. */
#include "harness.h"

static bool page_backed(uint32_t kind)
{
	return kind == DMASPAN_KIND_CACHED ||
	       (kind == DMASPAN_KIND_COHERENT && !is_bounce());
}

static void facts(uint32_t kind)
{
	int node = node_open(O_RDWR), fd;
	struct dmaspan_buffer_info info;

	CHECK(do_alloc(node, kind, 5 * PAGE, &fd) == 0);
	CHECK(do_buffer_info(node, fd, &info) == 0);
	CHECK_EQ(info.out_kind, kind);
	CHECK_EQ(info.out_length, 5 * PAGE);
	CHECK(info.out_extents >= 1 && info.out_extents <= 5);
	CHECK_EQ(info.out_mappings, 0);
	CHECK_EQ(info.out_attachments, 0);
	CHECK_EQ(info.out_huge, 0);
	CHECK_EQ(!!(info.out_flags & DMASPAN_BUFFER_DIRECT_IO), page_backed(kind));
	CHECK(!(info.out_flags & DMASPAN_BUFFER_GONE));
	if (kind != DMASPAN_KIND_WC)
		CHECK(info.out_flags & DMASPAN_BUFFER_CPU_CACHED);
	close(fd);
	close(node);
}

static void facts_cached(void)
{
	facts(DMASPAN_KIND_CACHED);
}

static void facts_coherent(void)
{
	facts(DMASPAN_KIND_COHERENT);
}

static void facts_wc(void)
{
	facts(DMASPAN_KIND_WC);
}

static void direct_io_is_told_truly(void)
{
	int node = node_open(O_RDWR), fd, file;
	struct dmaspan_buffer_info info;
	unsigned char *data;
	ssize_t n;

	file = open(DISK_DIR "/told", O_RDWR | O_CREAT | O_DIRECT | O_CLOEXEC, 0600);
	CHECK(file >= 0);
	for (uint32_t kind = 0; kind < 3; kind++) {
		CHECK(do_alloc(node, kind, PAGE, &fd) == 0);
		CHECK(do_buffer_info(node, fd, &info) == 0);
		data = view(fd, PAGE);
		fill(data, PAGE, kind);
		errno = 0;
		n = pwrite(file, data, PAGE, 0);
		if (info.out_flags & DMASPAN_BUFFER_DIRECT_IO) {
			CHECK_EQ(n, PAGE);
		} else {
			CHECK_EQ(n, -1);
			CHECK_EQ(errno, EFAULT);
		}
		munmap(data, PAGE);
		close(fd);
	}
	close(file);
	unlink(DISK_DIR "/told");
	close(node);
}

static void mappings_are_counted(void)
{
	int one = node_open(O_RDWR), two = node_open(O_RDWR), fd;
	struct dmaspan_buffer_info info;
	struct dmaspan_map map[3];

	CHECK(do_alloc(one, DMASPAN_KIND_CACHED, PAGE, &fd) == 0);
	CHECK(do_map(one, fd, DMASPAN_TO_DEVICE, &map[0]) == 0);
	CHECK(do_map(one, fd, DMASPAN_FROM_DEVICE, &map[1]) == 0);
	CHECK(do_map(two, fd, DMASPAN_BIDIRECTIONAL, &map[2]) == 0);
	CHECK(do_buffer_info(two, fd, &info) == 0);
	CHECK_EQ(info.out_mappings, 3);
	CHECK(do_unmap(one, map[0].out_mapping) == 0);
	CHECK(do_buffer_info(two, fd, &info) == 0);
	CHECK_EQ(info.out_mappings, 2);
	close(one);
	CHECK(do_buffer_info(two, fd, &info) == 0);
	CHECK_EQ(info.out_mappings, 1);
	close(fd);
	close(two);
}

static void wrong_fds(void)
{
	int node = node_open(O_RDWR), fd, channel, ends[2];
	struct dmaspan_buffer_info info;
	struct dmaspan_map map;

	CHECK(do_channel_open(node, "tx", O_CLOEXEC, &channel) == 0);
	CHECK(pipe2(ends, O_CLOEXEC) == 0);
	CHECK(do_alloc(node, 0, PAGE, &fd) == 0);
	close(fd);
	CHECK_ERRNO(do_buffer_info(node, fd, &info), EBADF);
	CHECK_ERRNO(do_buffer_info(node, -1, &info), EBADF);
	CHECK_ERRNO(do_buffer_info(node, INT32_MIN, &info), EBADF);
	CHECK_ERRNO(do_buffer_info(node, INT32_MAX, &info), EBADF);
	CHECK_ERRNO(do_buffer_info(node, node, &info), EINVAL);
	CHECK_ERRNO(do_buffer_info(node, channel, &info), EINVAL);
	CHECK_ERRNO(do_buffer_info(node, ends[0], &info), EINVAL);
	CHECK_ERRNO(do_map(node, fd, 0, &map), EBADF);
	CHECK_ERRNO(do_map(node, node, 0, &map), EINVAL);
	CHECK_ERRNO(do_map(node, ends[1], 0, &map), EINVAL);
	close(ends[0]);
	close(ends[1]);
	close(channel);
	close(node);
}

static void outlives_its_node(void)
{
	int node = node_open(O_RDWR), fd;
	struct dmaspan_buffer_info info;
	struct dmaspan_map map;
	unsigned char *data;

	CHECK(do_alloc(node, DMASPAN_KIND_CACHED, 2 * PAGE, &fd) == 0);
	CHECK(do_map(node, fd, DMASPAN_TO_DEVICE, &map) == 0);
	close(node);
	CHECK_EQ(used_bytes(), 2 * PAGE);
	data = view(fd, 2 * PAGE);
	fill(data, 2 * PAGE, 1);
	node = node_open(O_RDWR);
	CHECK(do_buffer_info(node, fd, &info) == 0);
	CHECK_EQ(info.out_mappings, 0);
	CHECK_ERRNO(do_unmap(node, map.out_mapping), ENOENT);
	CHECK(do_map(node, fd, DMASPAN_TO_DEVICE, &map) == 0);
	CHECK(filled(data, 2 * PAGE, 1));
	munmap(data, 2 * PAGE);
	close(fd);
	CHECK_EQ(used_bytes(), 2 * PAGE + map_charge(2 * PAGE));
	CHECK(do_unmap(node, map.out_mapping) == 0);
	CHECK(used_becomes(0));
	close(node);
}

static void view_outlives_its_fd(void)
{
	int node = node_open(O_RDWR), fd;
	unsigned char *data;

	for (uint32_t kind = 0; kind < 3; kind++) {
		CHECK(do_alloc(node, kind, 2 * PAGE, &fd) == 0);
		data = view(fd, 2 * PAGE);
		close(fd);
		fill(data, 2 * PAGE, kind);
		CHECK(filled(data, 2 * PAGE, kind));
		CHECK_EQ(used_bytes(), 2 * PAGE);
		munmap(data, 2 * PAGE);
		CHECK(used_becomes(0));
	}
	close(node);
}

static void takes_no_command(void)
{
	struct dmaspan_info info = { .size = sizeof(info) };
	int node = node_open(O_RDWR), fd;

	CHECK(do_alloc(node, 0, PAGE, &fd) == 0);
	CHECK_ERRNO(ioctl(fd, DMASPAN_INFO, &info), ENOTTY);
	close(fd);
	close(node);
}

static const struct test_case cases[] = {
	CASE(facts_cached),
	CASE(facts_coherent),
	CASE(facts_wc),
	CASE(direct_io_is_told_truly),
	CASE(mappings_are_counted),
	CASE(wrong_fds),
	CASE(outlives_its_node),
	CASE(view_outlives_its_fd),
	CASE(takes_no_command),
};

TEST_MAIN(cases)
