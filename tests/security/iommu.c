// SPDX-License-Identifier: MIT
/* Behind an IOMMU a device reaches memory as long as it is mapped, whatever it is told to do. */
#include "log.h"

#define LENGTH	2048	/* the module's */
#define ROGUE	"/sys/module/dmaspan_rogue/parameters/"

/* Nobody else uses the engine */
struct rogue {
	int node;
	int log;
	struct loop loop;
	struct span source;	/* mapped throughout, with data for the device */
};

static void device_does(const char *what, uint64_t address)
{
	char text[32];

	snprintf(text, sizeof(text), "%#llx", (unsigned long long)address);
	CHECK_EQ(write_text(what, text), 0);
}

static void fetch(uint64_t address)
{
	device_does(ROGUE "fetch", address);
}

static void store(uint64_t address)
{
	device_does(ROGUE "store", address);
}

static uint64_t address_of(const struct span *span)
{
	struct dmaspan_segment segment;
	uint32_t count;

	CHECK(do_segments(span->node, span->map.out_mapping, &segment, 1, &count) == 0);
	CHECK(segment.length >= LENGTH);
	return segment.address;
}

static void rogue_open(struct rogue *r)
{
	r->log = log_open();
	r->node = node_open(O_RDWR);
	loop_open(&r->loop, r->node);
	span_open(&r->source, r->node, DMASPAN_KIND_CACHED, DMASPAN_TO_DEVICE, PAGE);
	fill(r->source.data, LENGTH, 1);
	hand_over(&r->source, DMASPAN_SYNC_FOR_DEVICE, 0, LENGTH);
	fetch(address_of(&r->source));
}

static void rogue_close(struct rogue *r)
{
	span_close(&r->source);
	loop_close(&r->loop);
	close(r->node);
	close(r->log);
	device_works();
}

/* While it is mapped, the data arrive. */
static uint64_t store_arrives(struct span *span)
{
	uint64_t address = address_of(span);

	fill(span->data, LENGTH, 2);
	hand_over(span, DMASPAN_SYNC_FOR_DEVICE, 0, LENGTH);
	store(address);
	hand_over(span, DMASPAN_SYNC_FOR_CPU, 0, LENGTH);
	CHECK(filled(span->data, LENGTH, 1));
	return address;
}

static void store_is_blocked(struct rogue *r, unsigned char *data, uint64_t address)
{
	fill(data, LENGTH, 3);
	store(address);
	CHECK(log_says(r->log, "[DMA Write"));
	CHECK(filled(data, LENGTH, 3));
}

static void no_write_after_unmap(void)
{
	struct span span;
	uint64_t address;
	struct rogue r;

	rogue_open(&r);
	span_open(&span, r.node, DMASPAN_KIND_CACHED, DMASPAN_BIDIRECTIONAL, PAGE);
	address = store_arrives(&span);
	CHECK(do_unmap(r.node, span.map.out_mapping) == 0);
	store_is_blocked(&r, span.data, address);
	CHECK(do_map(r.node, span.fd, DMASPAN_BIDIRECTIONAL, &span.map) == 0);
	store_arrives(&span);
	span_close(&span);
	rogue_close(&r);
}

static void no_write_after_close(void)
{
	int other = node_open(O_RDWR);
	struct span span;
	uint64_t address;
	struct rogue r;

	rogue_open(&r);
	span_open(&span, other, DMASPAN_KIND_CACHED, DMASPAN_BIDIRECTIONAL, PAGE);
	address = store_arrives(&span);
	close(other);
	store_is_blocked(&r, span.data, address);
	munmap(span.data, span.length);
	close(span.fd);
	rogue_close(&r);
}

static void no_read_after_unmap(void)
{
	struct span secret, target;
	uint64_t address;
	struct rogue r;

	rogue_open(&r);
	span_open(&target, r.node, DMASPAN_KIND_CACHED, DMASPAN_BIDIRECTIONAL, PAGE);
	span_open(&secret, r.node, DMASPAN_KIND_CACHED, DMASPAN_BIDIRECTIONAL, PAGE);
	address = store_arrives(&secret);
	CHECK(do_unmap(r.node, secret.map.out_mapping) == 0);
	fill(secret.data, LENGTH, 4);
	fetch(address);
	CHECK(log_says(r.log, "[DMA Read"));
	store(address_of(&target));
	hand_over(&target, DMASPAN_SYNC_FOR_CPU, 0, LENGTH);
	CHECK(!memmem(target.data, LENGTH, secret.data, 16));
	munmap(secret.data, secret.length);
	close(secret.fd);
	span_close(&target);
	rogue_close(&r);
}

/*
 * Nor does the device write where it may only read, as with a read-only fd.
 * Few faults are logged in five seconds, which this one need not be among.
 */
static void no_write_by_a_reader(void)
{
	struct span span, control;
	struct dmaspan_map map;
	struct rogue r;

	rogue_open(&r);
	span = (struct span) { .node = r.node, .length = PAGE };
	span.fd = read_only_buffer(r.node, DMASPAN_KIND_CACHED, PAGE);
	span.data = read_only_view(span.fd, PAGE);
	CHECK_ERRNO(do_map(r.node, span.fd, DMASPAN_BIDIRECTIONAL, &map), EACCES);
	CHECK(do_map(r.node, span.fd, DMASPAN_TO_DEVICE, &span.map) == 0);
	store(address_of(&span));
	CHECK(all_zero(span.data, PAGE));
	span_open(&control, r.node, DMASPAN_KIND_CACHED, DMASPAN_BIDIRECTIONAL, PAGE);
	store_arrives(&control);
	CHECK(all_zero(span.data, PAGE));
	span_close(&control);
	span_close(&span);
	rogue_close(&r);
}

/*
 * Nor does it read what it may only write. 6.1 sets the read bit all the same
 * (VT-d, __domain_mapping()).
 */
static void no_read_by_a_writer(void)
{
	struct span secret, target;
	struct rogue r;

	if (kernel_major() < 7)
		test_skip("this kernel makes what a device may write readable for it");
	rogue_open(&r);
	span_open(&target, r.node, DMASPAN_KIND_CACHED, DMASPAN_BIDIRECTIONAL, PAGE);
	span_open(&secret, r.node, DMASPAN_KIND_CACHED, DMASPAN_FROM_DEVICE, PAGE);
	store_arrives(&secret);
	fill(secret.data, LENGTH, 4);
	fetch(address_of(&secret));
	store(address_of(&target));
	hand_over(&target, DMASPAN_SYNC_FOR_CPU, 0, LENGTH);
	CHECK(!memmem(target.data, LENGTH, secret.data, 16));
	span_close(&secret);
	span_close(&target);
	rogue_close(&r);
}

static const struct test_case cases[] = {
	CASE(no_write_after_unmap),
	CASE(no_write_after_close),
	CASE(no_read_after_unmap),
	CASE(no_write_by_a_reader),
	CASE(no_read_by_a_writer),
};

int main(void)
{
	char module[512];
	int ret;

	if (test_mode() != MODE_IOMMU)
		return test_skip_all("there is no IOMMU");
	snprintf(module, sizeof(module), "%s/tests/kmod/dmaspan_rogue.ko", getenv("DMASPAN_O"));
	if (RUN("insmod", module))
		return 1;
	ret = test_main(cases, ARRAY_SIZE(cases));
	RUN("rmmod", "dmaspan_rogue");
	return ret;
}
