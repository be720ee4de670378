// SPDX-License-Identifier: MIT
/* One wrapper for each command. */
#include <inttypes.h>

#include "harness.h"

static const char *device = NODE_NAME;

void test_device(const char *name)
{
	device = name;
}

const char *device_name(void)
{
	return device;
}

bool device_is_virt(void)
{
	return !strncmp(device, "virt", 4);
}

static const char *device_path(const char *before, const char *after)
{
	static char path[128];

	snprintf(path, sizeof(path), "%s%s%s", before, device, after);
	return path;
}

int node_open(int flags)
{
	const char *path = device_path("/dev/dmaspan/", "");
	int node = open(path, flags | O_CLOEXEC);

	if (node < 0)
		test_fail(__FILE__, __LINE__, "%s: %s", path, strerror(errno));
	return node;
}

uint64_t used_bytes(void)
{
	return read_number(device_path("/sys/class/dmaspan/", "/used"));
}

uint64_t limit_bytes(void)
{
	return read_number(device_path("/sys/class/dmaspan/", "/limit"));
}

int set_limit(uint64_t bytes)
{
	char text[32];

	snprintf(text, sizeof(text), "%" PRIu64, bytes);
	return write_text(device_path("/sys/class/dmaspan/", "/limit"), text);
}

int do_info(int node, struct dmaspan_info *info)
{
	memset(info, 0, sizeof(*info));
	info->size = sizeof(*info);
	return ioctl(node, DMASPAN_INFO, info);
}

int do_channel_info(int node, uint32_t index, struct dmaspan_channel_info *info)
{
	memset(info, 0, sizeof(*info));
	info->size = sizeof(*info);
	info->index = index;
	return ioctl(node, DMASPAN_CHANNEL_INFO, info);
}

int do_alloc_flags(int node, uint32_t kind, uint32_t flags, uint32_t fd_flags,
		   uint64_t length, int *fd)
{
	struct dmaspan_alloc arg = {
		.size = sizeof(arg),
		.flags = flags,
		.kind = kind,
		.fd_flags = fd_flags,
		.length = length,
		.out_fd = -1,
	};
	int ret = ioctl(node, DMASPAN_ALLOC, &arg);

	if (!ret)
		*fd = arg.out_fd;
	return ret;
}

int do_alloc(int node, uint32_t kind, uint64_t length, int *fd)
{
	return do_alloc_flags(node, kind, 0, O_RDWR | O_CLOEXEC, length, fd);
}

int do_buffer_info(int node, int fd, struct dmaspan_buffer_info *info)
{
	memset(info, 0, sizeof(*info));
	info->size = sizeof(*info);
	info->fd = fd;
	return ioctl(node, DMASPAN_BUFFER_INFO, info);
}

int do_map(int node, int fd, uint32_t direction, struct dmaspan_map *map)
{
	memset(map, 0, sizeof(*map));
	map->size = sizeof(*map);
	map->fd = fd;
	map->direction = direction;
	return ioctl(node, DMASPAN_MAP, map);
}

int do_segments(int node, uint32_t mapping, struct dmaspan_segment *segments,
		uint32_t room, uint32_t *count)
{
	struct dmaspan_segments arg = {
		.size = sizeof(arg),
		.mapping = mapping,
		.count = room,
		.segments = PTR(segments),
		.out_count = UINT32_MAX,
	};
	int ret = ioctl(node, DMASPAN_SEGMENTS, &arg);

	*count = arg.out_count;
	return ret;
}

int do_unmap(int node, uint32_t mapping)
{
	struct dmaspan_unmap arg = {
		.size = sizeof(arg),
		.mapping = mapping,
	};

	return ioctl(node, DMASPAN_UNMAP, &arg);
}

int do_sync_ranges(int node, uint32_t mapping, uint32_t flags,
		   const struct dmaspan_range *ranges, uint32_t count)
{
	struct dmaspan_sync arg = {
		.size = sizeof(arg),
		.flags = flags,
		.mapping = mapping,
		.count = count,
		.ranges = PTR(ranges),
	};

	return ioctl(node, DMASPAN_SYNC, &arg);
}

int do_sync(int node, uint32_t mapping, uint32_t flags, uint64_t offset,
	    uint64_t length)
{
	const struct dmaspan_range range = { offset, length };

	return do_sync_ranges(node, mapping, flags, &range, 1);
}

int do_channel_open(int node, const char *name, uint32_t fd_flags, int *fd)
{
	struct dmaspan_channel_open arg = {
		.size = sizeof(arg),
		.fd_flags = fd_flags,
		.out_fd = -1,
	};
	int ret;

	memcpy(arg.name, name, strnlen(name, sizeof(arg.name)));
	ret = ioctl(node, DMASPAN_CHANNEL_OPEN, &arg);
	if (!ret)
		*fd = arg.out_fd;
	return ret;
}

int do_submit_sized(int channel, const void *transfers, uint32_t count, uint32_t size)
{
	struct dmaspan_submit arg = {
		.size = sizeof(arg),
		.transfers = PTR(transfers),
		.count = count,
		.transfer_size = size,
	};

	return ioctl(channel, DMASPAN_SUBMIT, &arg);
}

int do_submit_array(int channel, const struct dmaspan_transfer *transfers,
		    uint32_t count)
{
	return do_submit_sized(channel, transfers, count, sizeof(*transfers));
}

int do_submit(int channel, uint32_t mapping, uint64_t offset, uint64_t length,
	      uint64_t cookie)
{
	const struct dmaspan_transfer transfer = {
		.mapping = mapping,
		.offset = offset,
		.length = length,
		.cookie = cookie,
	};

	return do_submit_array(channel, &transfer, 1);
}

int do_cancel(int channel, uint32_t *cancelled)
{
	struct dmaspan_cancel arg = { .size = sizeof(arg) };
	int ret = ioctl(channel, DMASPAN_CANCEL, &arg);

	if (!ret)
		*cancelled = arg.out_cancelled;
	return ret;
}

int do_wait(int channel, struct dmaspan_completion *completion, int timeout_ms)
{
	struct pollfd pfd = { .fd = channel, .events = POLLIN };
	int ret = poll(&pfd, 1, timeout_ms);

	if (!ret)
		errno = ETIMEDOUT;
	if (ret <= 0)
		return -1;
	return read(channel, completion, sizeof(*completion)) ==
	       sizeof(*completion) ? 0 : -1;
}
