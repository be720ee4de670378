/* SPDX-License-Identifier: MIT */
/* dmaspan_virt: a device's knobs, findings and streams. */
#ifndef HARNESS_VIRT_H
#define HARNESS_VIRT_H

#include "harness.h"

#define VIRT_SYSFS	"/sys/bus/platform/devices/dmaspan_virt.0"	/* virt0's */
#define VIRT_FINDINGS	"/sys/kernel/debug/dmaspan_virt/findings"
#define SAMPLE		4UL	/* bytes */

/* Of the device that test_device() says, or of virt0; these fail the case */
void knob_set(const char *name, uint64_t value);
void knob_text(const char *name, const char *value);
uint64_t knob_get(const char *name);
/* As after loading; source and sink are closed: their knobs are EBUSY else */
void knobs_reset(void);

void findings_clear(void);
/* Fails the case, and shows them */
void no_findings(void);
void no_findings_but(const char *kind);
/* Whether the module itself misused the DMA API: no program can cause those; shows them */
bool findings_of_module(void);

int virt_unbind(void);
int virt_bind(void);

/*
 * A channel and a buffer for it. A copy channel's has twice the length: what
 * is copied to an offset comes from as far in the second half.
 */
struct stream {
	int node;
	int channel;
	size_t copy_from;	/* the second half, or 0 */
	struct span span;
};

void stream_open(struct stream *s, const char *channel, size_t length);
void stream_open_kind(struct stream *s, const char *channel, uint32_t kind, size_t length);
void stream_close(struct stream *s);
/* The same when the device is gone */
void stream_drop(struct stream *s);
int stream_submit(struct stream *s, size_t offset, size_t length, uint64_t cookie);
/* One transfer with its syncs, however it ends */
void stream_transfer(struct stream *s, size_t offset, size_t length,
		     struct dmaspan_completion *done);
/* The same, and it ends well */
void stream_move(struct stream *s, size_t offset, size_t length);

#endif /* HARNESS_VIRT_H */
