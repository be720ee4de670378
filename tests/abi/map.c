// SPDX-License-Identifier: MIT
/* MAP and UNMAP: classes, ids, directions, lives. */
#include "harness.h"

static const uint32_t directions[] = {
	DMASPAN_BIDIRECTIONAL, DMASPAN_TO_DEVICE, DMASPAN_FROM_DEVICE,
};

static void expect_class(const struct dmaspan_map *map, uint32_t kind)
{
	bool streaming = kind == DMASPAN_KIND_CACHED;

	switch (test_mode()) {
	case MODE_PLAIN:
		CHECK_EQ(map->out_class, DMASPAN_CLASS_DIRECT);
		CHECK_EQ(map->out_flags, 0);
		break;
	case MODE_IOMMU:
		CHECK_EQ(map->out_class, DMASPAN_CLASS_IOMMU);
		CHECK_EQ(map->out_flags, 0);
		break;
	case MODE_BOUNCE:
		CHECK_EQ(map->out_class,
			 streaming ? DMASPAN_CLASS_BOUNCED : DMASPAN_CLASS_DIRECT);
		CHECK_EQ(map->out_flags, streaming ? DMASPAN_MAPPING_NEEDS_SYNC : 0);
		break;
	}
	CHECK(map->out_mapping != 0);
	CHECK(map->out_segments >= 1);
}

static void class_of(uint32_t kind)
{
	int node = node_open(O_RDWR), fd;
	struct dmaspan_map map;

	CHECK(do_alloc(node, kind, 6 * PAGE, &fd) == 0);
	for (size_t i = 0; i < ARRAY_SIZE(directions); i++) {
		CHECK(do_map(node, fd, directions[i], &map) == 0);
		expect_class(&map, kind);
		CHECK(do_unmap(node, map.out_mapping) == 0);
	}
	close(fd);
	close(node);
}

static void class_cached(void)
{
	class_of(DMASPAN_KIND_CACHED);
}

static void class_coherent(void)
{
	class_of(DMASPAN_KIND_COHERENT);
}

static void class_wc(void)
{
	class_of(DMASPAN_KIND_WC);
}

static void unknown_direction(void)
{
	int node = node_open(O_RDWR), fd;
	struct dmaspan_map map;

	CHECK(do_alloc(node, 0, PAGE, &fd) == 0);
	CHECK_ERRNO(do_map(node, fd, 3, &map), EOPNOTSUPP);
	CHECK_ERRNO(do_map(node, fd, UINT32_MAX, &map), EOPNOTSUPP);
	close(fd);
	close(node);
}

static void ids_are_distinct(void)
{
	int node = node_open(O_RDWR), fd;
	struct dmaspan_map map[40];

	CHECK(do_alloc(node, 0, PAGE, &fd) == 0);
	for (size_t i = 0; i < ARRAY_SIZE(map); i++) {
		CHECK(do_map(node, fd, directions[i % 3], &map[i]) == 0);
		CHECK(map[i].out_mapping != 0);
		for (size_t j = 0; j < i; j++)
			CHECK(map[i].out_mapping != map[j].out_mapping);
	}
	close(fd);
	CHECK_EQ(used_bytes(), PAGE + ARRAY_SIZE(map) * map_charge(PAGE));
	for (size_t i = 0; i < ARRAY_SIZE(map); i++)
		CHECK(do_unmap(node, map[(i * 7) % ARRAY_SIZE(map)].out_mapping) == 0);
	CHECK(used_becomes(0));
	close(node);
}

static void unmapped_once(void)
{
	int node = node_open(O_RDWR), fd;
	struct dmaspan_segment segment;
	struct dmaspan_map map;
	uint32_t count;

	CHECK(do_alloc(node, 0, PAGE, &fd) == 0);
	CHECK(do_map(node, fd, 0, &map) == 0);
	CHECK(do_unmap(node, map.out_mapping) == 0);
	CHECK_ERRNO(do_unmap(node, map.out_mapping), ENOENT);
	CHECK_ERRNO(do_segments(node, map.out_mapping, &segment, 1, &count), ENOENT);
	CHECK_ERRNO(do_sync(node, map.out_mapping, DMASPAN_SYNC_FOR_CPU, 0, PAGE),
		    ENOENT);
	close(fd);
	close(node);
}

static void ids_belong_to_one_node(void)
{
	int one = node_open(O_RDWR), two = node_open(O_RDWR), fd, channel;
	struct dmaspan_segment segment;
	struct dmaspan_map map;
	uint32_t count;

	CHECK(do_alloc(one, 0, PAGE, &fd) == 0);
	CHECK(do_map(one, fd, DMASPAN_TO_DEVICE, &map) == 0);
	CHECK(do_channel_open(two, "tx", O_CLOEXEC, &channel) == 0);
	CHECK_ERRNO(do_unmap(two, map.out_mapping), ENOENT);
	CHECK_ERRNO(do_segments(two, map.out_mapping, &segment, 1, &count), ENOENT);
	CHECK_ERRNO(do_sync(two, map.out_mapping, DMASPAN_SYNC_FOR_CPU, 0, PAGE),
		    ENOENT);
	CHECK_ERRNO(do_submit(channel, map.out_mapping, 0, 16, 0), ENOENT);
	CHECK(do_unmap(one, map.out_mapping) == 0);
	close(channel);
	close(fd);
	close(one);
	close(two);
}

