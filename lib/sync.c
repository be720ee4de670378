// SPDX-License-Identifier: MIT
#include <errno.h>

#include "dmaspan_private.h"

int dmaspan_check_range(const struct dmaspan_buffer *buf, uint64_t offset,
			uint64_t length)
{
	uint64_t end;

	if (!length)
		return -EINVAL;
	if (__builtin_add_overflow(offset, length, &end))
		return -EOVERFLOW;
	return end > buf->length ? -EINVAL : 0;
}

/*
 * A wrong range is an error on every machine, not only where a sync has work
 * to do.
 */
int dmaspan_sync_ranges(struct dmaspan_buffer *buf, uint32_t direction,
			const struct dmaspan_range *ranges, size_t count)
{
	struct dmaspan_sync arg = {
		.size = sizeof(arg),
		.flags = direction,
		.mapping = buf->mapping,
		.ranges = (uintptr_t)ranges,
	};
	int ret;

	if (direction != DMASPAN_SYNC_FOR_DEVICE &&
	    direction != DMASPAN_SYNC_FOR_CPU)
		return -EINVAL;
	if (!ranges || !count || count > DMASPAN_MAX_RANGES)
		return -EINVAL;
	for (size_t i = 0; i < count; i++) {
		ret = dmaspan_check_range(buf, ranges[i].offset,
					  ranges[i].length);
		if (ret)
			return ret;
	}
	if (!buf->mapping)
		return -ENOENT;
	if (!buf->needs_sync)
		return 0;

	arg.count = (uint32_t)count;
	return dmaspan_ioctl(buf->dev->fd, DMASPAN_SYNC, &arg);
}

static int sync_one(struct dmaspan_buffer *buf, uint32_t direction,
		    size_t offset, size_t length)
{
	const struct dmaspan_range range = {
		.offset = offset,
		.length = length,
	};

	return dmaspan_sync_ranges(buf, direction, &range, 1);
}

int dmaspan_sync_for_device(struct dmaspan_buffer *buf, size_t offset,
			    size_t length)
{
	return sync_one(buf, DMASPAN_SYNC_FOR_DEVICE, offset, length);
}

int dmaspan_sync_for_cpu(struct dmaspan_buffer *buf, size_t offset,
			 size_t length)
{
	return sync_one(buf, DMASPAN_SYNC_FOR_CPU, offset, length);
}
