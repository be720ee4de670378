// SPDX-License-Identifier: MIT
/* Mappings: made, asked for their segments, taken away. */
#include "failnth.h"

static int node, fd;
static uint32_t direction, mapping;
static struct dmaspan_segment segments[FAILNTH_SCATTERED];

static int call_map(void)
{
	struct dmaspan_map arg = { .size = sizeof(arg), .fd = fd, .direction = direction };
	int ret = FAILNTH_IOCTL(node, DMASPAN_MAP, &arg);

	mapping = arg.out_mapping;
	return ret;
}

static void map(void)
{
	CHECK(call_map() == 0);
}

static void unmap(void)
{
	CHECK(do_unmap(node, mapping) == 0);
}

static void end(void)
{
	CHECK(close(fd) == 0);
	CHECK(close(node) == 0);
}

static const struct action mapping_made = {
	.call = call_map,
	.undo = unmap,
	.errnos = { ENOMEM, EFAULT },
};

static void maps(uint32_t kind, size_t length)
{
	failnth_buffer(&node, &fd, kind, length, &mapping_made);
}

static void to_device(void)
{
	direction = DMASPAN_TO_DEVICE;
	maps(DMASPAN_KIND_CACHED, 4 * PAGE);
}

static void from_device(void)
{
	direction = DMASPAN_FROM_DEVICE;
	maps(DMASPAN_KIND_CACHED, 4 * PAGE);
}

static void bidirectional(void)
{
	direction = DMASPAN_BIDIRECTIONAL;
	maps(DMASPAN_KIND_CACHED, 4 * PAGE);
}

static void coherent(void)
{
	maps(DMASPAN_KIND_COHERENT, 16 * PAGE);
}

static void write_combined(void)
{
	maps(DMASPAN_KIND_WC, 16 * PAGE);
}

static void readonly(void)
{
	direction = DMASPAN_TO_DEVICE;
	node = node_open(O_RDWR);
	fd = read_only_buffer(node, DMASPAN_KIND_CACHED, 4 * PAGE);
	failnth(node, &mapping_made);
	end();
}

/* Beside one of the same buffer; were one of them written to, that would be a mistake. */
static void second(void)
{
	struct dmaspan_map first;

	direction = DMASPAN_TO_DEVICE;
	node = node_open(O_RDWR);
	CHECK(do_alloc(node, DMASPAN_KIND_CACHED, 4 * PAGE, &fd) == 0);
	CHECK(do_map(node, fd, direction, &first) == 0);
	failnth(node, &mapping_made);
	CHECK(do_unmap(node, first.out_mapping) == 0);
	end();
}

/* Of a buffer that another device's node has made */
static void of_another_node(void)
{
	const char *device = device_name();
	int other;

	test_device(device_is_virt() ? NODE_NAME : VIRT_NAME);
	other = node_open(O_RDWR);
	CHECK(do_alloc(other, DMASPAN_KIND_CACHED, 4 * PAGE, &fd) == 0);
	test_device(device);
	node = node_open(O_RDWR);
	failnth(node, &mapping_made);
	end();
	close(other);
}

static void scattered(void)
{
	direction = DMASPAN_BIDIRECTIONAL;
	node = node_open(O_RDWR);
	fd = failnth_scattered(node);
	failnth(node, &mapping_made);
	end();
}

static int call_segments(void)
{
	struct dmaspan_segments arg = {
		.size = sizeof(arg),
		.mapping = mapping,
		.count = FAILNTH_SCATTERED,
		.segments = PTR(segments),
	};

	return FAILNTH_IOCTL(node, DMASPAN_SEGMENTS, &arg);
}

static void lists_segments(void)
{
	const struct action action = {
		.call = call_segments,
		.errnos = { ENOMEM, EFAULT },
	};

	node = node_open(O_RDWR);
	fd = failnth_scattered(node);
	map();
	failnth(node, &action);
	unmap();
	end();
}

static int call_unmap(void)
{
	struct dmaspan_unmap arg = { .size = sizeof(arg), .mapping = mapping };

	return FAILNTH_IOCTL(node, DMASPAN_UNMAP, &arg);
}

/* One that fails leaves the mapping. */
static void unmaps(void)
{
	const struct action action = {
		.prepare = map,
		.call = call_unmap,
		.failed = unmap,
		.errnos = { EFAULT },
	};

	failnth_buffer(&node, &fd, DMASPAN_KIND_CACHED, 4 * PAGE, &action);
}

static const struct test_case cases[] = {
	CASE(to_device),
	CASE(from_device),
	CASE(bidirectional),
	CASE(coherent),
	CASE(write_combined),
	CASE(readonly),
	CASE(second),
	CASE(of_another_node),
	CASE(scattered),
	CASE(lists_segments),
	CASE(unmaps),
};

FAILNTH_MAIN(cases)
