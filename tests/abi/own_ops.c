// SPDX-License-Identifier: MIT
/*
 * A device with mapping operations of its own (virt0) beside one without
 * (virt1): class, sync and charge of their mappings, in every mode.
 */
#include "harness.h"

#define PLAIN_NAME	"virt1"
#define NUM_KINDS	3

static int open_device(const char *name)
{
	test_device(name);
	return node_open(O_RDWR);
}

static uint32_t device_flags(const char *name)
{
	struct dmaspan_info info;
	int node = open_device(name);

	CHECK(do_info(node, &info) == 0);
	close(node);
	return info.out_flags;
}

static void flags(void)
{
	CHECK_EQ(device_flags(PLAIN_NAME), DMASPAN_DEVICE_COHERENT);
	CHECK_EQ(device_flags(VIRT_NAME), DMASPAN_DEVICE_IOMMU);
}

/* Only memory that the operations gave needs no sync; nothing is ever bounced. */
static void classes(void)
{
	int node = open_device(VIRT_NAME);
	struct span span;

	for (uint32_t kind = 0; kind < NUM_KINDS; kind++) {
		span_open(&span, node, kind, DMASPAN_BIDIRECTIONAL, 16 * PAGE);
		CHECK_EQ(span.map.out_class, DMASPAN_CLASS_IOMMU);
		CHECK_EQ(!!(span.map.out_flags & DMASPAN_MAPPING_NEEDS_SYNC),
			 kind == DMASPAN_KIND_CACHED);
		span_close(&span);
	}
	close(node);
}

/* Page tables, and the copy that the operations may keep */
static void charged_with_a_copy(void)
{
	const size_t length = 3 * MIB + PAGE;
	int node = open_device(VIRT_NAME);
	struct span span;

	span_open(&span, node, DMASPAN_KIND_CACHED, DMASPAN_TO_DEVICE, length);
	CHECK_EQ(used_bytes(), 2 * length + 2 * PAGE);
	CHECK(do_unmap(node, span.map.out_mapping) == 0);
	CHECK_EQ(used_bytes(), length);
	CHECK(do_map(node, span.fd, DMASPAN_TO_DEVICE, &span.map) == 0);
	span_close(&span);
	close(node);
}

/* More than programs may have of it, where there is any */
static void no_bounce_memory(void)
{
	int node = open_device(VIRT_NAME), fd;
	struct dmaspan_map map;

	CHECK(do_alloc(node, DMASPAN_KIND_CACHED, 96 * MIB, &fd) == 0);
	CHECK(do_map(node, fd, DMASPAN_TO_DEVICE, &map) == 0);
	CHECK_EQ(map.out_class, DMASPAN_CLASS_IOMMU);
	CHECK(do_unmap(node, map.out_mapping) == 0);
	close(fd);
	close(node);
}

static void buffers_of_another_device(void)
{
	int other = open_device(PLAIN_NAME), node = open_device(VIRT_NAME), fd;
	struct dmaspan_map map;

	for (uint32_t kind = 0; kind < NUM_KINDS; kind++) {
		CHECK(do_alloc(other, kind, 4 * PAGE, &fd) == 0);
		if (kind == DMASPAN_KIND_CACHED) {
			CHECK(do_map(node, fd, DMASPAN_BIDIRECTIONAL, &map) == 0);
			CHECK_EQ(map.out_class, DMASPAN_CLASS_IOMMU);
			CHECK(map.out_flags & DMASPAN_MAPPING_NEEDS_SYNC);
			CHECK(do_unmap(node, map.out_mapping) == 0);
		} else {
			CHECK_ERRNO(do_map(node, fd, DMASPAN_BIDIRECTIONAL, &map), EXDEV);
		}
		close(fd);
	}
	close(node);
	close(other);
}

static const struct test_case cases[] = {
	CASE(flags),
	CASE(classes),
	CASE(charged_with_a_copy),
	CASE(no_bounce_memory),
	CASE(buffers_of_another_device),
};

int main(void)
{
	test_device(VIRT_NAME);
	return test_main(cases, ARRAY_SIZE(cases));
}
