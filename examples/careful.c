// SPDX-License-Identifier: MIT
/*
 * forgetful.c without its mistakes: "dmaspan check" finds nothing.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <dmaspan.h>

#define SIZE (64 * 1024)
#define SAMPLES (SIZE / sizeof(uint32_t))

static struct dmaspan_device *dev;

static void check(const char *what, int64_t ret)
{
	if (ret >= 0)
		return;
	fprintf(stderr, "careful: %s: %s\n", what, dmaspan_strerror((int)ret));
	exit(1);
}

static struct dmaspan_buffer *buffer(enum dmaspan_direction direction)
{
	struct dmaspan_buffer_opts opts = { sizeof(opts), .direction = direction };
	struct dmaspan_buffer *buf;

	check("alloc", dmaspan_alloc(dev, SIZE, &opts, &buf));
	return buf;
}

static struct dmaspan_channel *channel(const char *name, enum dmaspan_direction direction)
{
	struct dmaspan_channel *ch;

	check(name, dmaspan_channel_open(dev, name, direction, &ch));
	return ch;
}

static void move(struct dmaspan_channel *ch, struct dmaspan_buffer *buf)
{
	struct dmaspan_completion done;

	check("submit", dmaspan_submit(ch, buf, 0, SIZE, 0));
	check("wait", dmaspan_wait(ch, &done, 1, 1000));
}

static void print_last(const char *what, const struct dmaspan_buffer *buf)
{
	const uint32_t *samples = dmaspan_data(buf);

	printf("%s: last sample %u\n", what, samples[SAMPLES - 1]);
}

static void play(void)
{
	struct dmaspan_buffer *buf = buffer(DMASPAN_TO_DEVICE);
	struct dmaspan_channel *sink = channel("sink", DMASPAN_TO_DEVICE);
	uint32_t *samples = dmaspan_data(buf);

	for (uint32_t i = 0; i < SAMPLES; i++)
		samples[i] = ~i;
	/* 1: handed over, after it was written */
	check("sync", dmaspan_sync_for_device(buf, 0, SIZE));
	move(sink, buf);

	dmaspan_channel_close(sink);
	dmaspan_free(buf);
}

static void capture(void)
{
	struct dmaspan_buffer *buf = buffer(DMASPAN_FROM_DEVICE);
	struct dmaspan_channel *source = channel("source", DMASPAN_FROM_DEVICE);

	move(source, buf);
	/* 2: taken, before it is read */
	check("sync", dmaspan_sync_for_cpu(buf, 0, SIZE));
	print_last("capture", buf);

	dmaspan_channel_close(source);
	dmaspan_free(buf);
}

static void capture_tail(void)
{
	struct dmaspan_buffer *buf = buffer(DMASPAN_FROM_DEVICE);
	struct dmaspan_channel *source = channel("source", DMASPAN_FROM_DEVICE);

	move(source, buf);
	/* 3: all that is read */
	check("sync", dmaspan_sync_for_cpu(buf, 0, SIZE));
	print_last("tail", buf);

	dmaspan_channel_close(source);
	dmaspan_free(buf);
}

static void capture_quickly(void)
{
	struct dmaspan_buffer *buf = buffer(DMASPAN_FROM_DEVICE);
	struct dmaspan_channel *source = channel("source", DMASPAN_FROM_DEVICE);
	struct dmaspan_completion done;

	check("submit", dmaspan_submit(source, buf, 0, SIZE, 0));
	/* 4: the device has written it */
	check("wait", dmaspan_wait(source, &done, 1, 1000));
	check("sync", dmaspan_sync_for_cpu(buf, 0, SIZE));
	print_last("quickly", buf);

	dmaspan_channel_close(source);
	dmaspan_free(buf);
}

int main(int argc, char **argv)
{
	check("open", dmaspan_open(argc > 1 ? argv[1] : "virt0", &dev));
	play();
	capture();
	capture_tail();
	capture_quickly();
	dmaspan_close(dev);
	return 0;
}