static void closing_the_node_unmaps(void)
{
	int one = node_open(O_RDWR), two = node_open(O_RDWR), fd;
	struct dmaspan_buffer_info info;
	struct dmaspan_map map;

	for (uint32_t kind = 0; kind < 3; kind++) {
		CHECK(do_alloc(two, kind, PAGE, &fd) == 0);
		for (size_t i = 0; i < ARRAY_SIZE(directions); i++)
			CHECK(do_map(one, fd, directions[i], &map) == 0);
		close(one);
		CHECK(do_buffer_info(two, fd, &info) == 0);
		CHECK_EQ(info.out_mappings, 0);
		close(fd);
		CHECK(used_becomes(0));
		one = node_open(O_RDWR);
	}
	close(one);
	close(two);
}

static void mapping_keeps_the_buffer(void)
{
	int node = node_open(O_RDWR), fd;
	struct dmaspan_segment before, after;
	struct dmaspan_map map;
	uint32_t count;

	for (uint32_t kind = 0; kind < 3; kind++) {
		CHECK(do_alloc(node, kind, PAGE, &fd) == 0);
		CHECK(do_map(node, fd, 0, &map) == 0);
		CHECK(do_segments(node, map.out_mapping, &before, 1, &count) == 0);
		close(fd);
		CHECK_EQ(used_bytes(), PAGE + map_charge(PAGE));
		CHECK(do_segments(node, map.out_mapping, &after, 1, &count) == 0);
		CHECK_EQ(before.address, after.address);
		CHECK(do_unmap(node, map.out_mapping) == 0);
		CHECK(used_becomes(0));
	}
	close(node);
}

static void beyond_the_bounce_memory(void)
{
	int node = node_open(O_RDWR), fd;
	struct dmaspan_buffer_info info;
	struct dmaspan_map map;

	if (!is_bounce()) {
		close(node);
		test_skip("nothing is bounced");
	}
	CHECK(do_alloc(node, DMASPAN_KIND_CACHED, 256 * MIB, &fd) == 0);
	/* Refused before any is taken: ERANGE is for who finds none left. */
	CHECK_ERRNO(do_map(node, fd, DMASPAN_TO_DEVICE, &map), EDQUOT);
	CHECK(do_buffer_info(node, fd, &info) == 0);
	CHECK_EQ(info.out_mappings, 0);
	close(fd);
	CHECK(used_becomes(0));
	CHECK(do_alloc(node, DMASPAN_KIND_CACHED, MIB, &fd) == 0);
	CHECK(do_map(node, fd, DMASPAN_TO_DEVICE, &map) == 0);
	close(fd);
	close(node);
}

static int map_until_refused(int node, int fd, struct dmaspan_map *map, int most)
{
	int count = 0;

	while (count < most - 1 && do_map(node, fd, DMASPAN_TO_DEVICE, &map[count]) == 0)
		count++;
	CHECK_ERRNO(do_map(node, fd, DMASPAN_TO_DEVICE, &map[count]), EDQUOT);
	return count;
}

/* All drivers of the machine share it: programs get half. */
static void half_the_bounce_memory(void)
{
	int node = node_open(O_RDWR), fd, count;
	struct dmaspan_map map[64];

	if (!is_bounce()) {
		close(node);
		test_skip("nothing is bounced");
	}
	CHECK(do_alloc(node, DMASPAN_KIND_CACHED, 4 * MIB, &fd) == 0);
	count = map_until_refused(node, fd, map, ARRAY_SIZE(map));
	CHECK_EQ(4 * MIB * count, BOUNCE_MEMORY / 2);
	CHECK(do_unmap(node, map[0].out_mapping) == 0);
	CHECK(do_map(node, fd, DMASPAN_TO_DEVICE, &map[0]) == 0);
	close(node);
	node = node_open(O_RDWR);
	CHECK_EQ(map_until_refused(node, fd, map, ARRAY_SIZE(map)), count);
	close(node);
	close(fd);
}

/* What the bounce memory, or the address space, holds is given back. */
static void mapped_again_and_again(void)
{
	int node = node_open(O_RDWR), fd;
	struct dmaspan_map map;

	CHECK(do_alloc(node, DMASPAN_KIND_CACHED, 8 * MIB, &fd) == 0);
	for (int i = 0; i < 60; i++) {
		CHECK(do_map(node, fd, directions[i % 3], &map) == 0);
		CHECK(do_unmap(node, map.out_mapping) == 0);
	}
	close(fd);
	close(node);
}

static const struct test_case cases[] = {
	CASE(class_cached),
	CASE(class_coherent),
	CASE(class_wc),
	CASE(unknown_direction),
	CASE(ids_are_distinct),
	CASE(unmapped_once),
	CASE(ids_belong_to_one_node),
	CASE(closing_the_node_unmaps),
	CASE(mapping_keeps_the_buffer),
	CASE(beyond_the_bounce_memory),
	CASE(half_the_bounce_memory),
	CASE(mapped_again_and_again),
};

TEST_MAIN(cases)
