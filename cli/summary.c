// SPDX-License-Identifier: MIT
#include <inttypes.h>
#include <stdio.h>

#include "flow.h"
#include "json.h"

#define MAX_SEGMENTS 16

/*
 * All flows of a session in one: sums, and where they differ the worse. Its
 * bytes are those that made the whole way.
 */
struct totals {
	uint64_t bytes;
	uint64_t transfers;
	unsigned int cpu_copies;
	bool direct;
	bool needs_sync;
	enum dmaspan_class class;
	enum dmaspan_kind kind;
	char channels[2 * DMASPAN_NAME_LEN];
	struct dmaspan_segment segments[MAX_SEGMENTS];
	size_t shown;
	uint64_t segment_count;
};

static void add_buffer(struct totals *t, const struct flow *flow)
{
	enum dmaspan_class class = dmaspan_class(flow->buf);
	struct dmaspan_buffer_info info;
	size_t room = MAX_SEGMENTS - t->shown;
	int n;

	t->needs_sync |= dmaspan_needs_sync(flow->buf);
	if (class > t->class)
		t->class = class;
	if (class == DMASPAN_CLASS_BOUNCED)
		t->cpu_copies++;
	if (!dmaspan_buffer_query(flow->buf, &info))
		t->kind = (enum dmaspan_kind)info.out_kind;

	/* Fails if the device went: then there are no addresses any more */
	n = dmaspan_segments(flow->buf, t->segments + t->shown, room);
	if (n > 0) {
		t->segment_count += (uint64_t)n;
		t->shown += (size_t)n < room ? (size_t)n : room;
	}
}

static void add_up(const struct session *s, struct totals *t)
{
	*t = (struct totals) { .direct = true };
	for (int i = 0; i < s->count; i++) {
		const struct flow *flow = &s->flows[i];

		t->bytes = flow->bytes;
		t->transfers += flow->transfers;
		t->direct &= flow->file.direct;
		if (flow->file.copied)
			t->cpu_copies++;
		add_buffer(t, flow);
	}
	snprintf(t->channels, sizeof(t->channels), "%s%s%s",
		 dmaspan_channel_name(s->flows[0].ch), s->count > 1 ? "," : "",
		 s->count > 1 ? dmaspan_channel_name(s->flows[1].ch) : "");
}

static void print_json(const struct session *s, const struct totals *t)
{
	struct json json = { .file = stdout };

	json_begin(&json, NULL, '{');
	json_string(&json, "command", s->verb->name);
	json_string(&json, "device", s->info.out_name);
	json_string(&json, "channel", t->channels);
	json_number(&json, "bytes", t->bytes);
	json_number(&json, "transfers", t->transfers);
	json_bool(&json, "direct", t->direct);
	json_number(&json, "cpu_copies", t->cpu_copies);
	json_number(&json, "page_faults", s->page_faults);
	json_seconds(&json, "seconds", s->seconds);
	json_string(&json, "class", class_name(t->class));
	json_bool(&json, "needs_sync", t->needs_sync);
	json_string(&json, "kind", kind_name(t->kind));
	json_begin(&json, "segments", '[');
	for (size_t i = 0; i < t->shown; i++) {
		json_begin(&json, NULL, '{');
		json_address(&json, "address", t->segments[i].address);
		json_number(&json, "length", t->segments[i].length);
		json_end(&json, '}');
	}
	json_end(&json, ']');
	json_number(&json, "segment_count", t->segment_count);
	json_end(&json, '}');
	putchar('\n');
}

static void print_text(const struct session *s, const struct totals *t)
{
	char rate[HUMAN_SIZE], length[HUMAN_SIZE];

	human_size(s->seconds > 0 ? (uint64_t)((double)t->bytes / s->seconds) : 0,
		   rate);
	printf("%s: %" PRIu64 " bytes, %" PRIu64 " transfers, %.3f s, %s/s\n",
	       s->verb->name, t->bytes, t->transfers, s->seconds, rate);
	printf("device: %s, channel %s, %s memory, class %s, %s\n", s->info.out_name,
	       t->channels, kind_name(t->kind), class_name(t->class),
	       t->needs_sync ? "needs sync" : "no sync needed");
	printf("cost: %u CPU copies, %" PRIu64 " page faults, direct I/O %s\n",
	       t->cpu_copies, s->page_faults, t->direct ? "on" : "off");
	printf("segments: %" PRIu64, t->segment_count);
	for (size_t i = 0; i < t->shown; i++)
		printf("%s0x%" PRIx64 " (%s)", i ? ", " : ": ",
		       (uint64_t)t->segments[i].address,
		       human_size(t->segments[i].length, length));
	puts(t->shown < t->segment_count ? ", ..." : "");
}

void summary_print(const struct session *s)
{
	struct totals totals;

	add_up(s, &totals);
	if (s->opts->json)
		print_json(s, &totals);
	else
		print_text(s, &totals);
}
