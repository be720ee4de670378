// SPDX-License-Identifier: MIT
/* SEGMENTS: the addresses are those that the device must use. */
#include "harness.h"

#define ROOM	2048

static struct dmaspan_segment segments[ROOM];

static uint32_t get(const struct span *span)
{
	uint32_t count;

	CHECK(span->map.out_segments <= ROOM);
	CHECK(do_segments(span->node, span->map.out_mapping, segments, ROOM,
			  &count) == 0);
	CHECK_EQ(count, span->map.out_segments);
	return count;
}

static void covers(uint32_t kind, size_t length)
{
	int node = node_open(O_RDWR);
	struct dmaspan_info info;
	uint64_t sum = 0;
	struct span span;
	uint32_t count;

	CHECK(do_info(node, &info) == 0);
	span_open(&span, node, kind, DMASPAN_BIDIRECTIONAL, length);
	count = get(&span);
	for (uint32_t i = 0; i < count; i++) {
		CHECK(segments[i].length > 0);
		if (kind == DMASPAN_KIND_CACHED)
			CHECK(segments[i].length <= info.out_max_mapping);
		CHECK(segments[i].address + segments[i].length - 1 <= info.out_dma_mask);
		sum += segments[i].length;
		for (uint32_t j = 0; j < i; j++)
			CHECK(segments[i].address >= segments[j].address + segments[j].length ||
			      segments[j].address >= segments[i].address + segments[i].length);
	}
	CHECK_EQ(sum, length);
	span_close(&span);
	close(node);
}

static void covers_cached(void)
{
	covers(DMASPAN_KIND_CACHED, PAGE);
	covers(DMASPAN_KIND_CACHED, 8 * MIB + 3 * PAGE);
}

static void covers_coherent(void)
{
	covers(DMASPAN_KIND_COHERENT, 3 * PAGE);
	covers(DMASPAN_KIND_COHERENT, MIB);
}

static void covers_wc(void)
{
	covers(DMASPAN_KIND_WC, 3 * PAGE);
	covers(DMASPAN_KIND_WC, MIB);
}

static void are_the_physical_ones_or_not(void)
{
	int node = node_open(O_RDWR);
	size_t same = 0, pages = 0;
	struct span span;
	uint32_t count;
	size_t at = 0;

	span_open(&span, node, DMASPAN_KIND_CACHED, DMASPAN_TO_DEVICE, MIB + 5 * PAGE);
	fill(span.data, span.length, 1);
	count = get(&span);
	for (uint32_t i = 0; i < count; i++) {
		for (uint64_t into = 0; into < segments[i].length; into += PAGE) {
			same += physical(span.data + at) == segments[i].address + into;
			pages++;
			at += PAGE;
		}
	}
	CHECK_EQ(pages, span.length / PAGE);
	CHECK_EQ(same, test_mode() == MODE_PLAIN ? pages : 0);
	span_close(&span);
	close(node);
}

static void merged_by_an_iommu(void)
{
	int node = node_open(O_RDWR);
	struct span span;

	if (test_mode() != MODE_IOMMU) {
		close(node);
		test_skip("no IOMMU");
	}
	span_open(&span, node, DMASPAN_KIND_CACHED, DMASPAN_TO_DEVICE, 4 * MIB);
	CHECK_EQ(get(&span), 1);
	span_close(&span);
	close(node);
}

static void array_too_small(void)
{
	int node = node_open(O_RDWR);
	struct dmaspan_segment room[3];
	struct span span;
	uint32_t count;

	span_open(&span, node, DMASPAN_KIND_CACHED, DMASPAN_TO_DEVICE, 8 * PAGE);
	CHECK_ERRNO(do_segments(node, span.map.out_mapping, NULL, 0, &count), EMSGSIZE);
	CHECK_EQ(count, span.map.out_segments);

	memset(room, 0x55, sizeof(room));
	CHECK_ERRNO(do_segments(node, span.map.out_mapping, room, 0, &count), EMSGSIZE);
	CHECK_EQ(count, span.map.out_segments);
	CHECK_EQ(room[0].address, 0x5555555555555555);
	span_close(&span);
	close(node);
}

static void array_too_large(void)
{
	int node = node_open(O_RDWR);
	struct span span;
	uint32_t count;

	span_open(&span, node, DMASPAN_KIND_CACHED, DMASPAN_TO_DEVICE, PAGE);
	memset(segments, 0x55, sizeof(segments));
	CHECK(do_segments(node, span.map.out_mapping, segments, ROOM, &count) == 0);
	CHECK_EQ(count, 1);
	CHECK_EQ(segments[0].length, PAGE);
	CHECK_EQ(segments[1].address, 0x5555555555555555);
	CHECK_EQ(segments[1].length, 0x5555555555555555);
	CHECK(do_segments(node, span.map.out_mapping, segments, UINT32_MAX, &count) == 0);
	CHECK_EQ(count, 1);
	span_close(&span);
	close(node);
}

/* More segments than one: a buffer larger than the longest of them. */
static void one_short(void)
{
	int node = node_open(O_RDWR);
	struct span span;
	uint32_t count, need;

	if (!is_bounce()) {
		close(node);
		test_skip("the number of segments is not known");
	}
	span_open(&span, node, DMASPAN_KIND_CACHED, DMASPAN_TO_DEVICE, MIB);
	need = span.map.out_segments;
	CHECK(need >= 4);
	memset(segments, 0x55, sizeof(segments));
	CHECK_ERRNO(do_segments(node, span.map.out_mapping, segments, need - 1, &count),
		    EMSGSIZE);
	CHECK_EQ(count, need);
	CHECK(do_segments(node, span.map.out_mapping, segments, need, &count) == 0);
	CHECK_EQ(count, need);
	CHECK_EQ(segments[need].address, 0x5555555555555555);
	span_close(&span);
	close(node);
}

static void one_physical_range_for_two_directions(void)
{
	int node = node_open(O_RDWR), fd;
	struct dmaspan_segment one, two;
	struct dmaspan_map map[2];
	uint32_t count;

	CHECK(do_alloc(node, DMASPAN_KIND_CACHED, PAGE, &fd) == 0);
	CHECK(do_map(node, fd, DMASPAN_TO_DEVICE, &map[0]) == 0);
	CHECK(do_map(node, fd, DMASPAN_FROM_DEVICE, &map[1]) == 0);
	CHECK(do_segments(node, map[0].out_mapping, &one, 1, &count) == 0);
	CHECK(do_segments(node, map[1].out_mapping, &two, 1, &count) == 0);
	CHECK_EQ(one.address == two.address, test_mode() == MODE_PLAIN);
	close(fd);
	close(node);
}

static const struct test_case cases[] = {
	CASE(covers_cached),
	CASE(covers_coherent),
	CASE(covers_wc),
	CASE(are_the_physical_ones_or_not),
	CASE(merged_by_an_iommu),
	CASE(array_too_small),
	CASE(array_too_large),
	CASE(one_short),
	CASE(one_physical_range_for_two_directions),
};

TEST_MAIN(cases)
