// SPDX-License-Identifier: MIT
/* Everything closed in every order: node, buffer, view, mapping, channel. */
#include "harness.h"

enum { NODE, BUFFER, VIEW, MAPPING, CHANNEL, PARTS };

static struct span span;
static int channel;
static bool node_open_still, flying;

static void end_part(int part)
{
	struct dmaspan_completion done;
	uint32_t cancelled;

	switch (part) {
	case NODE:
		CHECK(close(span.node) == 0);
		node_open_still = false;
		break;
	case BUFFER:
		CHECK(close(span.fd) == 0);
		break;
	case VIEW:
		CHECK(munmap(span.data, span.length) == 0);
		break;
	case MAPPING:
		if (!node_open_still)
			break;
		if (flying && channel >= 0) {
			CHECK_ERRNO(do_unmap(span.node, span.map.out_mapping), EBUSY);
			CHECK(do_cancel(channel, &cancelled) == 0);
			CHECK_EQ(cancelled, 2);
			CHECK(do_wait(channel, &done, 0) == 0);
		}
		CHECK(do_unmap(span.node, span.map.out_mapping) == 0);
		break;
	case CHANNEL:
		CHECK(close(channel) == 0);
		channel = -1;
		break;
	}
}

static void round_of(const int *order, uint32_t kind, bool fly)
{
	int node = node_open(O_RDWR);

	flying = fly;
	node_open_still = true;
	span_open(&span, node, kind, DMASPAN_FROM_DEVICE, 3 * PAGE);
	CHECK(do_channel_open(node, "rx", O_CLOEXEC, &channel) == 0);
	for (int i = 0; fly && i < 2; i++)
		CHECK(do_submit(channel, span.map.out_mapping, 0, 16, 0) == 0);
	for (int i = 0; i < PARTS; i++)
		end_part(order[i]);
	CHECK(used_becomes(0));
}

static void permute(int *order, int fixed, uint32_t kind, bool fly)
{
	if (fixed == PARTS) {
		round_of(order, kind, fly);
		return;
	}
	for (int i = fixed; i < PARTS; i++) {
		int swap = order[fixed];

		order[fixed] = order[i];
		order[i] = swap;
		permute(order, fixed + 1, kind, fly);
		swap = order[fixed];
		order[fixed] = order[i];
		order[i] = swap;
	}
}

static void every_order(uint32_t kind, bool fly)
{
	int order[PARTS] = { NODE, BUFFER, VIEW, MAPPING, CHANNEL };

	permute(order, 0, kind, fly);
}

static void idle_cached(void)
{
	every_order(DMASPAN_KIND_CACHED, false);
}

static void idle_coherent(void)
{
	every_order(DMASPAN_KIND_COHERENT, false);
}

static void idle_wc(void)
{
	every_order(DMASPAN_KIND_WC, false);
}

static void in_flight(void)
{
	every_order(DMASPAN_KIND_CACHED, true);
}

static const struct test_case cases[] = {
	CASE(idle_cached),
	CASE(idle_coherent),
	CASE(idle_wc),
	CASE(in_flight),
};

TEST_MAIN(cases)
