// SPDX-License-Identifier: GPL-2.0-only
/*
 * Source and sink: clocks, FIFOs and streams. virt_signal.h says what they are
 * to do.
 */
#include <linux/math64.h>
#include <linux/minmax.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/timekeeping.h>

#include "virt.h"
#include "virt_signal.h"

/* A slow signal is moved so often, and not sample by sample. */
#define PACE_HZ		250

/* Samples converted since the clock was started. */
static u64 clock_count(const struct virt_signal *s)
{
	return s->base + mul_u64_u32_div(ktime_get_ns() - s->since, s->rate, NSEC_PER_SEC);
}

/* When sample @n is converted: the first ns at which the clock counts it. */
static u64 clock_time(const struct virt_signal *s, u64 n)
{
	return s->since + mul_u64_u32_div(n + 1 - s->base, NSEC_PER_SEC, s->rate) + 1;
}

static void clock_start(struct virt_signal *s)
{
	s->running = true;
	s->since = ktime_get_ns();
	s->base = s->index;
}

/**
 * virt_signal_open() - a client has come: all begins anew
 * @s: the signal
 */
void virt_signal_open(struct virt_signal *s)
{
	unsigned long flags;

	spin_lock_irqsave(&s->lock, flags);
	s->open = true;
	s->running = false;
	s->index = 0;
	s->converted = 0;
	s->gap = false;
	s->lost = 0;
	s->breaks = 0;
	s->errors = 0;
	s->busy = false;
	s->pattern.kind = s->kind;
	virt_pattern_seek(&s->pattern, 0);
	s->at = 0;
	s->time = 0;
	s->part_done = 0;
	spin_unlock_irqrestore(&s->lock, flags);
}

/**
 * virt_signal_start() - a client wants something moved
 * @s: the signal
 */
void virt_signal_start(struct virt_signal *s)
{
	unsigned long flags;

	spin_lock_irqsave(&s->lock, flags);
	if (!s->sink && !s->running)
		clock_start(s);
	spin_unlock_irqrestore(&s->lock, flags);
}

/**
 * virt_signal_close() - the client has gone: the clock stops
 * @s: the signal; the mover does not use it
 */
void virt_signal_close(struct virt_signal *s)
{
	unsigned long flags;

	spin_lock_irqsave(&s->lock, flags);
	virt_signal_look(s);
	s->running = false;
	s->open = false;
	spin_unlock_irqrestore(&s->lock, flags);
}

/**
 * virt_signal_look() - what the clock says has happened until now
 * @s: the signal; the caller holds its lock
 *
 * What a burst is taking does not get lost.
 */
void virt_signal_look(struct virt_signal *s)
{
	/* What has been counted stays until it is opened again. */
	if (!s->open)
		return;
	if (s->sink || !s->rate)
		s->converted = s->index;
	else if (s->running)
		s->converted = clock_count(s);
	if (s->busy || s->converted <= s->index + s->fifo)
		return;
	s->lost += s->converted - s->fifo - s->index;
	s->index = s->converted - s->fifo;
	if (!s->gap)
		s->breaks++;
	s->gap = true;
}

/* Samples that are worth a burst. */
static u32 pace(const struct virt_signal *s)
{
	return max(min(s->fifo / 2, s->rate / PACE_HZ), 1u);
}

/* The mover is to come back when sample @n is converted. */
static u32 come_back(const struct virt_signal *s, u64 n, ktime_t *again)
{
	*again = min(*again, ns_to_ktime(clock_time(s, n)));
	return 0;
}

/* Bytes that source has. It takes them out of the FIFO. */
static u32 source_take(struct virt_signal *s, u32 want, ktime_t *again)
{
	u32 begun = s->part_done ? VIRT_SAMPLE - s->part_done : 0;
	u64 samples;
	u32 goal;

	virt_signal_look(s);
	if (s->rate && want > begun) {
		goal = min(want - begun, pace(s) * VIRT_SAMPLE);
		samples = s->converted - s->index;
		if (samples * VIRT_SAMPLE < goal)
			return come_back(s, s->index + DIV_ROUND_UP(goal, VIRT_SAMPLE) - 1, again);
		want = min_t(u64, want, begun + samples * VIRT_SAMPLE);
	}
	virt_pattern_seek(&s->pattern, s->index);
	if (want > begun) {
		s->index += DIV_ROUND_UP(want - begun, VIRT_SAMPLE);
		s->gap = false;
	}
	return want;
}

/* Bytes that sink has room for. */
static u32 sink_take(struct virt_signal *s, u32 want, ktime_t *again)
{
	u32 room, goal;
	u64 due;

	if (!s->rate)
		return want;
	if (!s->running)
		clock_start(s);
	due = clock_count(s);
	if (due > s->index) {
		s->breaks++;
		clock_start(s);
		due = s->index;
	}
	room = (s->fifo - (u32)(s->index - due)) * VIRT_SAMPLE;
	goal = min(want + s->part_done, pace(s) * VIRT_SAMPLE);
	if (room < goal) {
		goal = DIV_ROUND_UP(goal, VIRT_SAMPLE);
		return come_back(s, s->index + goal - s->fifo - 1, again);
	}
	return min(want, room - s->part_done);
}

