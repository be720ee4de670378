// SPDX-License-Identifier: MIT
/*
 * Sends a line through the edu device and reads it back.
 * cc hello.c -ldmaspan && ./a.out
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <dmaspan.h>

static void check(const char *what, int64_t ret)
{
	if (ret >= 0)
		return;
	fprintf(stderr, "hello: %s: %s\n", what, dmaspan_strerror((int)ret));
	exit(1);
}

int main(int argc, char **argv)
{
	static const char text[] = "hello, device";
	struct dmaspan_segment segment;
	struct dmaspan_channel *tx, *rx;
	struct dmaspan_device *dev;
	struct dmaspan_buffer *buf;
	char *data;

	check("open", dmaspan_open(argc > 1 ? argv[1] : "edu0", &dev));
	check("alloc", dmaspan_alloc(dev, 8192, NULL, &buf));
	check("segments", dmaspan_segments(buf, &segment, 1));
	check("tx", dmaspan_channel_open(dev, "tx", DMASPAN_TO_DEVICE, &tx));
	check("rx", dmaspan_channel_open(dev, "rx", DMASPAN_FROM_DEVICE, &rx));
	printf("address 0x%llx, class %d\n",
	       (unsigned long long)segment.address, dmaspan_class(buf));

	data = dmaspan_data(buf);
	memcpy(data, text, sizeof(text));
	check("send", dmaspan_transfer(tx, buf, 0, 2048, 1000));
	check("receive", dmaspan_transfer(rx, buf, 4096, 2048, 1000));
	if (memcmp(data + 4096, text, sizeof(text))) {
		fprintf(stderr, "hello: something else came back\n");
		return 1;
	}
	printf("came back: %s\n", data + 4096);

	dmaspan_channel_close(rx);
	dmaspan_channel_close(tx);
	dmaspan_free(buf);
	dmaspan_close(dev);
	return 0;
}
