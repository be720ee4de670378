// SPDX-License-Identifier: MIT
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "flow.h"

/* How late a signal that arrives just before poll() is seen */
#define TICK_MS 100
/* After a cancel completions are there at once; a signal can hide them once */
#define DRAIN_MS 2000
#define DRAIN_TRIES 2

static volatile sig_atomic_t stop_signal;

static void on_signal(int number)
{
	stop_signal = number;
}

bool flow_stopping(void)
{
	return stop_signal;
}

/* The second signal ends the process, should the first not be enough */
static void catch_signals(void)
{
	struct sigaction action = {
		.sa_handler = on_signal,
		.sa_flags = (int)SA_RESETHAND,
	};

	sigaction(SIGINT, &action, NULL);
	sigaction(SIGTERM, &action, NULL);
}

/* Reports it, once per flow */
static int flow_fail(struct flow *flow, const char *object, const char *cause,
		     const char *action)
{
	if (!flow->failed)
		fail(object, cause, "%s", action);
	flow->failed = true;
	return EXIT_FAILED;
}

static int device_fail(struct flow *flow, int error, const char *action)
{
	return flow_fail(flow, flow->device, dmaspan_strerror(error), action);
}

/* Return: bytes in the slot, 0 at the end, or -1 if the failure was reported */
static int64_t fill_slot(struct flow *flow, void *data, size_t length)
{
	int64_t n = file_read(&flow->file, data, length);

	if (n < 0) {
		flow_fail(flow, flow->file.path, strerror((int)-n), "read");
		return -1;
	}
	if (!n && flow->exact && !flow_stopping()) {
		flow_fail(flow, flow->file.path, "it ended early", "read");
		return -1;
	}
	return n;
}

/* Gives the device every slot that is free and has something to move */
static int submit_slots(struct flow *flow)
{
	uint64_t left, length;
	size_t offset;
	int64_t n;
	int ret;

	while (flow->queued < FLOW_SLOTS && !flow->ended) {
		left = flow->limit - flow->bytes - flow->in_flight;
		if (!left)
			break;
		length = left < flow->block ? left : flow->block;
		offset = flow->next * flow->stride;

		if (flow->direction == DMASPAN_TO_DEVICE) {
			n = fill_slot(flow, (char *)dmaspan_data(flow->buf) + offset,
				      length);
			if (n < 0)
				return EXIT_FAILED;
			flow->ended = !n;
			if (!n)
				break;
			length = (uint64_t)n;
		}
		ret = dmaspan_sync_for_device(flow->buf, offset, length);
		if (ret)
			return device_fail(flow, ret, "hand a block to the device");
		ret = dmaspan_submit(flow->ch, flow->buf, offset, length, flow->next);
		if (ret)
			return device_fail(flow, ret, "submit a transfer");

		flow->lengths[flow->next] = length;
		flow->in_flight += length;
		flow->next = (flow->next + 1) % FLOW_SLOTS;
		flow->queued++;
	}
	return EXIT_OK;
}

/* A slot is the CPU's again; what it brought belongs into the file */
static int take_slot(struct flow *flow, unsigned int slot, size_t length)
{
	size_t offset = slot * flow->stride;
	int ret;

	ret = dmaspan_sync_for_cpu(flow->buf, offset, length);
	if (ret)
		return device_fail(flow, ret, "take a block back");
	if (flow->failed)
		return EXIT_FAILED;

	if (flow->direction == DMASPAN_FROM_DEVICE) {
		ret = file_write(&flow->file,
				 (char *)dmaspan_data(flow->buf) + offset, length);
		if (ret)
			return flow_fail(flow, flow->file.path, strerror(-ret),
					 "write");
	}
	flow->bytes += length;
	flow->transfers++;
	return EXIT_OK;
}