/**
 * virt_signal_take() - begin a burst, if it is time
 * @s: the signal
 * @want: bytes that the transfer has to move, not 0
 * @again: if it is not time, made as early as that
 *
 * The mover's. Return: bytes to be visited, then virt_signal_taken(); or 0.
 */
u32 virt_signal_take(struct virt_signal *s, u32 want, ktime_t *again)
{
	unsigned long flags;

	spin_lock_irqsave(&s->lock, flags);
	want = s->sink ? sink_take(s, want, again) : source_take(s, want, again);
	s->busy = want;
	spin_unlock_irqrestore(&s->lock, flags);
	s->visited = 0;
	s->wrong = 0;
	return want;
}

/**
 * virt_signal_taken() - end a burst
 * @s: the signal
 *
 * Return: bytes that were visited; a fault makes them fewer.
 */
u32 virt_signal_taken(struct virt_signal *s)
{
	unsigned long flags;

	spin_lock_irqsave(&s->lock, flags);
	s->busy = false;
	s->index = s->pattern.index;
	s->errors += s->wrong;
	spin_unlock_irqrestore(&s->lock, flags);
	return s->visited;
}

/* A stamp has gone by, or a part of one. */
static void stamp_samples(struct virt_signal *s, u8 *data, size_t samples)
{
	u8 *here = s->header + s->at * VIRT_SAMPLE;
	__le64 word[2] = { 0 };

	if (!s->sink && !s->at) {
		s->time = s->rate ? clock_time(s, s->pattern.index) : ktime_get_ns();
		word[0] = cpu_to_le64(s->pattern.index);
		word[1] = cpu_to_le64(s->time);
		memcpy(s->header, word, sizeof(word));
	}
	if (s->sink)
		memcpy(here, data, samples * VIRT_SAMPLE);
	else
		memcpy(data, here, samples * VIRT_SAMPLE);
	virt_pattern_seek(&s->pattern, s->pattern.index + samples);
	if (s->sink && s->at + samples == VIRT_STAMP_SAMPLES) {
		memcpy(word, s->header, sizeof(word));
		s->wrong += le64_to_cpu(word[0]) != s->pattern.index - VIRT_STAMP_SAMPLES;
		s->wrong += le64_to_cpu(word[1]) < s->time;
		s->time = le64_to_cpu(word[1]);
	}
}

/* Samples up to the next stamp's begin or end. */
static size_t run_length(const struct virt_signal *s, size_t samples)
{
	if (!s->stamp)
		return samples;
	if (s->at < VIRT_STAMP_SAMPLES)
		return min_t(size_t, samples, VIRT_STAMP_SAMPLES - s->at);
	return min_t(size_t, samples, s->stamp / VIRT_SAMPLE - s->at);
}

static void whole_samples(struct virt_signal *s, u8 *data, size_t samples)
{
	size_t n;

	for (; samples; samples -= n, data += n * VIRT_SAMPLE) {
		n = run_length(s, samples);
		if (s->stamp && s->at < VIRT_STAMP_SAMPLES)
			stamp_samples(s, data, n);
		else if (s->sink)
			s->wrong += virt_pattern_check(&s->pattern, data, n);
		else
			virt_pattern_make(&s->pattern, data, n);
		if (!s->stamp)
			continue;
		s->at += n;
		if (s->at == s->stamp / VIRT_SAMPLE)
			s->at = 0;
	}
}

/* Bytes of one sample that is cut. Returns how many. */
static size_t part_of_sample(struct virt_signal *s, u8 *data, size_t len)
{
	size_t n = min_t(size_t, len, VIRT_SAMPLE - s->part_done);

	if (!s->sink && !s->part_done)
		whole_samples(s, s->part, 1);
	if (s->sink)
		memcpy(s->part + s->part_done, data, n);
	else
		memcpy(data, s->part + s->part_done, n);
	s->part_done += n;
	if (s->part_done == VIRT_SAMPLE) {
		s->part_done = 0;
		if (s->sink)
			whole_samples(s, s->part, 1);
	}
	return n;
}

/* A virt_visit_t: the stream goes on through memory, with the signal as @context. */
void virt_signal_visit(void *context, void *data, size_t len)
{
	struct virt_signal *s = context;
	size_t n = 0;

	s->visited += len;
	if (s->part_done && len)
		n = part_of_sample(s, data, len);
	data += n;
	len -= n;
	n = len / VIRT_SAMPLE;
	whole_samples(s, data, n);
	if (len % VIRT_SAMPLE)
		part_of_sample(s, data + n * VIRT_SAMPLE, len % VIRT_SAMPLE);
}

static void signal_init(struct virt_signal *s, bool sink)
{
	s->sink = sink;
	spin_lock_init(&s->lock);
	s->fifo = 65536;
}

struct virt_signals *virt_signals_create(void)
{
	struct virt_signals *signals = kzalloc(sizeof(*signals), GFP_KERNEL);

	if (!signals)
		return NULL;
	virt_pattern_init();
	signal_init(&signals->source, false);
	signal_init(&signals->sink, true);
	return signals;
}

void virt_signals_destroy(struct virt_signals *signals)
{
	kfree(signals);
}
