// SPDX-License-Identifier: MIT
/* A node without memory: open, close, facts about the device. */
#include "failnth.h"

static int node = -1, fd = -1;
static char path[64];

static int call_open(void)
{
	fd = open(path, O_RDWR | O_CLOEXEC);
	return fd < 0 ? -1 : 0;
}

static void opens(void)
{
	const struct action action = {
		.call = call_open,
		.makes = &fd,
		.errnos = { ENOMEM, EFAULT },
	};

	snprintf(path, sizeof(path), "/dev/dmaspan/%s", device_name());
	failnth(-1, &action);
}

static int open_fd(void)
{
	return node_open(O_RDWR);
}

/* With all that it can hold */
static int open_fd_with_mappings(void)
{
	int opened = open_fd(), buffer;
	struct dmaspan_map map;

	for (uint32_t kind = 0; kind < 3; kind++) {
		CHECK(do_alloc(opened, kind, 4 * PAGE, &buffer) == 0);
		CHECK(do_map(opened, buffer, DMASPAN_BIDIRECTIONAL, &map) == 0);
		close(buffer);
	}
	return opened;
}

static void closes(void)
{
	failnth_closes(-1, open_fd);
}

static void closes_with_mappings(void)
{
	node = node_open(O_RDWR);
	failnth_closes(node, open_fd_with_mappings);
	close(node);
}

static int call_info(void)
{
	struct dmaspan_info info = { .size = sizeof(info) };

	return FAILNTH_IOCTL(node, DMASPAN_INFO, &info);
}

static void info(void)
{
	const struct action action = {
		.call = call_info,
		.errnos = { EFAULT },
	};

	node = node_open(O_RDONLY);
	failnth(-1, &action);
	close(node);
}

static int call_channel_info(void)
{
	struct dmaspan_channel_info channel = { .size = sizeof(channel), .index = 1 };

	return FAILNTH_IOCTL(node, DMASPAN_CHANNEL_INFO, &channel);
}

static void channel_info(void)
{
	const struct action action = {
		.call = call_channel_info,
		.errnos = { EFAULT },
	};

	node = node_open(O_RDONLY);
	failnth(-1, &action);
	close(node);
}

static const struct test_case cases[] = {
	CASE(opens),
	CASE(closes),
	CASE(closes_with_mappings),
	CASE(info),
	CASE(channel_info),
};

FAILNTH_MAIN(cases)
