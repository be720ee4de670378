// SPDX-License-Identifier: MIT
/*
 * What source gives and sink takes, checked by what is not the device: patterns,
 * clocks, stamps, losses.  timeout: 150
 */
#include <math.h>

#include "virt.h"

#define LENGTH	(16 * PAGE)
#define MS	1000000ULL

static struct stream s;

static void begin(void)
{
	knobs_reset();
	findings_clear();
}

static void end(void)
{
	stream_close(&s);
	knobs_reset();
	no_findings();
}

/* Patterns by their definition in kernel/virt/virt_signal.h, one bit at a time where it has bits */

static uint32_t counter(uint64_t n)
{
	return (uint32_t)n;
}

static uint32_t sine(uint64_t n)
{
	return (uint32_t)(int32_t)lround(0x1p30 * sin(2 * M_PI * (double)(n % 256) / 256));
}

static uint32_t prbs(uint64_t n)
{
	static uint64_t at;		/* number of the next bit */
	static unsigned char bits[31];	/* the last ones, by number modulo 31 */
	uint32_t sample = 0;

	if (n == 0)
		at = 0;
	for (int i = 0; i < 32; i++, at++) {
		unsigned char bit = at < 31 ? 1 : bits[at % 31] ^ bits[(at + 3) % 31];

		bits[at % 31] = bit;
		sample |= (uint32_t)bit << i;
	}
	return sample;
}

static const struct {
	const char *name;
	uint32_t (*sample)(uint64_t n);
} patterns[] = { { "counter", counter }, { "sine", sine }, { "prbs", prbs } };

static uint32_t get32(const unsigned char *at)
{
	return (uint32_t)at[0] | (uint32_t)at[1] << 8 | (uint32_t)at[2] << 16 |
	       (uint32_t)at[3] << 24;
}

static void put32(unsigned char *at, uint32_t value)
{
	for (int i = 0; i < 4; i++)
		at[i] = (unsigned char)(value >> 8 * i);
}

static uint64_t get64(const unsigned char *at)
{
	return get32(at) | (uint64_t)get32(at + 4) << 32;
}

/* Transfers that cut samples anywhere; together LENGTH bytes */
static void move_all(void)
{
	static const size_t cuts[] = { 1, 2, 1000, 4093, 3, 7, 8192, 13, 20000 };
	size_t at = 0;

	for (size_t i = 0; at < LENGTH; i++) {
		size_t n = cuts[i % ARRAY_SIZE(cuts)];

		n = n < LENGTH - at ? n : LENGTH - at;
		stream_move(&s, at, n);
		at += n;
	}
}

static void source_gives(size_t which)
{
	uint32_t (*sample)(uint64_t n) = patterns[which].sample;

	begin();
	knob_text("source/pattern", patterns[which].name);
	stream_open(&s, "source", LENGTH);
	move_all();
	for (size_t n = 0; n < LENGTH / SAMPLE; n++) {
		uint32_t want = sample(n), got = get32(s.span.data + n * SAMPLE);

		if (got != want)
			test_fail(__FILE__, __LINE__, "sample %zu is %08x, want %08x", n, got,
				  want);
	}
	CHECK_EQ(knob_get("source/samples"), LENGTH / SAMPLE);
	CHECK_EQ(knob_get("source/lost"), 0);
	end();
}

static void source_counter(void)
{
	source_gives(0);
}

static void source_sine(void)
{
	source_gives(1);
}

static void source_prbs(void)
{
	source_gives(2);
	CHECK_EQ(prbs(0), 0x7fffffff);
	CHECK_EQ(prbs(1), 0x38000000);
	CHECK_EQ(prbs(2), 0x1f800000);
}

static void sink_takes(size_t which)
{
	begin();
	knob_text("sink/pattern", patterns[which].name);
	stream_open(&s, "sink", LENGTH);
	for (size_t n = 0; n < LENGTH / SAMPLE; n++)
		put32(s.span.data + n * SAMPLE, patterns[which].sample(n));
	move_all();
	CHECK_EQ(knob_get("sink/samples"), LENGTH / SAMPLE);
	CHECK_EQ(knob_get("sink/errors"), 0);
	end();
}

static void sink_counter(void)
{
	sink_takes(0);
}

