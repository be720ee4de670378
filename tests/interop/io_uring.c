// SPDX-License-Identifier: MIT
/* io_uring with a buffer's view as registered (fixed) buffer. */
#include <liburing.h>

#include "harness.h"

#define LENGTH	MIB
#define PIECES	8

static const char path[] = DISK_DIR "/io_uring";

static int complete(struct io_uring *ring)
{
	struct io_uring_cqe *cqe;
	int ret;

	CHECK_EQ(io_uring_wait_cqe(ring, &cqe), 0);
	ret = cqe->res;
	io_uring_cqe_seen(ring, cqe);
	return ret;
}

static void fixed(struct io_uring *ring, int file, unsigned char *data, bool writes)
{
	const size_t each = LENGTH / PIECES;

	for (unsigned int i = 0; i < PIECES; i++) {
		struct io_uring_sqe *sqe = io_uring_get_sqe(ring);

		CHECK(sqe);
		if (writes)
			io_uring_prep_write_fixed(sqe, file, data + i * each, each,
						  i * each, 0);
		else
			io_uring_prep_read_fixed(sqe, file, data + i * each, each,
						 i * each, 0);
	}
	CHECK_EQ(io_uring_submit(ring), PIECES);
	for (unsigned int i = 0; i < PIECES; i++)
		CHECK_EQ(complete(ring), each);
}

static void register_view(struct io_uring *ring, const struct iovec *iov)
{
	int ret = io_uring_register_buffers(ring, iov, 1);

	if (ret == -EOPNOTSUPP)
		test_skip("this kernel registers no memory that a file is behind");
	CHECK_EQ(ret, 0);
}

static void writes_and_reads(void)
{
	int node = node_open(O_RDWR), file, fd;
	struct io_uring ring;
	struct iovec iov;

	file = open(path, O_RDWR | O_CREAT | O_TRUNC | O_DIRECT | O_CLOEXEC, 0600);
	CHECK(file >= 0);
	CHECK(do_alloc(node, DMASPAN_KIND_CACHED, LENGTH, &fd) == 0);
	iov = (struct iovec) { view(fd, LENGTH), LENGTH };
	CHECK_EQ(io_uring_queue_init(PIECES, &ring, 0), 0);
	register_view(&ring, &iov);

	fill(iov.iov_base, LENGTH, 1);
	fixed(&ring, file, iov.iov_base, true);
	memset(iov.iov_base, 0, LENGTH);
	fixed(&ring, file, iov.iov_base, false);
	CHECK(filled(iov.iov_base, LENGTH, 1));

	io_uring_queue_exit(&ring);
	munmap(iov.iov_base, LENGTH);
	close(fd);
	close(file);
	close(node);
}

/* Any file, and no registration: every kernel can */
static void unregistered(void)
{
	int node = node_open(O_RDWR), file, fd;
	struct io_uring_sqe *sqe;
	struct io_uring ring;
	unsigned char *data;

	file = open(path, O_RDWR | O_CREAT | O_TRUNC | O_DIRECT | O_CLOEXEC, 0600);
	CHECK(file >= 0);
	CHECK(do_alloc(node, DMASPAN_KIND_CACHED, LENGTH, &fd) == 0);
	data = view(fd, LENGTH);
	fill(data, LENGTH, 3);
	CHECK_EQ(io_uring_queue_init(PIECES, &ring, 0), 0);
	sqe = io_uring_get_sqe(&ring);
	io_uring_prep_write(sqe, file, data, LENGTH, 0);
	CHECK_EQ(io_uring_submit(&ring), 1);
	CHECK_EQ(complete(&ring), LENGTH);
	memset(data, 0, LENGTH);
	sqe = io_uring_get_sqe(&ring);
	io_uring_prep_read(sqe, file, data, LENGTH, 0);
	CHECK_EQ(io_uring_submit(&ring), 1);
	CHECK_EQ(complete(&ring), LENGTH);
	CHECK(filled(data, LENGTH, 3));
	io_uring_queue_exit(&ring);
	munmap(data, LENGTH);
	close(fd);
	close(file);
	close(node);
}

/* The ring's pins keep the pages, though the buffer and its account are gone. */
static void pinned_beyond_the_buffer(void)
{
	int node = node_open(O_RDWR), file, fd;
	struct io_uring ring;
	unsigned char *copy;
	struct iovec iov;

	file = open(path, O_RDWR | O_CREAT | O_TRUNC | O_DIRECT | O_CLOEXEC, 0600);
	CHECK(file >= 0);
	CHECK(do_alloc(node, DMASPAN_KIND_CACHED, LENGTH, &fd) == 0);
	iov = (struct iovec) { view(fd, LENGTH), LENGTH };
	fill(iov.iov_base, LENGTH, 2);
	CHECK_EQ(io_uring_queue_init(PIECES, &ring, 0), 0);
	register_view(&ring, &iov);
	munmap(iov.iov_base, LENGTH);
	close(fd);
	CHECK(used_becomes(0));
	fixed(&ring, file, iov.iov_base, true);
	io_uring_queue_exit(&ring);

	copy = malloc(LENGTH);
	CHECK(copy);
	CHECK_EQ(pread(file, copy, LENGTH, 0), LENGTH);
	CHECK(filled(copy, LENGTH, 2));
	free(copy);
	close(file);
	close(node);
}

static void device_memory_is_refused(void)
{
	int node = node_open(O_RDWR), fd;
	struct io_uring ring;
	struct iovec iov;

	CHECK(do_alloc(node, DMASPAN_KIND_WC, PAGE, &fd) == 0);
	iov = (struct iovec) { view(fd, PAGE), PAGE };
	CHECK_EQ(io_uring_queue_init(PIECES, &ring, 0), 0);
	CHECK(io_uring_register_buffers(&ring, &iov, 1) < 0);
	io_uring_queue_exit(&ring);
	munmap(iov.iov_base, PAGE);
	close(fd);
	close(node);
}

static const struct test_case cases[] = {
	CASE(unregistered),
	CASE(writes_and_reads),
	CASE(pinned_beyond_the_buffer),
	CASE(device_memory_is_refused),
};

TEST_MAIN(cases)
