// SPDX-License-Identifier: MIT
/* SYNC: it reads its ranges and allocates nothing but room for them. */
#include "failnth.h"

#define LENGTH	(16 * PAGE)

static int node;
static struct span span;
static struct dmaspan_range ranges[DMASPAN_MAX_RANGES];
static uint32_t to, count;

static int call_sync(void)
{
	struct dmaspan_sync arg = {
		.size = sizeof(arg),
		.flags = to,
		.mapping = span.map.out_mapping,
		.count = count,
		.ranges = PTR(ranges),
	};

	return FAILNTH_IOCTL(node, DMASPAN_SYNC, &arg);
}

static void syncs(uint32_t direction, uint32_t number)
{
	const struct action action = {
		.call = call_sync,
		.errnos = { ENOMEM, EFAULT },
	};

	to = direction;
	count = number;
	for (uint32_t i = 0; i < count; i++)
		ranges[i] = (struct dmaspan_range) { i * 64, 64 };
	node = node_open(O_RDWR);
	span_open(&span, node, DMASPAN_KIND_CACHED, DMASPAN_BIDIRECTIONAL, LENGTH);
	failnth(node, &action);
	span_close(&span);
	close(node);
}

static void one_range(void)
{
	syncs(DMASPAN_SYNC_FOR_DEVICE, 1);
}

static void one_range_for_cpu(void)
{
	syncs(DMASPAN_SYNC_FOR_CPU, 1);
}

static void many_ranges(void)
{
	syncs(DMASPAN_SYNC_FOR_DEVICE, DMASPAN_MAX_RANGES);
}

static void many_ranges_for_cpu(void)
{
	syncs(DMASPAN_SYNC_FOR_CPU, DMASPAN_MAX_RANGES);
}

static const struct test_case cases[] = {
	CASE(one_range),
	CASE(one_range_for_cpu),
	CASE(many_ranges),
	CASE(many_ranges_for_cpu),
};

FAILNTH_MAIN(cases)
