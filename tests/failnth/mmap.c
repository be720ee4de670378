// SPDX-License-Identifier: MIT
/*
 * CPU views, and their first touch. They lie where nothing else does, so that
 * all page tables are made anew. A fault that fails is repeated by the kernel,
 * which says so in its log.
 */
#include "failnth.h"

#define TABLE	(2 * MIB)	/* what one page table has entries for */
#define PLACE	((unsigned char *)0x200000000000)

static int node, fd;
/* Across the end of a table */
static unsigned char *place = PLACE + TABLE - 8 * PAGE;
static size_t length = 16 * PAGE;
static unsigned char *data;
static bool reads, writes;
static int populate, prot = PROT_READ | PROT_WRITE;

static int call_mmap(void)
{
	data = mmap(place, length, prot, MAP_SHARED | MAP_FIXED_NOREPLACE | populate, fd, 0);
	if (data == MAP_FAILED)
		return -1;
	for (size_t i = 0; (reads || writes) && i < length; i += PAGE) {
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
	CHECK(data == place);
	for (size_t i = 0; i < length; i += PAGE)
		CHECK_EQ(data[i], writes);
	CHECK(munmap(data, length) == 0);
}

static const struct action view_made = {
	.call = call_mmap,
	.undo = look_and_unmap,
	.errnos = { ENOMEM },
};

static void views(uint32_t kind)
{
	failnth_buffer(&node, &fd, kind, length, &view_made);
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

/* All of it at once, where the kernel can: what it cannot is touched later. */
static void cached_populated(void)
{
	populate = MAP_POPULATE;
	views(DMASPAN_KIND_CACHED);
}

static void coherent(void)
{
	views(DMASPAN_KIND_COHERENT);
}

static void coherent_written(void)
{
	writes = true;
	views(DMASPAN_KIND_COHERENT);
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

static void views_and_end(void)
{
	failnth(node, &view_made);
	close(fd);
	close(node);
}

static void read_only(void)
{
	prot = PROT_READ;
	reads = true;
	node = node_open(O_RDWR);
	fd = read_only_buffer(node, DMASPAN_KIND_CACHED, length);
	views_and_end();
}

/* One block and one table: where the kernel maps huge entries, its first touch makes one. */
static void huge(void)
{
	place = PLACE;
	length = TABLE;
	node = node_open(O_RDWR);
	CHECK(do_alloc_flags(node, DMASPAN_KIND_CACHED, DMASPAN_ALLOC_CONTIGUOUS,
			     O_RDWR | O_CLOEXEC, length, &fd) == 0);
	views_and_end();
}

static void huge_read(void)
{
	reads = true;
	huge();
}

static void huge_written(void)
{
	writes = true;
	huge();
}

static void view_and_drop(void)
{
	writes = true;
	CHECK(call_mmap() == 0);
	CHECK(madvise(data, length, MADV_DONTNEED) == 0);
}

static int call_touch(void)
{
	for (size_t i = 0; i < length; i += PAGE)
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

	failnth_buffer(&node, &fd, DMASPAN_KIND_CACHED, length, &action);
}

static void view_it(void)
{
	CHECK(call_mmap() == 0);
}

/* Its middle, so that the view is split */
static int call_munmap(void)
{
	return munmap(data + PAGE, length - 2 * PAGE);
}

static void unmap_all(void)
{
	CHECK(munmap(data, length) == 0);
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

	failnth_buffer(&node, &fd, DMASPAN_KIND_CACHED, length, &action);
}

static const struct test_case cases[] = {
	CASE(cached),
	CASE(cached_read),
	CASE(cached_written),
	CASE(cached_populated),
	CASE(coherent),
	CASE(coherent_written),
	CASE(write_combined),
	CASE(write_combined_read),
	CASE(write_combined_written),
	CASE(read_only),
	CASE(huge_read),
	CASE(huge_written),
	CASE(dropped_and_written),
	CASE(split),
};

FAILNTH_MAIN(cases)
