// SPDX-License-Identifier: MIT
/* Copies that are in flight, cancelled, cut short or failed. */
#include "virt.h"

#define LENGTH	(5 * MIB + 3 * PAGE)	/* of more than one piece */
#define SLOW_US	20000			/* for a transfer that has to be caught */
#define SLOW	64			/* so many of them */
#define SLOW_EACH (64 * KIB)

static struct copies w;

/* SLOW copies, each to a place of its own */
static void queue_slow(void)
{
	static struct dmaspan_transfer many[SLOW];

	knob_set("latency_us", SLOW_US);
	for (size_t i = 0; i < SLOW; i++) {
		many[i] = copies_transfer(&w, i * SLOW_EACH, i * SLOW_EACH, SLOW_EACH);
		many[i].cookie = i;
	}
	CHECK(do_submit_array(w.channel, many, SLOW) == 0);
}

static void stopped(void)
{
	knob_set("latency_us", 0);
	hand_over(&w.dst, DMASPAN_SYNC_FOR_CPU, 0, LENGTH);
}

static void busy_mappings(void)
{
	struct dmaspan_completion done;
	uint32_t cancelled;

	copies_open(&w, DMASPAN_KIND_CACHED, LENGTH);
	copies_fill(&w, 4);
	copies_blank(&w);
	queue_slow();
	CHECK_ERRNO(do_unmap(w.node, w.src.map.out_mapping), EBUSY);
	CHECK_ERRNO(do_unmap(w.node, w.dst.map.out_mapping), EBUSY);
	CHECK(do_cancel(w.channel, &cancelled) == 0);
	CHECK(cancelled > 0);
	stopped();
	/* Completions that were not read keep no mapping. */
	CHECK(do_unmap(w.node, w.src.map.out_mapping) == 0);
	CHECK(do_map(w.node, w.src.fd, DMASPAN_TO_DEVICE, &w.src.map) == 0);
	for (int i = 0; i < SLOW; i++)
		CHECK(do_wait(w.channel, &done, WAIT_MS) == 0);
	copies_close(&w);
}

static void cancelled_in_order(void)
{
	struct dmaspan_completion done;
	uint32_t cancelled, seen = 0;

	copies_open(&w, DMASPAN_KIND_CACHED, LENGTH);
	copies_fill(&w, 5);
	copies_blank(&w);
	queue_slow();
	CHECK(do_wait(w.channel, &done, WAIT_MS) == 0);
	CHECK_EQ(done.cookie, 0);
	CHECK(do_cancel(w.channel, &cancelled) == 0);
	CHECK(cancelled > 0);
	stopped();
	for (uint64_t i = 1; i < SLOW; i++) {
		size_t at = i * SLOW_EACH;

		CHECK(do_wait(w.channel, &done, WAIT_MS) == 0);
		CHECK_EQ(done.cookie, i);
		if (!done.status) {
			CHECK_EQ(seen, 0);
			CHECK_EQ(done.length, SLOW_EACH);
			CHECK(!memcmp(w.dst.data + at, w.src.data + at, SLOW_EACH));
			continue;
		}
		CHECK_EQ(done.status, -ECANCELED);
		/* For certain: what is claimed is there. */
		CHECK(done.length <= SLOW_EACH);
		CHECK(!memcmp(w.dst.data + at, w.src.data + at, done.length));
		seen++;
	}
	CHECK_EQ(seen, cancelled);
	copies_blank(&w);
	copies_move(&w, 1, 2, 3 * PAGE);
	copies_close(&w);
}

static void closing_stops(void)
{
	int channel;

	copies_open(&w, DMASPAN_KIND_CACHED, LENGTH);
	copies_fill(&w, 6);
	copies_blank(&w);
	queue_slow();
	close(w.channel);
	stopped();
	CHECK(do_channel_open(w.node, "copy0", O_CLOEXEC, &channel) == 0);
	w.channel = channel;
	copies_blank(&w);
	copies_move(&w, 0, 1, 1000);
	copies_close(&w);
}

/* Queues one, and waits for its end. */
static struct dmaspan_completion ended(const struct dmaspan_transfer *t)
{
	struct dmaspan_completion done;