static int complete(struct flow *flow, const struct dmaspan_completion *done)
{
	unsigned int slot = done->cookie % FLOW_SLOTS;
	size_t submitted = flow->lengths[slot];
	int ret;

	flow->queued--;
	flow->in_flight -= submitted;
	if (done->length > submitted)
		return device_fail(flow, -EIO, "trust a completion");
	if (done->length) {
		ret = take_slot(flow, slot, done->length);
		if (ret)
			return ret;
	}

	/* Cancelled is what a stop does, or a failure that was said already */
	if (done->status == -ECANCELED && (flow_stopping() || flow->ended))
		return EXIT_OK;
	if (done->status)
		return device_fail(flow, done->status, "move a block");
	if (!done->length || (flow->direction == DMASPAN_TO_DEVICE &&
			      done->length != submitted))
		return flow_fail(flow, flow->device, "the device did less than it was asked to",
				 "move a block");
	return EXIT_OK;
}

/* Return: an exit code; *@count is the number of completions there were */
static int reap(struct flow *flow, int timeout_ms, int *count)
{
	struct dmaspan_completion done[FLOW_SLOTS];
	int ret = EXIT_OK;
	int n;

	*count = 0;
	n = dmaspan_wait(flow->ch, done, FLOW_SLOTS, timeout_ms);
	if (n == -ETIMEDOUT || n == -EINTR)
		return EXIT_OK;
	if (n < 0) {
		device_fail(flow, n, "wait for a transfer");
		flow->queued = 0;
		return EXIT_FAILED;
	}
	for (int i = 0; i < n; i++)
		ret |= complete(flow, &done[i]);
	*count = n;
	return ret;
}

static bool finished(const struct flow *flow)
{
	return !flow->queued && (flow->ended || flow->bytes >= flow->limit);
}

/* After it no slot is the device's, or the device is gone */
static void drain(struct flow *flow)
{
	int count, ret, idle = 0;

	flow->ended = true;
	if (!flow->queued)
		return;
	ret = dmaspan_cancel(flow->ch);
	if (ret < 0 && ret != -ENODEV)
		device_fail(flow, ret, "cancel transfers");
	while (flow->queued && idle < DRAIN_TRIES) {
		reap(flow, DRAIN_MS, &count);
		if (!count)
			idle++;
	}
	if (flow->queued)
		device_fail(flow, -ETIMEDOUT, "cancel transfers");
}

static int wait_for_any(struct flow *flows, int count)
{
	struct pollfd fds[MAX_FLOWS];

	for (int i = 0; i < count; i++) {
		fds[i].fd = dmaspan_channel_fd(flows[i].ch);
		fds[i].events = POLLIN;
		/* An idle channel has nothing to say */
		if (!flows[i].queued)
			fds[i].fd = -1;
	}
	if (poll(fds, (nfds_t)count, TICK_MS) < 0 && errno != EINTR)
		return flow_fail(&flows[0], flows[0].device, strerror(errno), "poll");
	return EXIT_OK;
}

/* Return: an exit code; *@moving: there is more to be done */
static int step(struct flow *flows, int count, bool *moving)
{
	int n, ret = EXIT_OK;

	for (int i = 0; !ret && i < count; i++)
		ret = submit_slots(&flows[i]);
	if (ret || flow_stopping())
		return ret;
	*moving = false;
	for (int i = 0; i < count; i++)
		*moving |= !finished(&flows[i]);
	if (!*moving)
		return EXIT_OK;

	ret = wait_for_any(flows, count);
	for (int i = 0; !ret && i < count; i++)
		if (flows[i].queued)
			ret = reap(&flows[i], 0, &n);
	return ret;
}

int flow_run(struct flow *flows, int count, bool show)
{
	struct flow *last = &flows[count - 1];
	struct progress progress;
	bool moving = true;
	int ret = EXIT_OK;

	catch_signals();
	progress_start(&progress, last->limit < last->file.size ?
		       last->limit : last->file.size, show);
	while (!ret && moving && !flow_stopping()) {
		ret = step(flows, count, &moving);
		progress_update(&progress, last->bytes);
	}
	progress_end(&progress);

	for (int i = 0; i < count; i++) {
		drain(&flows[i]);
		if (flows[i].failed)
			ret = EXIT_FAILED;
	}
	return ret;
}