static void sink_sine(void)
{
	sink_takes(1);
}

static void sink_prbs(void)
{
	sink_takes(2);
}

static void sink_sees_errors(void)
{
	begin();
	stream_open(&s, "sink", LENGTH);
	for (size_t n = 0; n < LENGTH / SAMPLE; n++)
		put32(s.span.data + n * SAMPLE, counter(n));
	s.span.data[0] ^= 1;
	s.span.data[1001] ^= 128;
	s.span.data[LENGTH - 1] ^= 2;
	move_all();
	CHECK_EQ(knob_get("sink/errors"), 3);
	CHECK_EQ(knob_get("sink/samples"), LENGTH / SAMPLE);
	end();
}

/* Samples that are taken as they come, at the rate's pace and no faster */
static void source_rate(void)
{
	static const uint64_t rates[] = { 8000, 40000 };

	for (size_t i = 0; i < ARRAY_SIZE(rates); i++) {
		uint64_t want = LENGTH / SAMPLE * 1000 * MS / rates[i], start, took;

		begin();
		knob_set("source/rate", rates[i]);
		stream_open(&s, "source", LENGTH);
		start = now_ns();
		stream_move(&s, 0, LENGTH);
		took = now_ns() - start;
		test_note("%llu samples a second: %llu ms, want %llu", (unsigned long long)rates[i],
			  took / MS, want / MS);
		CHECK(took >= want - MS);
		CHECK(took <= want + want / 2 + 1000 * MS);
		CHECK_EQ(knob_get("source/lost"), 0);
		CHECK_EQ(get32(s.span.data + LENGTH - SAMPLE), LENGTH / SAMPLE - 1);
		end();
	}
}

/* It is over when the last sample is in the FIFO. */
static void sink_rate(void)
{
	uint64_t start, took, want = (LENGTH / SAMPLE - 1024) * 1000 * MS / 16000;

	begin();
	knob_set("sink/rate", 16000);
	knob_set("sink/fifo", 1024);
	stream_open(&s, "sink", LENGTH);
	start = now_ns();
	stream_move(&s, 0, LENGTH);
	took = now_ns() - start;
	CHECK(took >= want - MS);
	CHECK(took <= want + want / 2 + 1000 * MS);
	end();
}

/*
 * Nobody reads for a while: what the FIFO did not hold is counted, and missing.
 * The FIFO holds a second: so long may it take to look at a count.
 */
static void overrun(void)
{
	uint64_t before, after, gap;

	begin();
	knob_set("source/rate", 1024);
	knob_set("source/fifo", 1024);
	stream_open(&s, "source", LENGTH);
	stream_move(&s, 0, 32 * SAMPLE);
	CHECK_EQ(knob_get("source/overruns"), 0);
	CHECK_EQ(knob_get("source/lost"), 0);
	msleep(2000);
	before = knob_get("source/lost");
	CHECK(before >= 2 * 1024 - 1024 - 32);
	CHECK_EQ(knob_get("source/overruns"), 1);
	stream_move(&s, 32 * SAMPLE, 200 * SAMPLE);
	after = knob_get("source/lost");
	gap = get32(s.span.data + 32 * SAMPLE) - 32;
	CHECK(gap >= before && gap <= after);
	for (uint32_t n = 0; n < 200; n++)
		CHECK_EQ(get32(s.span.data + (32 + n) * SAMPLE), 32 + gap + n);
	msleep(500);
	CHECK_EQ(knob_get("source/overruns"), 2);
	CHECK(knob_get("source/samples") >= knob_get("source/lost") + 232);
	end();
}

/* What the sink is given lasts a second, likewise. */
static void underrun(void)
{
	begin();
	knob_set("sink/rate", 100);
	stream_open(&s, "sink", LENGTH);
	for (size_t n = 0; n < LENGTH / SAMPLE; n++)
		put32(s.span.data + n * SAMPLE, counter(n));
	stream_move(&s, 0, 100 * SAMPLE);
	CHECK_EQ(knob_get("sink/underruns"), 0);
	msleep(1500);
	stream_move(&s, 100 * SAMPLE, 100 * SAMPLE);
	CHECK_EQ(knob_get("sink/underruns"), 1);
	CHECK_EQ(knob_get("sink/samples"), 200);
	CHECK_EQ(knob_get("sink/errors"), 0);
	end();
}

