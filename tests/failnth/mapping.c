// SPDX-License-Identifier: MIT
/* Mappings: made, asked for their segments, taken away. */
#include "failnth.h"

#define MAKE_IT_FAIL	"/proc/thread-self/make-it-fail"
#define PAGE_ALLOC	"/sys/kernel/debug/fail_page_alloc/"
#define MANY_PAGES	140	/* more than one page of a scatterlist has room for */
#define SEGMENTS	MANY_PAGES

static int node, fd;
static uint32_t direction, mapping;
static struct dmaspan_segment segments[SEGMENTS];

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

/* Open all the time: to open it may be what fails. */
static int make_it_fail = -1;

static void all_fails(bool on)
{
	if (make_it_fail < 0)
		make_it_fail = open(MAKE_IT_FAIL, O_WRONLY | O_CLOEXEC);
	CHECK(pwrite(make_it_fail, on ? "1" : "0", 1, 0) == 1);
}

static void alloc_scattered(void)
{
	int tries = 0, spare;

	/* The slabs of what a buffer is described by need larger blocks, too. */
	while (do_alloc(node, DMASPAN_KIND_CACHED, MANY_PAGES * PAGE, &fd)) {
		CHECK_EQ(errno, ENOMEM);
		CHECK(++tries < 20);
		all_fails(false);
		CHECK(do_alloc(node, DMASPAN_KIND_CACHED, MANY_PAGES * PAGE, &spare) == 0);
		close(spare);
		all_fails(true);
	}
}

/* A buffer of single pages: for this task there are no larger blocks. */
static void begin_scattered(void)
{
	node = node_open(O_RDWR);
	CHECK_EQ(write_text(PAGE_ALLOC "ignore-gfp-wait", "N"), 0);
	CHECK_EQ(write_text(PAGE_ALLOC "ignore-gfp-highmem", "N"), 0);
	CHECK_EQ(write_text(PAGE_ALLOC "verbose", "0"), 0);
	CHECK_EQ(write_text(PAGE_ALLOC "min-order", "1"), 0);
	CHECK_EQ(write_text(PAGE_ALLOC "times", "-1"), 0);
	CHECK_EQ(write_text(PAGE_ALLOC "task-filter", "Y"), 0);
	CHECK_EQ(write_text(PAGE_ALLOC "probability", "100"), 0);
	all_fails(true);
	alloc_scattered();
	all_fails(false);
	CHECK(close(make_it_fail) == 0);
	make_it_fail = -1;
	CHECK_EQ(write_text(PAGE_ALLOC "probability", "0"), 0);
}

static void scattered(void)
{
	struct dmaspan_buffer_info info;

	direction = DMASPAN_BIDIRECTIONAL;
	begin_scattered();
	CHECK(do_buffer_info(node, fd, &info) == 0);
	test_note("%llu extents", (unsigned long long)info.out_extents);
	CHECK(info.out_extents > 1);
	failnth(node, &mapping_made);
	end();
}

static int call_segments(void)
{
	struct dmaspan_segments arg = {
		.size = sizeof(arg),
		.mapping = mapping,
		.count = SEGMENTS,
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

	begin_scattered();
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
