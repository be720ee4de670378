// SPDX-License-Identifier: MIT
/* UNMAP and closing the node move no data: only SYNC does. */
#include "harness.h"

static void written_after_mapping(bool by_close)
{
	int node = node_open(O_RDWR), other = node_open(O_RDWR);
	struct dmaspan_map map;
	unsigned char *data;
	int fd;

	CHECK(do_alloc(node, DMASPAN_KIND_CACHED, 2 * PAGE, &fd) == 0);
	data = view(fd, 2 * PAGE);
	CHECK(do_map(other, fd, DMASPAN_BIDIRECTIONAL, &map) == 0);
	fill(data, 2 * PAGE, 7);
	if (!by_close)
		CHECK(do_unmap(other, map.out_mapping) == 0);
	close(other);
	CHECK(filled(data, 2 * PAGE, 7));
	munmap(data, 2 * PAGE);
	close(fd);
	close(node);
}

static void unmap_overwrites_nothing(void)
{
	written_after_mapping(false);
}

static void close_overwrites_nothing(void)
{
	written_after_mapping(true);
}

static const struct test_case cases[] = {
	CASE(unmap_overwrites_nothing),
	CASE(close_overwrites_nothing),
};

TEST_MAIN(cases)
