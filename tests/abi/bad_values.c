// SPDX-License-Identifier: MIT
/* Bad input, of each command's own: ids, ranges, arrays. One fault at a time. */
#include "harness.h"

#define SIZE	(4 * PAGE)

static struct world {
	int node;
	int channel;
	struct span span;
} w;

static void world_open(void)
{
	w.node = node_open(O_RDWR);
	span_open(&w.span, w.node, DMASPAN_KIND_CACHED, DMASPAN_TO_DEVICE, SIZE);
	CHECK(do_channel_open(w.node, "tx", O_CLOEXEC, &w.channel) == 0);
}

static void world_close(void)
{
	close(w.channel);
	span_close(&w.span);
	close(w.node);
}

static const struct {
	uint64_t offset, length;
	int error;
} ranges[] = {
	{ 0, 0, EINVAL },
	{ PAGE, 0, EINVAL },
	{ SIZE, 0, EINVAL },
	{ 0, SIZE + 1, EINVAL },
	{ 1, SIZE, EINVAL },
	{ SIZE - 1, 2, EINVAL },
	{ SIZE, 1, EINVAL },
	{ SIZE + PAGE, PAGE, EINVAL },
	{ 1ULL << 32, 1, EINVAL },
	{ 0, 1ULL << 32, EINVAL },
	{ (1ULL << 32) - 1, 1, EINVAL },
	{ 1ULL << 63, 1, EINVAL },
	{ 0, UINT64_MAX, EINVAL },
	{ UINT64_MAX, 0, EINVAL },
	{ UINT64_MAX, 1, EOVERFLOW },
	{ 1, UINT64_MAX, EOVERFLOW },
	{ UINT64_MAX, UINT64_MAX, EOVERFLOW },
	{ -(uint64_t)PAGE, PAGE, EOVERFLOW },
	{ PAGE, -(uint64_t)PAGE, EOVERFLOW },
	{ -(uint64_t)PAGE, 2 * PAGE, EOVERFLOW },
	{ 1ULL << 63, 1ULL << 63, EOVERFLOW },
};

/* Each bad range alone, and as the last of three */
static void sync_ranges(void)
{
	struct dmaspan_range array[3] = { { 0, PAGE }, { PAGE, PAGE }, { 0, 0 } };

	world_open();
	for (size_t i = 0; i < ARRAY_SIZE(ranges); i++) {
		array[2] = (struct dmaspan_range) { ranges[i].offset, ranges[i].length };
		for (uint32_t flags = 1; flags <= 2; flags++) {
			CHECK_ERRNO(do_sync_ranges(w.node, w.span.map.out_mapping, flags,
						   &array[2], 1), ranges[i].error);
			CHECK_ERRNO(do_sync_ranges(w.node, w.span.map.out_mapping, flags,
						   array, 3), ranges[i].error);
		}
	}
	CHECK(do_sync(w.node, w.span.map.out_mapping, 1, 0, SIZE) == 0);
	CHECK(do_sync(w.node, w.span.map.out_mapping, 2, SIZE - 1, 1) == 0);
	world_close();
}

static void submit_ranges(void)
{
	uint32_t cancelled;

	world_open();
	for (size_t i = 0; i < ARRAY_SIZE(ranges); i++)
		CHECK_ERRNO(do_submit(w.channel, w.span.map.out_mapping,
				      ranges[i].offset, ranges[i].length, 0),
			    ranges[i].error);
	CHECK(do_cancel(w.channel, &cancelled) == 0);
	CHECK_EQ(cancelled, 0);
	world_close();
}

static const uint32_t no_ids[] = { 0, UINT32_MAX, 1U << 31, 0x7fffffff, 1000000 };