	CHECK(do_submit_array(w.channel, t, 1) == 0);
	CHECK(do_wait(w.channel, &done, WAIT_MS) == 0);
	return done;
}

static uint64_t moved(const struct dmaspan_transfer *t, int status)
{
	struct dmaspan_completion done = ended(t);

	CHECK_EQ(done.status, status);
	if (done.length)
		hand_over(&w.dst, DMASPAN_SYNC_FOR_CPU, t->offset, done.length);
	return done.length;
}

static void ended_short(void)
{
	struct dmaspan_transfer t;
	uint64_t length;

	copies_open(&w, DMASPAN_KIND_CACHED, 2 * PAGE);
	copies_fill(&w, 7);
	copies_blank(&w);
	knob_set("short_nth", 1);
	t = copies_transfer(&w, 3, 5, 5000);
	length = moved(&t, 0);
	CHECK(length > 0 && length < 5000);
	CHECK(copies_arrived(&w, 3, 5, length));
	knobs_reset();
	copies_blank(&w);
	copies_move(&w, 3, 5, 5000);
	copies_close(&w);
}

/* The first piece of a copy ends short, and the last one does not: that is a hole. */
static void a_piece_ended_short(void)
{
	struct dmaspan_transfer t;
	int holes = 0;

	copies_open(&w, DMASPAN_KIND_CACHED, LENGTH);
	copies_fill(&w, 9);
	knob_set("short_nth", 2);
	/* Of two pieces one or the other; of more, not the last alone. */
	for (int i = 0; i < 2; i++) {
		struct dmaspan_completion done;

		copies_blank(&w);
		t = copies_transfer(&w, 0, 0, LENGTH);
		done = ended(&t);
		test_note("%d, %llu bytes moved", done.status, (unsigned long long)done.length);
		CHECK(done.length < LENGTH);
		hand_over(&w.dst, DMASPAN_SYNC_FOR_CPU, 0, LENGTH);
		if (done.status) {
			CHECK_EQ(done.status, -EIO);
			holes++;
		} else {
			CHECK(copies_arrived(&w, 0, 0, done.length));
		}
		t = copies_transfer(&w, 0, 0, 100);
		ended(&t);
		hand_over(&w.dst, DMASPAN_SYNC_FOR_CPU, 0, 100);
	}
	CHECK(holes > 0);
	knobs_reset();
	copies_close(&w);
}

/* Each way: the first piece of a copy fails, the last one does */
static void a_piece_failed(void)
{
	struct dmaspan_transfer t;
	uint64_t length;

	copies_open(&w, DMASPAN_KIND_CACHED, LENGTH);
	copies_fill(&w, 8);
	copies_blank(&w);
	knob_set("fail_nth", 1);
	t = copies_transfer(&w, 0, 0, 100);
	CHECK(moved(&t, -EIO) < 100);
	knob_set("fail_nth", 2);
	for (int i = 0; i < 2; i++) {
		t = copies_transfer(&w, 0, 0, LENGTH);
		length = moved(&t, -EIO);
		test_note("%llu bytes moved", (unsigned long long)length);
		CHECK(length < LENGTH);
		/* What came after the piece that failed is there, too. */
		hand_over(&w.dst, DMASPAN_SYNC_FOR_CPU, 0, LENGTH);
		if (!i) {
			/* The other piece from here on, if there are two. */
			t = copies_transfer(&w, 0, 0, 100);
			ended(&t);
		}
	}
	hand_over(&w.dst, DMASPAN_SYNC_FOR_CPU, 0, LENGTH);
	knobs_reset();
	copies_blank(&w);
	copies_move(&w, 0, 0, LENGTH);
	copies_close(&w);
}

static const struct test_case cases[] = {
	CASE(busy_mappings),
	CASE(cancelled_in_order),
	CASE(closing_stops),
	CASE(ended_short),
	CASE(a_piece_ended_short),
	CASE(a_piece_failed),
};

int main(void)
{
	test_device(VIRT_NAME);
	return test_main(cases, ARRAY_SIZE(cases));
}
