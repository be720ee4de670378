/* SPDX-License-Identifier: MIT */
/*
 * The engine of play, capture and copy.
 *
 * A flow moves bytes between a file and a channel through a ring of slots in
 * one DMA buffer: read(2) and write(2) work on the slots themselves. Slots go
 * round in order. A slot is the device's from its submit to its completion,
 * and the CPU's otherwise.
 */
#ifndef DMASPAN_CLI_FLOW_H
#define DMASPAN_CLI_FLOW_H

#include "cli.h"
#include "file.h"

#define FLOW_SLOTS 8
#define MAX_FLOWS 2

/**
 * struct flow - one direction
 * @device: its name, for messages
 * @block: bytes per transfer
 * @stride: from slot to slot
 * @limit: bytes to move; UINT64_MAX: until the end of the input or a signal
 * @exact: an input that ends before @limit is an error
 * @bytes: moved, and for a capture also written
 * @in_flight: bytes submitted and not completed
 * @next: the slot to be submitted next
 * @queued: number of slots that are the device's
 * @lengths: what each of them was submitted with
 * @ended: nothing more is to be submitted
 * @failed: an error was reported; what still arrives is dropped
 */
struct flow {
	const char *device;
	enum dmaspan_direction direction;
	struct dmaspan_channel *ch;
	struct dmaspan_buffer *buf;
	struct file file;
	size_t block;
	size_t stride;
	uint64_t limit;
	bool exact;
	uint64_t bytes;
	uint64_t transfers;
	uint64_t in_flight;
	unsigned int next;
	unsigned int queued;
	size_t lengths[FLOW_SLOTS];
	bool ended;
	bool failed;
};

/**
 * struct flow_spec - what is to flow
 * @path: the file
 * @channel: its name; NULL: the first free one
 */
struct flow_spec {
	enum dmaspan_direction direction;
	const char *path;
	const char *channel;
};

/*
 * flow_run() - move until all flows are at their end, one failed, or a signal
 *
 * Return: an exit code; no slot is the device's any more.
 */
int flow_run(struct flow *flows, int count, bool progress);

/* flow_stopping() - a signal asked for the end */
bool flow_stopping(void);

/**
 * session_run() - open a device, run flows, say what was done
 * @opts: args[0] is the device
 * @count: 1, or 2: out to the device, and back
 *
 * Return: an exit code.
 */
int session_run(const struct verb *verb, const struct options *opts,
		const struct flow_spec *specs, int count);

/**
 * struct session - what a summary is about
 */
struct session {
	const struct verb *verb;
	const struct options *opts;
	struct dmaspan_info info;
	struct flow flows[MAX_FLOWS];
	int count;
	double seconds;
	uint64_t page_faults;
};

void summary_print(const struct session *session);

/**
 * struct progress - a bar on standard error
 * @total: bytes; UINT64_MAX: not known
 * @shown: something is on the line
 */
struct progress {
	uint64_t total;
	double start;
	double last;
	bool on;
	bool shown;
};

double progress_now(void);
void progress_start(struct progress *progress, uint64_t total, bool on);
void progress_update(struct progress *progress, uint64_t bytes);
void progress_end(struct progress *progress);

#endif /* DMASPAN_CLI_FLOW_H */
