// SPDX-License-Identifier: MIT
/* What the tests of dmaspan_virt share. */
#include <inttypes.h>

#include "virt.h"

static const char *knob_path(const char *name)
{
	const char *number = device_is_virt() ? device_name() + 4 : "0";
	static char path[128];

	snprintf(path, sizeof(path), "/sys/bus/platform/devices/dmaspan_virt.%s/%s",
		 number, name);
	return path;
}

void knob_text(const char *name, const char *value)
{
	int ret = write_text(knob_path(name), value);

	if (ret)
		test_fail(__FILE__, __LINE__, "%s: %s: %s", name, value, strerror(-ret));
}

void knob_set(const char *name, uint64_t value)
{
	char text[32];

	snprintf(text, sizeof(text), "%" PRIu64, value);
	knob_text(name, text);
}

uint64_t knob_get(const char *name)
{
	return read_number(knob_path(name));
}

void knobs_reset(void)
{
	static const char *const zero[] = {
		"latency_us", "jitter_us", "fail_nth", "hang_nth", "short_nth", "source/rate",
		"source/stamp", "sink/rate", "sink/stamp",
	};

	for (size_t i = 0; i < ARRAY_SIZE(zero); i++)
		knob_set(zero[i], 0);
	knob_set("source/fifo", 65536);
	knob_set("sink/fifo", 65536);
	knob_text("source/pattern", "counter");
	knob_text("sink/pattern", "counter");
}

void findings_clear(void)
{
	CHECK_EQ(write_text(VIRT_FINDINGS, "0"), 0);
}

/* Whether there are findings that count, of which it shows each */
static bool found(bool (*counts)(const char *kind, const char *access, const char *but),
		  const char *but)
{
	FILE *file = fopen(VIRT_FINDINGS, "re");
	char line[1024], kind[32], access[32];
	bool any = false;

	CHECK(file);
	while (fgets(line, sizeof(line), file)) {
		if (line[0] == '#')
			continue;
		CHECK(sscanf(line, "%*s %*s %*s %31s %*s %31s", kind, access) == 2);
		if (!counts(kind, access, but))
			continue;
		line[strcspn(line, "\n")] = 0;
		test_note("found: %s", line);
		any = true;
	}
	fclose(file);
	return any;
}

static bool is_another(const char *kind, const char *access, const char *but)
{
	(void)access;
	return !but || strcmp(kind, but) != 0;
}

void no_findings(void)
{
	no_findings_but(NULL);
}

void no_findings_but(const char *kind)
{
	CHECK(!found(is_another, kind));
}

/* A program may sync what is in flight, but UNMAP refuses it. */
static bool is_of_module(const char *kind, const char *access, const char *unused)
{
	static const char *const kinds[] = {
		"unmapped", "outside", "direction", "width", "unaligned", "segment",
		"not-mapped", "mismatch", "mask", "leak",
	};

	(void)unused;
	for (size_t i = 0; i < ARRAY_SIZE(kinds); i++)
		if (!strcmp(kind, kinds[i]))
			return true;
	return !strcmp(kind, "in-flight") && !strcmp(access, "unmap");
}

bool findings_of_module(void)
{
	return found(is_of_module, NULL);
}

#define VIRT_DRIVER	"/sys/bus/platform/drivers/dmaspan_virt"

int virt_unbind(void)
{
	return write_text(VIRT_DRIVER "/unbind", "dmaspan_virt.0");
}

static bool virt_exists(void)
{
	return access("/dev/dmaspan/" VIRT_NAME, F_OK) == 0;
}

int virt_bind(void)
{
	int ret = write_text(VIRT_DRIVER "/bind", "dmaspan_virt.0");

	return ret || wait_for(virt_exists, WAIT_MS) ? ret : -ETIMEDOUT;
}

void stream_open(struct stream *s, const char *channel, size_t length)
{
	stream_open_kind(s, channel, DMASPAN_KIND_CACHED, length);
}

void stream_open_kind(struct stream *s, const char *channel, uint32_t kind, size_t length)
{
	uint32_t direction = DMASPAN_BIDIRECTIONAL;

	s->copy_from = strncmp(channel, "copy", 4) ? 0 : length;
	if (!s->copy_from)
		direction = strcmp(channel, "sink") ? DMASPAN_FROM_DEVICE : DMASPAN_TO_DEVICE;
	s->node = node_open(O_RDWR);
	CHECK(do_channel_open(s->node, channel, O_CLOEXEC, &s->channel) == 0);
	span_open(&s->span, s->node, kind, direction, length + s->copy_from);
}

void stream_close(struct stream *s)
{
	CHECK(close(s->channel) == 0);
	span_close(&s->span);
	CHECK(close(s->node) == 0);
}

void stream_drop(struct stream *s)
{
	munmap(s->span.data, s->span.length);
	close(s->span.fd);
	close(s->channel);
	close(s->node);
}

int stream_submit(struct stream *s, size_t offset, size_t length, uint64_t cookie)
{
	const struct dmaspan_transfer transfer = {
		.mapping = s->span.map.out_mapping,
		.offset = offset,
		.length = length,
		.cookie = cookie,
		.src_mapping = s->copy_from ? s->span.map.out_mapping : 0,
		.src_offset = s->copy_from ? s->copy_from + offset : 0,
	};

	return do_submit_array(s->channel, &transfer, 1);
}

void stream_transfer(struct stream *s, size_t offset, size_t length,
		     struct dmaspan_completion *done)
{
	hand_over(&s->span, DMASPAN_SYNC_FOR_DEVICE, offset, length);
	if (s->copy_from)
		hand_over(&s->span, DMASPAN_SYNC_FOR_DEVICE, s->copy_from + offset, length);
	CHECK(stream_submit(s, offset, length, 1) == 0);
	CHECK(do_wait(s->channel, done, WAIT_MS) == 0);
	CHECK_EQ(done->cookie, 1);
	hand_over(&s->span, DMASPAN_SYNC_FOR_CPU, offset, length);
}

void stream_move(struct stream *s, size_t offset, size_t length)
{
	struct dmaspan_completion done;

	stream_transfer(s, offset, length, &done);
	CHECK_EQ(done.status, 0);
	CHECK_EQ(done.length, length);
}