static void ids(void)
{
	struct dmaspan_segment segment;
	uint32_t count;

	world_open();
	for (size_t i = 0; i < ARRAY_SIZE(no_ids); i++) {
		uint32_t id = no_ids[i];

		CHECK_ERRNO(do_unmap(w.node, id), ENOENT);
		CHECK_ERRNO(do_segments(w.node, id, &segment, 1, &count), ENOENT);
		CHECK_ERRNO(do_sync(w.node, id, DMASPAN_SYNC_FOR_CPU, 0, PAGE), ENOENT);
		CHECK_ERRNO(do_submit(w.channel, id, 0, 16, 0), ENOENT);
	}
	CHECK_ERRNO(do_unmap(w.node, w.span.map.out_mapping + 1), ENOENT);
	world_close();
}

static void sync_arrays(void)
{
	const struct dmaspan_range range = { 0, PAGE };
	uint32_t id;

	world_open();
	id = w.span.map.out_mapping;
	CHECK_ERRNO(do_sync_ranges(w.node, id, 0, &range, 1), EINVAL);
	CHECK_ERRNO(do_sync_ranges(w.node, id, 3, &range, 1), EINVAL);
	CHECK_ERRNO(do_sync_ranges(w.node, id, 1, &range, 0), EINVAL);
	CHECK_ERRNO(do_sync_ranges(w.node, id, 1, &range, DMASPAN_MAX_RANGES + 1), EINVAL);
	CHECK_ERRNO(do_sync_ranges(w.node, id, 1, NULL, 1), EFAULT);
	CHECK_ERRNO(do_sync_ranges(w.node, id, 1, (void *)PAGE, 5), EFAULT);
	CHECK_ERRNO(do_sync_ranges(w.node, id, 1, (void *)-8L, 1), EFAULT);
	world_close();
}

static void submit_arrays(void)
{
	struct dmaspan_transfer transfer = { .length = 16 };

	world_open();
	transfer.mapping = w.span.map.out_mapping;
	CHECK_ERRNO(do_submit_array(w.channel, &transfer, 0), EINVAL);
	CHECK_ERRNO(do_submit_array(w.channel, &transfer, UINT32_MAX), EINVAL);
	CHECK_ERRNO(do_submit_array(w.channel, NULL, 1), EFAULT);
	CHECK_ERRNO(do_submit_array(w.channel, (void *)PAGE, 1024), EFAULT);
	for (unsigned int bit = 0; bit < 32; bit++) {
		transfer.flags = 1U << bit;
		CHECK_ERRNO(do_submit_array(w.channel, &transfer, 1), EINVAL);
	}
	world_close();
}

/* A channel to the device has no source; the last of three is wrong */
static void submit_source(void)
{
	struct dmaspan_transfer three[3] = { 0 };
	struct dmaspan_transfer *last = &three[2];

	world_open();
	for (size_t i = 0; i < ARRAY_SIZE(three); i++) {
		three[i].mapping = w.span.map.out_mapping;
		three[i].length = 16;
	}
	for (unsigned int bit = 0; bit < 64; bit++) {
		last->src_offset = 1ULL << bit;
		CHECK_ERRNO(do_submit_array(w.channel, three, 3), EINVAL);
		last->src_offset = 0;
		if (bit >= 32)
			continue;
		last->src_mapping = 1U << bit;
		CHECK_ERRNO(do_submit_array(w.channel, three, 3), EINVAL);
		last->src_mapping = 0;
		last->__reserved = 1U << bit;
		CHECK_ERRNO(do_submit_array(w.channel, three, 3), EINVAL);
		last->__reserved = 0;
	}
	last->src_mapping = w.span.map.out_mapping;
	CHECK_ERRNO(do_submit_array(w.channel, three, 3), EINVAL);
	world_close();
}

#define FIRST_SIZE	32	/* of struct dmaspan_transfer, in the first version */

static const struct {
	uint32_t size;
	int error;
} transfer_sizes[] = {
	{ 1, EINVAL }, { 8, EINVAL }, { FIRST_SIZE - 8, EINVAL },
	{ FIRST_SIZE - 1, EINVAL }, { FIRST_SIZE + 1, EINVAL }, { 36, EINVAL },
	{ 44, EINVAL }, { sizeof(struct dmaspan_transfer) + 1, EINVAL },
	{ DMASPAN_MAX_TRANSFER_SIZE - 4, EINVAL },
	{ DMASPAN_MAX_TRANSFER_SIZE + 1, EINVAL },
	{ DMASPAN_MAX_TRANSFER_SIZE + 8, E2BIG },
	{ 1U << 31, E2BIG }, { UINT32_MAX - 7, E2BIG }, { UINT32_MAX, EINVAL },
};

