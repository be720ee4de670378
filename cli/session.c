// SPDX-License-Identifier: MIT
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>

#include "flow.h"

#define PAGE 4096

/* Who has the channel, for the message */
static const char *busy_cause(struct dmaspan_device *dev, const char *channel,
			      char *text, size_t size)
{
	struct dmaspan_channel_info info;

	for (unsigned int i = 0; !dmaspan_device_channel(dev, i, &info); i++) {
		if (strcmp(info.out_name, channel) || !info.out_owner)
			continue;
		snprintf(text, size, "in use by process %" PRIu32, info.out_owner);
		return text;
	}
	return "in use by another process";
}

static int open_channel(struct flow *flow, struct dmaspan_device *dev,
			const struct flow_spec *spec)
{
	const char *direction = direction_name(spec->direction);
	const char *cause;
	char busy[64];
	int ret;

	ret = dmaspan_channel_open(dev, spec->channel, spec->direction, &flow->ch);
	if (!ret)
		return EXIT_OK;

	cause = dmaspan_strerror(ret);
	if (!spec->channel) {
		if (ret == -ENOENT)
			cause = "it has none";
		if (ret == -EBUSY)
			cause = "all are in use";
		return fail(flow->device, cause, "open a %s channel", direction);
	}
	if (ret == -EBUSY)
		cause = busy_cause(dev, spec->channel, busy, sizeof(busy));
	if (ret == -ENOENT)
		cause = "no such channel; 'dmaspan info' shows those there are";
	if (ret == -EINVAL)
		cause = "it has another direction";
	return fail(flow->device, cause, "open %s channel '%s'", direction,
		    spec->channel);
}

static int open_buffer(struct flow *flow, struct dmaspan_device *dev)
{
	const struct dmaspan_buffer_opts opts = {
		.size = sizeof(opts),
		.direction = flow->direction,
	};
	size_t length;
	int ret;

	if (__builtin_add_overflow(flow->block, PAGE - 1, &flow->stride))
		return fail(flow->device, dmaspan_strerror(-EOVERFLOW),
			    "allocate a ring");
	flow->stride -= flow->stride % PAGE;
	if (__builtin_mul_overflow(flow->stride, FLOW_SLOTS, &length))
		return fail(flow->device, dmaspan_strerror(-EOVERFLOW),
			    "allocate a ring");

	ret = dmaspan_alloc(dev, length, &opts, &flow->buf);
	if (ret)
		return fail(flow->device, dmaspan_strerror(ret),
			    "allocate %zu bytes", length);
	return EXIT_OK;
}

/* An output file is touched last, when nothing else can fail any more */
static int flow_open(struct flow *flow, struct dmaspan_device *dev,
		     const char *device, const struct flow_spec *spec,
		     const struct options *opts)
{
	size_t direct_block = opts->direct ? opts->block : 0;
	int ret;

	*flow = (struct flow) {
		.device = device,
		.direction = spec->direction,
		.file.fd = -1,
		.block = opts->block,
		.limit = opts->bytes,
	};
	ret = open_channel(flow, dev, spec);
	if (ret)
		return ret;
	ret = open_buffer(flow, dev);
	if (ret)
		return ret;
	if (spec->direction == DMASPAN_TO_DEVICE)
		return file_open_input(&flow->file, spec->path, direct_block);
	return file_open_output(&flow->file, spec->path, direct_block);
}

/* What was written before a failure is kept, and its length said */
static int flow_finish(struct flow *flow)
{
	int ret;

	if (flow->direction == DMASPAN_TO_DEVICE)
		return EXIT_OK;
	ret = file_finish(&flow->file);
	if (ret)
		return fail(flow->file.path, strerror(-ret),
			    "bring what was captured to disk");
	if (flow->failed)
		fprintf(stderr, "dmaspan: %s: %" PRIu64 " bytes are safe on disk\n",
			flow->file.path, flow->file.offset);
	return EXIT_OK;
}

static void flow_close(struct flow *flow)
{
	file_close(&flow->file);
	dmaspan_channel_close(flow->ch);
	dmaspan_free(flow->buf);
}

static uint64_t page_faults(void)
{
	struct rusage usage;

	getrusage(RUSAGE_SELF, &usage);
	return (uint64_t)usage.ru_minflt + (uint64_t)usage.ru_majflt;
}

/*
 * What goes out comes back: the end of a copy is known only if the length of
 * its input is.
 */
static int match_limits(struct session *s)
{
	struct flow *in = &s->flows[0], *out = &s->flows[s->count - 1];

	if (in == out)
		return EXIT_OK;
	if (in->file.size < in->limit)
		in->limit = in->file.size;
	if (in->limit == UINT64_MAX)
		return usage(s->verb->name, "'%s' has no known length: give -n",
			     in->file.path);
	in->exact = true;
	out->limit = in->limit;
	return EXIT_OK;
}

static int measured_run(struct session *s)
{
	const struct flow *last = &s->flows[s->count - 1];
	uint64_t faults = page_faults();
	double start = progress_now();
	int ret;

	ret = flow_run(s->flows, s->count, !s->opts->json);
	s->page_faults = page_faults() - faults;
	for (int i = 0; i < s->count; i++)
		ret |= flow_finish(&s->flows[i]);
	s->seconds = progress_now() - start;

	/* A capture's end is the user's to choose; a file's is not */
	if (!ret && flow_stopping() && s->flows[0].direction == DMASPAN_TO_DEVICE)
		ret = fail(s->flows[0].file.path, "interrupted by a signal",
			   "move more than %" PRIu64 " bytes", last->bytes);
	return ret;
}

int session_run(const struct verb *verb, const struct options *opts,
		const struct flow_spec *specs, int count)
{
	struct session s = { .verb = verb, .opts = opts };
	struct dmaspan_device *dev;
	int ret;

	ret = dmaspan_open(opts->args[0], &dev);
	if (ret)
		return fail_open(opts->args[0], ret);
	ret = dmaspan_device_info(dev, &s.info);
	if (ret) {
		ret = fail(opts->args[0], dmaspan_strerror(ret), "ask for its facts");
		goto out;
	}

	while (!ret && s.count < count) {
		ret = flow_open(&s.flows[s.count], dev, opts->args[0],
				&specs[s.count], opts);
		s.count++;
	}
	if (!ret)
		ret = match_limits(&s);
	if (!ret) {
		ret = measured_run(&s);
		summary_print(&s);
	}
out:
	for (int i = 0; i < s.count; i++)
		flow_close(&s.flows[i]);
	dmaspan_close(dev);
	return ret;
}
