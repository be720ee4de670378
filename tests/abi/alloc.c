// SPDX-License-Identifier: MIT
/* ALLOC: sizes, kinds, the fd, and memory that is zero. */
#include "harness.h"

#define NUM_KINDS	3

static const uint64_t bad_lengths[] = {
	1, PAGE - 1, PAGE + 1, 2 * PAGE - 512, (1ULL << 32) + 1, UINT64_MAX,
};

static void lengths_that_are_no_pages(void)
{
	int node = node_open(O_RDWR), fd;

	for (uint32_t kind = 0; kind < NUM_KINDS; kind++) {
		CHECK_ERRNO(do_alloc(node, kind, 0, &fd), EINVAL);
		for (size_t i = 0; i < ARRAY_SIZE(bad_lengths); i++)
			CHECK_ERRNO(do_alloc(node, kind, bad_lengths[i], &fd), EINVAL);
	}
	CHECK_EQ(used_bytes(), 0);
	close(node);
}

static void lengths_beyond_all(void)
{
	static const uint64_t lengths[] = { 1ULL << 40, 1ULL << 63, -(uint64_t)PAGE };
	int node = node_open(O_RDWR), fd;

	for (uint32_t kind = 0; kind < NUM_KINDS; kind++)
		for (size_t i = 0; i < ARRAY_SIZE(lengths); i++)
			CHECK(do_alloc(node, kind, lengths[i], &fd) == -1 &&
			      (errno == EDQUOT || errno == ENOMEM));
	CHECK_EQ(used_bytes(), 0);
	close(node);
}

static void exact_lengths(void)
{
	static const size_t lengths[] = { PAGE, 3 * PAGE, 17 * PAGE, MIB, MIB + PAGE };
	int node = node_open(O_RDWR), fd;

	for (uint32_t kind = 0; kind < NUM_KINDS; kind++) {
		for (size_t i = 0; i < ARRAY_SIZE(lengths); i++) {
			CHECK(do_alloc(node, kind, lengths[i], &fd) == 0);
			CHECK_EQ(lseek(fd, 0, SEEK_END), lengths[i]);
			CHECK_EQ(used_bytes(), alloc_charge(kind, lengths[i]));
			close(fd);
			CHECK(used_becomes(0));
		}
	}
	close(node);
}

static void zeroed(uint32_t kind, size_t length)
{
	int node = node_open(O_RDWR), fd;
	unsigned char *data;

	/* What was written in one round is what the next could be given. */
	for (int round = 0; round < 3; round++) {
		CHECK(do_alloc(node, kind, length, &fd) == 0);
		data = view(fd, length);
		CHECK(all_zero(data, length));
		memset(data, 0xa5, length);
		munmap(data, length);
		close(fd);
		CHECK(used_becomes(0));
	}
	close(node);
}

static void zeroed_cached(void)
{
	zeroed(DMASPAN_KIND_CACHED, 4 * MIB + 5 * PAGE);
	zeroed(DMASPAN_KIND_CACHED, 3 * PAGE);
}

static void zeroed_coherent(void)
{
	zeroed(DMASPAN_KIND_COHERENT, 4 * MIB);
	zeroed(DMASPAN_KIND_COHERENT, 3 * PAGE);
}

static void zeroed_wc(void)
{
	zeroed(DMASPAN_KIND_WC, 2 * MIB);
	zeroed(DMASPAN_KIND_WC, 3 * PAGE);
}

static void unknown_kind(void)
{
	int node = node_open(O_RDWR), fd;

	CHECK_ERRNO(do_alloc(node, 3, PAGE, &fd), EOPNOTSUPP);
	CHECK_ERRNO(do_alloc(node, UINT32_MAX, PAGE, &fd), EOPNOTSUPP);
	close(node);
}

static void fd_flags(void)
{
	static const uint32_t wrong[] = {
		O_WRONLY, O_ACCMODE, O_RDWR | O_APPEND, O_RDWR | O_NONBLOCK,
		O_RDWR | O_CREAT, 1U << 31,
	};
	int node = node_open(O_RDWR), fd;

	for (uint32_t flags = 0; flags < 4; flags++) {
		uint32_t access = flags & 1 ? O_RDWR : O_RDONLY;
		uint32_t cloexec = flags & 2 ? O_CLOEXEC : 0;

		CHECK(do_alloc_flags(node, 0, 0, access | cloexec, PAGE, &fd) == 0);
		CHECK_EQ(fcntl(fd, F_GETFD), cloexec ? FD_CLOEXEC : 0);
		CHECK_EQ(fcntl(fd, F_GETFL) & O_ACCMODE, access);
		close(fd);
	}
	for (size_t i = 0; i < ARRAY_SIZE(wrong); i++)
		CHECK_ERRNO(do_alloc_flags(node, 0, 0, wrong[i], PAGE, &fd), EINVAL);
	close(node);
}

static void contiguous(void)
{
	int node = node_open(O_RDWR), fd;
	struct dmaspan_buffer_info info;
	unsigned char *data;
	uint64_t first;

	for (uint32_t kind = 0; kind < NUM_KINDS; kind++) {
		CHECK(do_alloc_flags(node, kind, DMASPAN_ALLOC_CONTIGUOUS, O_RDWR,
				     256 * KIB, &fd) == 0);
		CHECK(do_buffer_info(node, fd, &info) == 0);
		CHECK_EQ(info.out_extents, 1);
		if (info.out_flags & DMASPAN_BUFFER_DIRECT_IO) {
			data = view(fd, 256 * KIB);
			first = physical(data + data[0]);
			for (size_t at = 0; at < 256 * KIB; at += PAGE)
				CHECK_EQ(physical(data + at + data[at]), first + at);
			munmap(data, 256 * KIB);
		}
		close(fd);
	}
	close(node);
}

static void contiguous_too_long(void)
{
	int node = node_open(O_RDWR), fd;

	CHECK_ERRNO(do_alloc_flags(node, DMASPAN_KIND_CACHED,
				   DMASPAN_ALLOC_CONTIGUOUS, O_RDWR, 128 * MIB, &fd),
		    ENOMEM);
	CHECK_EQ(used_bytes(), 0);
	close(node);
}

static void many(void)
{
	int node = node_open(O_RDWR), fds[64];

	for (size_t i = 0; i < ARRAY_SIZE(fds); i++)
		CHECK(do_alloc(node, i % NUM_KINDS, (i % 5 + 1) * PAGE, &fds[i]) == 0);
	for (size_t i = 0; i < ARRAY_SIZE(fds); i++)
		for (size_t j = 0; j < i; j++)
			CHECK(fds[i] != fds[j]);
	for (size_t i = 0; i < ARRAY_SIZE(fds); i++)
		close(fds[(i * 29) % ARRAY_SIZE(fds)]);
	CHECK(used_becomes(0));
	close(node);
}

static const struct test_case cases[] = {
	CASE(lengths_that_are_no_pages),
	CASE(lengths_beyond_all),
	CASE(exact_lengths),
	CASE(zeroed_cached),
	CASE(zeroed_coherent),
	CASE(zeroed_wc),
	CASE(unknown_kind),
	CASE(fd_flags),
	CASE(contiguous),
	CASE(contiguous_too_long),
	CASE(many),
};

TEST_MAIN(cases)