/* Two transfers of @size bytes each: they are taken, and done */
static void submit_of_size(const unsigned char *array, uint32_t size)
{
	struct dmaspan_completion done;

	CHECK(do_submit_sized(w.channel, array, 2, size) == 0);
	for (uint64_t i = 0; i < 2; i++) {
		CHECK(do_wait(w.channel, &done, WAIT_MS) == 0);
		CHECK_EQ(done.status, 0);
		CHECK_EQ(done.cookie, 70 + i);
		CHECK_EQ(done.length, 16);
	}
}

static void submit_sizes(void)
{
	static unsigned char array[2 * DMASPAN_MAX_TRANSFER_SIZE];
	static const uint32_t good[] = {
		0, FIRST_SIZE, 40, 48, 56, DMASPAN_MAX_TRANSFER_SIZE,
	};

	world_open();
	for (size_t i = 0; i < ARRAY_SIZE(good); i++) {
		uint32_t size = good[i] ? good[i] : FIRST_SIZE;

		memset(array, 0, sizeof(array));
		for (uint64_t k = 0; k < 2; k++) {
			struct dmaspan_transfer one = {
				.mapping = w.span.map.out_mapping,
				.offset = 16 * k,
				.length = 16,
				.cookie = 70 + k,
			};

			memcpy(array + k * size, &one, FIRST_SIZE);
		}
		submit_of_size(array, good[i]);
		for (size_t at = sizeof(struct dmaspan_transfer); at < size; at++) {
			array[size + at] = 1;
			CHECK_ERRNO(do_submit_sized(w.channel, array, 2, size), E2BIG);
			array[size + at] = 0;
		}
	}
	for (size_t i = 0; i < ARRAY_SIZE(transfer_sizes); i++)
		CHECK_ERRNO(do_submit_sized(w.channel, array, 1, transfer_sizes[i].size),
			    transfer_sizes[i].error);
	world_close();
}

static void segment_arrays(void)
{
	uint32_t count;

	world_open();
	CHECK_ERRNO(do_segments(w.node, w.span.map.out_mapping, NULL, 64, &count), EFAULT);
	CHECK_ERRNO(do_segments(w.node, w.span.map.out_mapping, (void *)PAGE, 64, &count),
		    EFAULT);
	world_close();
}

/* An array whose second half cannot be read */
static void half_an_array(void)
{
	unsigned char *pages = mmap(NULL, 2 * PAGE, PROT_READ | PROT_WRITE,
				    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	struct dmaspan_transfer *transfers = (void *)(pages + PAGE - sizeof(*transfers));
	struct dmaspan_range *range = (void *)(pages + PAGE - sizeof(*range));
	uint32_t cancelled;

	CHECK(pages != MAP_FAILED);
	CHECK(mprotect(pages + PAGE, PAGE, PROT_NONE) == 0);
	world_open();
	*range = (struct dmaspan_range) { 0, PAGE };
	CHECK_ERRNO(do_sync_ranges(w.node, w.span.map.out_mapping, 1, range, 2), EFAULT);
	*transfers = (struct dmaspan_transfer) {
		.mapping = w.span.map.out_mapping, .length = 16,
	};
	CHECK_ERRNO(do_submit_array(w.channel, transfers, 2), EFAULT);
	CHECK(do_cancel(w.channel, &cancelled) == 0);
	CHECK_EQ(cancelled, 0);
	world_close();
	munmap(pages, 2 * PAGE);
}

static const struct test_case cases[] = {
	CASE(sync_ranges),
	CASE(submit_ranges),
	CASE(ids),
	CASE(sync_arrays),
	CASE(submit_arrays),
	CASE(submit_source),
	CASE(submit_sizes),
	CASE(segment_arrays),
	CASE(half_an_array),
};

TEST_MAIN(cases)
