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

static void close_fd(void)
{
	CHECK(close(fd) == 0);
}

static void opens(void)
{
	const struct action action = {
		.call = call_open,
		.undo = close_fd,
		.errnos = { ENOMEM, EFAULT },
	};

	snprintf(path, sizeof(path), "/dev/dmaspan/%s", device_name());
	failnth(-1, &action);
}

static void open_fd(void)
{
	fd = node_open(O_RDWR);
}

/* With all that it can hold */
static void open_fd_with_mappings(void)
{
	struct dmaspan_map map;
	int buffer;

	open_fd();
	for (uint32_t kind = 0; kind < 3; kind++) {
		CHECK(do_alloc(fd, kind, 4 * PAGE, &buffer) == 0);
		CHECK(do_map(fd, buffer, DMASPAN_BIDIRECTIONAL, &map) == 0);
		close(buffer);
	}
}

static int call_close(void)
{
	return close(fd);
}

static void closes(void)
{
	const struct action action = {
		.prepare = open_fd,
		.call = call_close,
		.quiet = true,
	};

	failnth(-1, &action);
}

static void closes_with_mappings(void)
{
	const struct action action = {
		.prepare = open_fd_with_mappings,
		.call = call_close,
		.quiet = true,
	};

	node = node_open(O_RDWR);
	failnth(node, &action);
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

int main(void)
{
	if (!failnth_possible())
		return test_skip_all(FAILNTH_NONE);
	return test_main_by_device(cases, ARRAY_SIZE(cases));
}
