// SPDX-License-Identifier: MIT
/* A buffer of 1 GiB on a machine of 2: its memory, its addresses, direct I/O.  timeout: 120 */
#include "harness.h"

#define LENGTH	(1024 * MIB)

static struct dmaspan_segment segments[16384];

static void addresses(int node, int fd)
{
	struct dmaspan_map map;
	uint64_t sum = 0;
	uint32_t count;

	if (is_bounce()) {
		CHECK(do_map(node, fd, DMASPAN_BIDIRECTIONAL, &map) == -1 &&
		      (errno == EDQUOT || errno == ERANGE));
		return;
	}
	CHECK(do_map(node, fd, DMASPAN_BIDIRECTIONAL, &map) == 0);
	CHECK(map.out_segments <= ARRAY_SIZE(segments));
	CHECK(do_segments(node, map.out_mapping, segments, ARRAY_SIZE(segments),
			  &count) == 0);
	for (uint32_t i = 0; i < count; i++)
		sum += segments[i].length;
	CHECK_EQ(sum, LENGTH);
	CHECK(do_unmap(node, map.out_mapping) == 0);
}

static void to_disk(unsigned char *end)
{
	unsigned char *copy = malloc(MIB);
	int file = open(DISK_DIR "/huge", O_RDWR | O_CREAT | O_TRUNC | O_DIRECT | O_CLOEXEC,
			0600);

	CHECK(file >= 0 && copy);
	fill(end, MIB, 1);
	CHECK_EQ(pwrite(file, end, MIB, 0), MIB);
	CHECK_EQ(fcntl(file, F_SETFL, 0), 0);
	CHECK_EQ(pread(file, copy, MIB, 0), MIB);
	CHECK(filled(copy, MIB, 1));
	close(file);
	free(copy);
}

static void every_page_is_there(void)
{
	int node = node_open(O_RDWR), fd;
	struct dmaspan_buffer_info info;
	uint64_t *data;

	CHECK(do_alloc(node, DMASPAN_KIND_CACHED, LENGTH, &fd) == 0);
	CHECK_EQ(used_bytes(), LENGTH);
	CHECK(do_buffer_info(node, fd, &info) == 0);
	CHECK_EQ(info.out_length, LENGTH);
	test_note("%llu extents", (unsigned long long)info.out_extents);
	/* The largest pages first: not a page at a time. */
	CHECK(info.out_extents < LENGTH / PAGE / 64);
	data = view(fd, LENGTH);
	for (size_t at = 0; at < LENGTH / 8; at += PAGE / 8) {
		CHECK(data[at] == 0 && data[at + PAGE / 8 - 1] == 0);
		data[at] = at;
	}
	for (size_t at = 0; at < LENGTH / 8; at += PAGE / 8)
		CHECK(data[at] == at);
	addresses(node, fd);
	to_disk((unsigned char *)data + LENGTH - MIB);
	munmap(data, LENGTH);
	close(fd);
	CHECK(used_becomes(0));
	close(node);
}

static const struct test_case cases[] = {
	{ "every_page_is_there", every_page_is_there, 0, 110 },
};

TEST_MAIN(cases)
