// SPDX-License-Identifier: MIT
/*
 * CPU views, and their first touch. They lie where nothing else does, so that
 * all page tables are made anew. A fault that fails is repeated by the kernel,
 * which says so in its log.
 */
#include "failnth.h"

#define LENGTH	(16 * PAGE)
/* Across the end of what one page table has entries for */
#define PLACE	((void *)(0x200000000000 + 2 * MIB - 8 * PAGE))

static int node, fd;
static unsigned char *data;
static bool reads, writes;

static int call_mmap(void)
{
	data = mmap(PLACE, LENGTH, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_FIXED_NOREPLACE, fd,
		    0);
	if (data == MAP_FAILED)
		return -1;
	for (size_t i = 0; (reads || writes) && i < LENGTH; i += PAGE) {
		volatile unsigned char *byte = &data[i];

		if (writes)
			*byte = 1;
		else
			*byte;
	}
	return 0;
}

/* It is whole, wherever something failed. */
static void look_and_unmap(void)
{
	CHECK(data == PLACE);
	for (size_t i = 0; i < LENGTH; i += PAGE)
		CHECK_EQ(data[i], writes);
	CHECK(munmap(data, LENGTH) == 0);
}

static void with_buffer(uint32_t kind, const struct action *action)
{
	node = node_open(O_RDWR);
	CHECK(do_alloc(node, kind, LENGTH, &fd) == 0);
	failnth(node, action);
	close(fd);
	close(node);
}

static void views(uint32_t kind)
{
	const struct action action = {
		.call = call_mmap,
		.undo = look_and_unmap,
		.errnos = { ENOMEM },
	};

	with_buffer(kind, &action);
}

static void cached(void)
{
	views(DMASPAN_KIND_CACHED);
}

static void cached_read(void)
{
	reads = true;
	views(DMASPAN_KIND_CACHED);
}

static void cached_written(void)
{
	writes = true;
	views(DMASPAN_KIND_CACHED);
}

static void write_combined(void)
{
	views(DMASPAN_KIND_WC);
}

static void write_combined_read(void)
{
	reads = true;
	views(DMASPAN_KIND_WC);
}

static void write_combined_written(void)
{
	writes = true;
	views(DMASPAN_KIND_WC);
}

static void view_and_drop(void)
{
	writes = true;
	CHECK(call_mmap() == 0);
	CHECK(madvise(data, LENGTH, MADV_DONTNEED) == 0);
}

static int call_touch(void)
{
	for (size_t i = 0; i < LENGTH; i += PAGE)
		data[i] = 1;
	return 0;
}

/* Page by page, into page tables that are there */
static void dropped_and_written(void)
{
	const struct action action = {
		.prepare = view_and_drop,
		.call = call_touch,
		.undo = look_and_unmap,
		.quiet = true,
	};

	with_buffer(DMASPAN_KIND_CACHED, &action);
}

static void view_it(void)
{
	CHECK(call_mmap() == 0);
}

/* Its middle, so that the view is split */
static int call_munmap(void)
{
	return munmap(data + PAGE, LENGTH - 2 * PAGE);
}

static void unmap_all(void)
{
	CHECK(munmap(data, LENGTH) == 0);
}

static void split(void)
{
	const struct action action = {
		.prepare = view_it,
		.call = call_munmap,
		.undo = unmap_all,
		.failed = look_and_unmap,
		.errnos = { ENOMEM },
	};

	with_buffer(DMASPAN_KIND_CACHED, &action);
}

static const struct test_case cases[] = {
	CASE(cached),
	CASE(cached_read),
	CASE(cached_written),
	CASE(write_combined),
	CASE(write_combined_read),
	CASE(write_combined_written),
	CASE(dropped_and_written),
	CASE(split),
};

FAILNTH_MAIN(cases)
