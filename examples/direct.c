// SPDX-License-Identifier: MIT
/*
 * Captures one block and writes it to a file with O_DIRECT, from the DMA
 * buffer itself: no CPU copies the data. The device must have something to
 * deliver; the edu device gives back what it is sent meanwhile:
 *
 *   head -c 4096 /dev/urandom >in && dmaspan play edu0 in &
 *   cc direct.c -ldmaspan && ./a.out edu0 out && cmp in out
 */
#define _GNU_SOURCE 1
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <dmaspan.h>

#define BLOCK 4096
#define TIMEOUT_MS 10000

static int failed(const char *what, const char *cause)
{
	fprintf(stderr, "direct: %s: %s\n", what, cause);
	return 1;
}

static int write_block(const char *path, const void *data)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_DIRECT | O_CLOEXEC,
		      0666);
	ssize_t n;

	if (fd < 0)
		return failed(path, strerror(errno));
	n = write(fd, data, BLOCK);
	if (n < 0)
		failed(path, strerror(errno));
	else if (n < BLOCK)
		failed(path, "not all was written");
	close(fd);
	return n < BLOCK;
}

static int capture(struct dmaspan_device *dev, const char *path)
{
	const struct dmaspan_buffer_opts opts = {
		.size = sizeof(opts),
		.direction = DMASPAN_FROM_DEVICE,
	};
	struct dmaspan_channel *ch = NULL;
	struct dmaspan_buffer *buf = NULL;
	int64_t moved;
	int ret;

	ret = dmaspan_channel_open(dev, NULL, DMASPAN_FROM_DEVICE, &ch);
	if (ret) {
		ret = failed("open a channel", dmaspan_strerror(ret));
		goto out;
	}
	ret = dmaspan_alloc(dev, BLOCK, &opts, &buf);
	if (ret) {
		ret = failed("allocate", dmaspan_strerror(ret));
		goto out;
	}
	moved = dmaspan_transfer(ch, buf, 0, BLOCK, TIMEOUT_MS);
	if (moved < 0)
		ret = failed("receive", dmaspan_strerror((int)moved));
	else if (moved < BLOCK)
		ret = failed("receive", "the device delivered less");
	else
		ret = write_block(path, dmaspan_data(buf));
out:
	dmaspan_free(buf);
	dmaspan_channel_close(ch);
	return ret;
}

int main(int argc, char **argv)
{
	struct dmaspan_device *dev;
	int ret;

	if (argc != 3)
		return failed("usage", "direct DEVICE FILE");
	ret = dmaspan_open(argv[1], &dev);
	if (ret)
		return failed(argv[1], dmaspan_strerror(ret));
	ret = capture(dev, argv[2]);
	dmaspan_close(dev);
	return ret;
}
