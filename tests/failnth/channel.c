// SPDX-License-Identifier: MIT
/* Channels: opened, closed, with and without work. */
#include "failnth.h"

#define TRANSFERS	3
#define EACH		16

static int node, fd = -1;
static uint32_t direction = DMASPAN_FROM_DEVICE;
static struct span span;

static int call_open(void)
{
	struct dmaspan_channel_open arg = {
		.size = sizeof(arg),
		.fd_flags = O_CLOEXEC | O_NONBLOCK,
		.out_fd = -1,
	};
	int ret;

	snprintf(arg.name, sizeof(arg.name), "%s", failnth_channel(direction));
	ret = FAILNTH_IOCTL(node, DMASPAN_CHANNEL_OPEN, &arg);
	fd = arg.out_fd;
	return ret;
}

static int open_fd(void)
{
	CHECK(call_open() == 0);
	return fd;
}

/* It is nobody's, or the next attempt would be EBUSY. */
static void opens(uint32_t which)
{
	const struct action action = {
		.call = call_open,
		.makes = &fd,
		.errnos = { ENOMEM, EFAULT },
	};

	direction = which;
	node = node_open(O_RDWR);
	failnth(node, &action);
	close(node);
}

static void opens_to_device(void)
{
	opens(DMASPAN_TO_DEVICE);
}

static void opens_from_device(void)
{
	opens(DMASPAN_FROM_DEVICE);
}

static void opens_copies(void)
{
	opens(DMASPAN_BIDIRECTIONAL);
}

static void closes(void)
{
	node = node_open(O_RDWR);
	failnth_closes(node, open_fd);
	close(node);
}

static int open_and_submit(void)
{
	open_fd();
	for (uint64_t i = 0; i < TRANSFERS; i++)
		CHECK(do_submit(fd, span.map.out_mapping, i * EACH, EACH, i) == 0);
	return fd;
}

static void closes_with_work(void)
{
	node = node_open(O_RDWR);
	span_open(&span, node, DMASPAN_KIND_CACHED, DMASPAN_FROM_DEVICE, PAGE);
	failnth_closes(node, open_and_submit);
	hand_over(&span, DMASPAN_SYNC_FOR_CPU, 0, PAGE);
	span_close(&span);
	close(node);
}

static const struct test_case cases[] = {
	CASE(opens_to_device),
	CASE(opens_from_device),
	VIRT_CASE(opens_copies),
	CASE(closes),
	CASE(closes_with_work),
};

FAILNTH_MAIN(cases)
