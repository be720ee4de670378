// SPDX-License-Identifier: MIT
/* Each knob of the device does what it says.  timeout: 150 */
#include "virt.h"

#define LENGTH	(4 * PAGE)
#define MS	1000000ULL

static struct stream s;

static void open_source(void)
{
	knobs_reset();
	findings_clear();
	stream_open(&s, "source", LENGTH);
}

static void close_stream(void)
{
	stream_close(&s);
	knobs_reset();
	no_findings();
}

/* How long one takes, in ns */
static uint64_t time_of_move(size_t length)
{
	uint64_t start = now_ns();

	stream_move(&s, 0, length);
	return now_ns() - start;
}

static void latency(void)
{
	open_source();
	knob_set("latency_us", 150000);
	for (int i = 0; i < 3; i++)
		CHECK(time_of_move(64) >= 150 * MS);
	knob_set("latency_us", 0);
	CHECK(time_of_move(64) < 150 * MS || time_of_move(64) < 150 * MS);
	close_stream();
}

static void latency_of_copies(void)
{
	knobs_reset();
	findings_clear();
	stream_open(&s, "copy0", LENGTH);
	knob_set("latency_us", 150000);
	fill(s.span.data + LENGTH, LENGTH, 1);
	CHECK(time_of_move(LENGTH) >= 150 * MS);
	CHECK(filled(s.span.data, LENGTH, 1));
	close_stream();
}

/* Each waits for its own time, not for that of the ones before it. */
static void latency_of_queued(void)
{
	struct dmaspan_completion done[2];

	open_source();
	knob_set("latency_us", 100000);
	hand_over(&s.span, DMASPAN_SYNC_FOR_DEVICE, 0, LENGTH);
	CHECK(stream_submit(&s, 0, 64, 0) == 0);
	CHECK(stream_submit(&s, 64, 64, 1) == 0);
	CHECK(do_wait(s.channel, &done[0], WAIT_MS) == 0);
	CHECK(do_wait(s.channel, &done[1], WAIT_MS) == 0);
	CHECK(done[1].time - done[0].time >= 100 * MS);
	hand_over(&s.span, DMASPAN_SYNC_FOR_CPU, 0, LENGTH);
	close_stream();
}

static void jitter(void)
{
	uint64_t least = UINT64_MAX, most = 0;

	open_source();
	knob_set("latency_us", 20000);
	knob_set("jitter_us", 100000);
	for (int i = 0; i < 10; i++) {
		uint64_t time = time_of_move(64);

		CHECK(time >= 20 * MS);
		least = time < least ? time : least;
		most = time > most ? time : most;
	}
	CHECK(most - least > 10 * MS);
	close_stream();
}

#define NTH	3
#define TRIES	9

/* Every NTH is what is asked for, with the status and length given; the others are well. */
static void every_nth(const char *knob, int status, size_t length)
{
	struct dmaspan_completion done;
	int last = -1, seen = 0;

	open_source();
	knob_set(knob, NTH);
	for (int i = 0; i < TRIES; i++) {
		stream_transfer(&s, 0, 1024, &done);
		if (!done.status && done.length == 1024)
			continue;
		CHECK_EQ(done.status, status);
		CHECK_EQ(done.length, length);
		CHECK(last < 0 || i - last == NTH);
		last = i;
		seen++;
	}
	CHECK_EQ(seen, TRIES / NTH);
	knob_set(knob, 0);
	for (int i = 0; i < NTH; i++)
		stream_move(&s, 0, 1024);
	close_stream();
}

static void fail_nth(void)
{
	every_nth("fail_nth", -EIO, 512);
}

static void short_nth(void)
{
	every_nth("short_nth", 0, 512);
}

static void short_ends_at_a_sample(void)
{
	struct dmaspan_completion done;

	open_source();
	knob_set("short_nth", 1);
	stream_transfer(&s, 0, 1004, &done);
	CHECK_EQ(done.status, 0);
	CHECK_EQ(done.length, 500);
	close_stream();
}

