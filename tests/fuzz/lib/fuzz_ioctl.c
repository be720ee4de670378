// SPDX-License-Identifier: MIT
/*
 * A kernel that answers anything: instead of lib/ioctl.c, what is here fills the
 * replies with the data. The library and the verbs that show facts are called
 * as programs call them.
 */
#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "../../../cli/cli.h"
#include "../../../lib/dmaspan_private.h"
#include "fuzz.h"

#define NODE		"/dev/null"	/* anything that can be opened */
#define CHANNELS	8		/* as many are answered for */
#define BUFFER		16384

static const uint8_t *script;
static size_t left;

static void take(void *to, size_t size)
{
	size_t n = size < left ? size : left;

	memset(to, 0, size);
	memcpy(to, script, n);
	script += n;
	left -= n;
}

static uint8_t take_byte(void)
{
	uint8_t byte;

	take(&byte, sizeof(byte));
	return byte;
}

/* A buffer is a file of some pages; a channel a pipe that ends after what is written to it here. */
static int new_buffer_fd(void)
{
	int fd = memfd_create("buffer", MFD_CLOEXEC);

	if (fd >= 0 && ftruncate(fd, BUFFER)) {
		close(fd);
		fd = -1;
	}
	return fd;
}

static int new_channel_fd(void)
{
	uint8_t completions[100];
	int ends[2];

	if (pipe2(ends, O_CLOEXEC | O_NONBLOCK))
		return -1;
	take(completions, sizeof(completions));
	if (write(ends[1], completions, take_byte() % sizeof(completions)) < 0)
		MUST(errno == EAGAIN);
	close(ends[1]);
	return ends[0];
}

static void answer_segments(struct dmaspan_segments *arg)
{
	struct dmaspan_segment *segments = (struct dmaspan_segment *)(uintptr_t)arg->segments;

	/* A kernel writes no more than there is room for. */
	take(&arg->out_count, sizeof(arg->out_count));
	for (uint32_t i = 0; i < arg->count && left; i++)
		take(&segments[i], sizeof(segments[i]));
}

static int answer_channel_info(struct dmaspan_channel_info *arg)
{
	if (arg->index >= CHANNELS)
		return -ENOENT;
	take(&arg->out_flags, sizeof(*arg) - offsetof(struct dmaspan_channel_info, out_flags));
	return 0;
}

static int answer_channel_open(struct dmaspan_channel_open *arg)
{
	MUST(memchr(arg->name, 0, sizeof(arg->name)));
	take(&arg->out_direction, sizeof(arg->out_direction));
	arg->out_direction %= 4;
	arg->out_fd = new_channel_fd();
	return arg->out_fd < 0 ? -EMFILE : 0;
}

static int answer(unsigned long command, void *arg)
{
	switch (command) {
	case DMASPAN_INFO:
		take((char *)arg + 8, sizeof(struct dmaspan_info) - 8);
		return 0;
	case DMASPAN_CHANNEL_INFO:
		return answer_channel_info(arg);
	case DMASPAN_BUFFER_INFO:
		take((char *)arg + 12, sizeof(struct dmaspan_buffer_info) - 12);
		return 0;
	case DMASPAN_ALLOC:
		((struct dmaspan_alloc *)arg)->out_fd = new_buffer_fd();
		return 0;
	case DMASPAN_MAP:
		take((char *)arg + 16, sizeof(struct dmaspan_map) - 16);
		return 0;
	case DMASPAN_SEGMENTS:
		answer_segments(arg);
		return 0;
	case DMASPAN_CHANNEL_OPEN:
		return answer_channel_open(arg);
	case DMASPAN_CANCEL:
		take(&((struct dmaspan_cancel *)arg)->out_cancelled, sizeof(uint32_t));
		return 0;
	default:
		return 0;
	}
}

int dmaspan_ioctl(int fd, unsigned long command, void *arg)
{
	uint8_t fate = take_byte();

	(void)fd;
	/* One in eight fails, with any errno that there is a text for, or not. */
	if (fate % 8 == 7)
		return -(fate / 8 * 5 + 1);
	return answer(command, arg);
}

static void use_buffer(struct dmaspan_buffer *buf)
{
	struct dmaspan_segment segments[3];
	struct dmaspan_range range = { .offset = take_byte(), .length = take_byte() };

	(void)dmaspan_segments(buf, NULL, 0);
	(void)dmaspan_segments(buf, segments, ARRAY_SIZE(segments));
	(void)dmaspan_sync_ranges(buf, DMASPAN_SYNC_FOR_CPU, &range, 1);
	(void)dmaspan_sync_for_device(buf, dmaspan_length(buf) - 1, 1);
	MUST(dmaspan_sync_for_device(buf, dmaspan_length(buf), 1) < 0);
	MUST(dmaspan_sync_for_device(buf, 1, SIZE_MAX) == -EOVERFLOW);
}

static void use_channel(struct dmaspan_device *dev, struct dmaspan_buffer *buf, const char *name)
{
	struct dmaspan_completion done[2];
	struct dmaspan_channel *ch;
	int ret;

	if (dmaspan_channel_open(dev, name, (enum dmaspan_direction)(take_byte() % 3), &ch))
		return;
	MUST(memchr(dmaspan_channel_name(ch), 0, DMASPAN_NAME_LEN));
	ret = dmaspan_wait(ch, done, ARRAY_SIZE(done), 0);
	MUST(ret && ret <= (int)ARRAY_SIZE(done));
	(void)dmaspan_transfer(ch, buf, 0, 1, 0);
	(void)dmaspan_copy(ch, buf, 0, buf, 1, 1, 0);
	(void)dmaspan_cancel(ch);
	dmaspan_channel_close(ch);
}

static void use_library(void)
{
	struct dmaspan_buffer_opts opts = { .size = sizeof(opts) };
	struct dmaspan_device *dev;
	struct dmaspan_buffer *buf;

	if (dmaspan_open(NODE, &dev))
		return;
	opts.no_data = take_byte() & 1;
	opts.no_mapping = take_byte() & 1;
	if (!dmaspan_alloc(dev, BUFFER, &opts, &buf)) {
		use_buffer(buf);
		use_channel(dev, buf, NULL);
		use_channel(dev, buf, "copy0");
		dmaspan_free(buf);
	}
	dmaspan_close(dev);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct options opts = { .args = { NODE } };

	if (!size)
		return 0;
	script = data + 1;
	left = size - 1;
	if (data[0] & 1) {
		opts.json = data[0] & 2;
		(void)verb_info.run(&opts);
	} else {
		use_library();
	}
	return 0;
}