#define BLOCK	256UL	/* bytes */

/* Each block says which sample it starts with and when that was. */
static void stamps(void)
{
	uint64_t rate = 50000, previous = 0, opened = now_ns();

	begin();
	knob_set("source/stamp", BLOCK);
	knob_set("source/rate", rate);
	stream_open(&s, "source", LENGTH);
	move_all();
	for (size_t at = 0; at < LENGTH; at += BLOCK) {
		const unsigned char *block = s.span.data + at;
		uint64_t n = get64(block), time = get64(block + 8);
		int64_t step = (int64_t)(time - previous);
		int64_t want = (int64_t)(BLOCK / SAMPLE * 1000 * MS / rate);

		CHECK_EQ(n, at / SAMPLE);
		if (at)
			CHECK(step >= want - 2 && step <= want + 2);
		else
			CHECK(time > opened);
		CHECK(time <= now_ns());
		previous = time;
		for (size_t i = 4; i < BLOCK / SAMPLE; i++)
			CHECK_EQ(get32(block + i * SAMPLE), n + i);
	}
	end();
}

/* What source gives, sink finds right. */
static void stamps_come_back(void)
{
	unsigned char *kept = malloc(LENGTH);

	CHECK(kept);
	begin();
	knob_set("source/stamp", BLOCK);
	knob_set("sink/stamp", BLOCK);
	stream_open(&s, "source", LENGTH);
	move_all();
	memcpy(kept, s.span.data, LENGTH);
	stream_close(&s);
	stream_open(&s, "sink", LENGTH);
	memcpy(s.span.data, kept, LENGTH);
	put32(s.span.data + BLOCK, 1);
	move_all();
	CHECK_EQ(knob_get("sink/errors"), 1);
	free(kept);
	end();
}

static void opening_begins_anew(void)
{
	begin();
	for (int round = 0; round < 3; round++) {
		stream_open(&s, "source", LENGTH);
		CHECK_EQ(knob_get("source/samples"), 0);
		stream_move(&s, 0, PAGE);
		CHECK_EQ(get32(s.span.data), 0);
		CHECK_EQ(knob_get("source/samples"), PAGE / SAMPLE);
		stream_close(&s);
		CHECK_EQ(knob_get("source/samples"), PAGE / SAMPLE);
	}
	knobs_reset();
	no_findings();
}

/* Device memory is one segment, of more bytes than the device takes for one. */
static void longer_than_a_segment(void)
{
	const size_t length = 2 * knob_get("max_segment") + PAGE;

	for (uint32_t kind = 0; kind < 3; kind++) {
		begin();
		stream_open_kind(&s, "source", kind, length);
		stream_move(&s, SAMPLE, length - SAMPLE);
		for (size_t i = 1; i < length / SAMPLE; i++)
			if (((uint32_t *)s.span.data)[i] != i - 1)
				test_fail(__FILE__, __LINE__, "kind %u: sample %zu", kind, i);
		end();
	}
}

static void knobs_are_busy(void)
{
	begin();
	stream_open(&s, "source", LENGTH);
	CHECK_EQ(write_text(VIRT_SYSFS "/source/rate", "5"), -EBUSY);
	CHECK_EQ(write_text(VIRT_SYSFS "/source/fifo", "64"), -EBUSY);
	CHECK_EQ(write_text(VIRT_SYSFS "/source/stamp", "64"), -EBUSY);
	CHECK_EQ(write_text(VIRT_SYSFS "/source/pattern", "sine"), -EBUSY);
	knob_set("sink/rate", 0);
	end();
}

static const struct test_case cases[] = {
	CASE(source_counter),
	CASE(source_sine),
	CASE(source_prbs),
	CASE(sink_counter),
	CASE(sink_sine),
	CASE(sink_prbs),
	CASE(sink_sees_errors),
	CASE(source_rate),
	CASE(sink_rate),
	CASE(overrun),
	CASE(underrun),
	CASE(stamps),
	CASE(stamps_come_back),
	CASE(opening_begins_anew),
	CASE(longer_than_a_segment),
	CASE(knobs_are_busy),
};

int main(void)
{
	test_device(VIRT_NAME);
	return test_main(cases, ARRAY_SIZE(cases));
}