static void hang_nth(void)
{
	struct dmaspan_completion done;
	uint32_t cancelled;

	open_source();
	knob_set("hang_nth", 1);
	for (uint64_t i = 0; i < 2; i++)
		CHECK(stream_submit(&s, i * PAGE, PAGE, i) == 0);
	CHECK_ERRNO(do_wait(s.channel, &done, 700), ETIMEDOUT);
	CHECK(do_cancel(s.channel, &cancelled) == 0);
	CHECK_EQ(cancelled, 2);
	for (uint64_t i = 0; i < 2; i++) {
		CHECK(do_wait(s.channel, &done, WAIT_MS) == 0);
		CHECK_EQ(done.cookie, i);
		CHECK_EQ(done.status, -ECANCELED);
	}
	knob_set("hang_nth", 0);
	hand_over(&s.span, DMASPAN_SYNC_FOR_CPU, 0, LENGTH);
	stream_move(&s, 0, LENGTH);
	close_stream();
}

/* A hung transfer holds up its own channel only. */
static void hang_leaves_others(void)
{
	struct dmaspan_completion done;
	struct stream sink;
	uint32_t cancelled;

	open_source();
	stream_open(&sink, "sink", LENGTH);
	knob_set("hang_nth", 1);
	CHECK(stream_submit(&s, 0, PAGE, 0) == 0);
	CHECK_ERRNO(do_wait(s.channel, &done, 300), ETIMEDOUT);
	knob_set("hang_nth", 0);
	stream_move(&sink, 0, LENGTH);
	CHECK_ERRNO(do_wait(s.channel, &done, 100), ETIMEDOUT);
	CHECK(do_cancel(s.channel, &cancelled) == 0);
	CHECK_EQ(cancelled, 1);
	stream_close(&sink);
	hand_over(&s.span, DMASPAN_SYNC_FOR_CPU, 0, LENGTH);
	close_stream();
}

static void read_only(void)
{
	static const char *const facts[] = {
		"coherent", "channels", "address_bits", "max_segment", "max_segments", "alignment",
		"findings", "source/samples", "source/lost", "source/overruns", "sink/samples",
		"sink/errors", "sink/underruns",
	};
	char path[128];

	for (size_t i = 0; i < ARRAY_SIZE(facts); i++) {
		knob_get(facts[i]);
		snprintf(path, sizeof(path), VIRT_SYSFS "/%s", facts[i]);
		CHECK_ERRNO(open(path, O_WRONLY), EACCES);
	}
	CHECK_EQ(knob_get("coherent"), 0);
}

static void bad_values(void)
{
	static const char *const knobs[] = {
		"latency_us", "jitter_us", "fail_nth", "hang_nth", "short_nth", "source/rate",
		"source/fifo", "source/stamp", "sink/rate", "sink/fifo", "sink/stamp",
		"source/pattern", "sink/pattern",
	};
	static const char *const pairs[][2] = {
		{ "source/fifo", "15" }, { "source/fifo", "16777217" }, { "source/stamp", "16" },
		{ "source/stamp", "33" }, { "source/rate", "1000000001" }, { "sink/stamp", "40" },
	};
	char path[128];

	for (size_t i = 0; i < ARRAY_SIZE(knobs); i++) {
		snprintf(path, sizeof(path), VIRT_SYSFS "/%s", knobs[i]);
		CHECK_EQ(write_text(path, "much"), -EINVAL);
		CHECK_EQ(write_text(path, "-1"), -EINVAL);
	}
	for (size_t i = 0; i < ARRAY_SIZE(pairs); i++) {
		snprintf(path, sizeof(path), VIRT_SYSFS "/%s", pairs[i][0]);
		CHECK_EQ(write_text(path, pairs[i][1]), -EINVAL);
	}
}

static const struct test_case cases[] = {
	CASE(latency),
	CASE(latency_of_copies),
	CASE(latency_of_queued),
	CASE(jitter),
	CASE(fail_nth),
	CASE(short_nth),
	CASE(short_ends_at_a_sample),
	CASE(hang_nth),
	CASE(hang_leaves_others),
	CASE(read_only),
	CASE(bad_values),
};

int main(void)
{
	test_device(VIRT_NAME);
	return test_main(cases, ARRAY_SIZE(cases));
}
