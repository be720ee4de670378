// SPDX-License-Identifier: MIT
/* vmsplice() of a buffer's view into a pipe: the pages themselves. */
#include <sys/uio.h>

#include "harness.h"

#define LENGTH	(8 * PAGE)

static void read_all(int from, unsigned char *to, size_t length)
{
	for (size_t got = 0; got < length;) {
		ssize_t n = read(from, to + got, length - got);

		CHECK(n > 0);
		got += (size_t)n;
	}
}

static void without_a_copy(void)
{
	int node = node_open(O_RDWR), fd, ends[2];
	unsigned char copy[LENGTH];
	struct iovec iov;

	CHECK(pipe2(ends, O_CLOEXEC) == 0);
	CHECK(do_alloc(node, DMASPAN_KIND_CACHED, LENGTH, &fd) == 0);
	iov = (struct iovec) { view(fd, LENGTH), LENGTH };
	fill(iov.iov_base, LENGTH, 1);
	CHECK_EQ(vmsplice(ends[1], &iov, 1, 0), LENGTH);
	/* What is written after the call shows: nobody has copied. */
	fill(iov.iov_base, LENGTH, 2);
	read_all(ends[0], copy, LENGTH);
	CHECK(filled(copy, LENGTH, 2));
	munmap(iov.iov_base, LENGTH);
	close(fd);
	close(ends[0]);
	close(ends[1]);
	close(node);
}

static void to_a_file(void)
{
	int node = node_open(O_RDWR), fd, ends[2], file;
	unsigned char copy[LENGTH];
	struct iovec iov;

	file = open(DISK_DIR "/vmsplice", O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	CHECK(file >= 0);
	CHECK(pipe2(ends, O_CLOEXEC) == 0);
	CHECK(do_alloc(node, DMASPAN_KIND_CACHED, LENGTH, &fd) == 0);
	iov = (struct iovec) { view(fd, LENGTH), LENGTH };
	fill(iov.iov_base, LENGTH, 3);
	CHECK_EQ(vmsplice(ends[1], &iov, 1, 0), LENGTH);
	for (size_t done = 0; done < LENGTH;) {
		ssize_t n = splice(ends[0], NULL, file, NULL, LENGTH - done, 0);

		CHECK(n > 0);
		done += (size_t)n;
	}
	CHECK_EQ(pread(file, copy, LENGTH, 0), LENGTH);
	CHECK(filled(copy, LENGTH, 3));
	munmap(iov.iov_base, LENGTH);
	close(fd);
	close(file);
	close(ends[0]);
	close(ends[1]);
	close(node);
}

static void pages_outlive_the_buffer(void)
{
	int node = node_open(O_RDWR), fd, ends[2];
	unsigned char copy[LENGTH];
	struct iovec iov;

	CHECK(pipe2(ends, O_CLOEXEC) == 0);
	CHECK(do_alloc(node, DMASPAN_KIND_CACHED, LENGTH, &fd) == 0);
	iov = (struct iovec) { view(fd, LENGTH), LENGTH };
	fill(iov.iov_base, LENGTH, 4);
	CHECK_EQ(vmsplice(ends[1], &iov, 1, 0), LENGTH);
	munmap(iov.iov_base, LENGTH);
	close(fd);
	CHECK(used_becomes(0));
	/* Others get memory meanwhile: it must not be this. */
	CHECK(do_alloc(node, DMASPAN_KIND_CACHED, 8 * MIB, &fd) == 0);
	iov.iov_base = view(fd, 8 * MIB);
	memset(iov.iov_base, 0xee, 8 * MIB);
	read_all(ends[0], copy, LENGTH);
	CHECK(filled(copy, LENGTH, 4));
	munmap(iov.iov_base, 8 * MIB);
	close(fd);
	close(ends[0]);
	close(ends[1]);
	close(node);
}

static void device_memory_is_refused(void)
{
	int node = node_open(O_RDWR), fd, ends[2];
	struct iovec iov;

	CHECK(pipe2(ends, O_CLOEXEC) == 0);
	CHECK(do_alloc(node, DMASPAN_KIND_WC, PAGE, &fd) == 0);
	iov = (struct iovec) { view(fd, PAGE), PAGE };
	CHECK_ERRNO(vmsplice(ends[1], &iov, 1, 0), EFAULT);
	munmap(iov.iov_base, PAGE);
	close(fd);
	close(ends[0]);
	close(ends[1]);
	close(node);
}

static const struct test_case cases[] = {
	CASE(without_a_copy),
	CASE(to_a_file),
	CASE(pages_outlive_the_buffer),
	CASE(device_memory_is_refused),
};

TEST_MAIN(cases)
