/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Source and sink: converters, each with a clock, a FIFO and a pattern.
 *
 * The format of what source gives and sink expects, for whoever checks it:
 *
 *   - A stream is samples of 32 bits, little-endian. Transfers cut it anywhere: a
 *     sample that is begun in one transfer goes on in the next.
 *   - Sample n, from 0 since the channel was opened, is of the pattern
 *       counter  n modulo 2^32
 *       sine     2^30 sin(2 pi n / 256), to the nearest integer, two's complement
 *       prbs     bits 32 n to 32 n + 31 of the PRBS-31 sequence, bit 0 of the sample
 *                first: bit k is bit k - 31 xor bit k - 28 (x^31 + x^28 + 1), and
 *                the first 31 bits are ones. Samples 0, 1, 2 are 0x7fffffff,
 *                0x38000000, 0x1f800000; all repeats after 2^31 - 1 samples
 *   - With a stamp of S bytes the stream is blocks of S bytes. The first 16 bytes
 *     of each are
 *       __le64   the block's first sample's number n
 *       __le64   when that one was converted, CLOCK_MONOTONIC in ns
 *     They replace four samples, whose numbers are used up; so without losses
 *     block b says n = b S / 4.
 *   - Samples that source has lost are a gap in n, nowhere else: a block is S bytes
 *     of the stream, whatever is lost. After a gap within a block, the samples to
 *     its end have greater numbers than the stamp lets expect.
 *
 * With a rate of R, source's sample n is converted (n + 1) / R seconds after the
 * first issue_pending, whoever takes it. Its FIFO keeps the last so many samples:
 * what is older has been lost. An overrun is one gap. With no rate, samples are
 * converted as they are taken.
 *
 * With a rate, sink converts one sample each 1 / R seconds from the arrival of the
 * first. An underrun is one pause: samples came later than the next was due. The end
 * of all samples is none. With no rate, samples are converted as they come.
 *
 * sink checks each sample against the pattern, by its number in the stream: it
 * does not follow a gap. An index in a stamp that is not the sample's number is one
 * error, a time before the previous stamp's is one.
 */
#ifndef _DMASPAN_VIRT_SIGNAL_H
#define _DMASPAN_VIRT_SIGNAL_H

#include <linux/ktime.h>
#include <linux/sizes.h>
#include <linux/spinlock.h>
#include <linux/types.h>

#define VIRT_SAMPLE		4u	/* bytes */
#define VIRT_STAMP_SAMPLES	4u
#define VIRT_RATE_MAX		1000000000u
#define VIRT_FIFO_MIN		16u
#define VIRT_FIFO_MAX		SZ_16M
#define VIRT_STAMP_MAX		SZ_1G

enum virt_pattern_kind { VIRT_COUNTER, VIRT_SINE, VIRT_PRBS, VIRT_PATTERNS };

/**
 * struct virt_pattern - a place in a pattern
 * @kind: which
 * @index: number of the next sample
 * @prbs: that sample, of VIRT_PRBS
 * @expected: of samples to be checked
 */
struct virt_pattern {
	enum virt_pattern_kind kind;
	u64 index;
	u32 prbs;
	__le32 expected[64];
};

/* virt_pattern.c: needs no lock but the caller's */
void virt_pattern_init(void);
void virt_pattern_seek(struct virt_pattern *p, u64 index);
void virt_pattern_make(struct virt_pattern *p, u8 *to, size_t samples);
size_t virt_pattern_check(struct virt_pattern *p, const u8 *from, size_t samples);

/**
 * struct virt_signal - a converter
 * @sink: it is the sink
 * @lock: guards what follows, to @errors; a leaf
 * @open: it has a client: the knobs stay as they are
 * @rate: knob: samples per second; 0: as fast as it goes
 * @fifo: knob: samples
 * @stamp: knob: bytes of a block; 0: no stamps
 * @kind: knob: enum virt_pattern_kind
 * @running: its clock runs, since @since
 * @since: in ns
 * @base: samples converted before that
 * @index: sample at the memory's end of the FIFO: the next to be taken from
 *	source; the next to come to sink
 * @converted: samples, when last looked at
 * @gap: samples were lost since some were taken
 * @lost: samples
 * @breaks: overruns or underruns
 * @errors: samples and stamps that were not as expected
 *
 * The mover's, between virt_signal_take() and virt_signal_taken():
 *
 * @busy: a burst is under way; under @lock
 * @pattern: at the next sample of the stream
 * @at: samples of the block that went before it
 * @header: the block's stamp, as far as @at has come
 * @time: of the last stamp
 * @part: the sample that the stream is in the middle of
 * @part_done: how many bytes of it went, of VIRT_SAMPLE; 0: not in the middle
 * @visited: bytes of this burst
 * @wrong: errors of this burst
 */
struct virt_signal {
	bool sink;
	spinlock_t lock;	/* to @errors */
	bool open;
	u32 rate;
	u32 fifo;
	u32 stamp;
	u32 kind;
	bool running;
	u64 since;
	u64 base;
	u64 index;
	u64 converted;
	bool gap;
	u64 lost;
	u64 breaks;
	u64 errors;

	bool busy;
	struct virt_pattern pattern;
	u32 at;
	u8 header[VIRT_STAMP_SAMPLES * VIRT_SAMPLE];
	u64 time;
	u8 part[VIRT_SAMPLE];
	u32 part_done;
	u32 visited;
	u64 wrong;
};

/**
 * struct virt_signals - a device's
 * @source: gives
 * @sink: takes
 */
struct virt_signals {
	struct virt_signal source;
	struct virt_signal sink;
};

/* virt_signal.c */
void virt_signal_open(struct virt_signal *s);
void virt_signal_start(struct virt_signal *s);
void virt_signal_close(struct virt_signal *s);
void virt_signal_look(struct virt_signal *s);
u32 virt_signal_take(struct virt_signal *s, u32 want, ktime_t *again);
void virt_signal_visit(void *context, void *data, size_t len);
u32 virt_signal_taken(struct virt_signal *s);

#endif /* _DMASPAN_VIRT_SIGNAL_H */
