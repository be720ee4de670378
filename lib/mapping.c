// SPDX-License-Identifier: MIT
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "dmaspan_private.h"

int dmaspan_map_device(struct dmaspan_buffer *buf,
		       enum dmaspan_direction direction)
{
	struct dmaspan_map arg = {
		.size = sizeof(arg),
		.fd = buf->fd,
		.direction = direction,
	};
	int ret;

	ret = dmaspan_ioctl(buf->dev->fd, DMASPAN_MAP, &arg);
	if (ret)
		return ret;

	buf->mapping = arg.out_mapping;
	buf->segments = arg.out_segments;
	buf->class = (enum dmaspan_class)arg.out_class;
	buf->needs_sync = arg.out_flags & DMASPAN_MAPPING_NEEDS_SYNC;
	return 0;
}

/*
 * EBUSY, while a transfer still uses it, is not waited for: the mapping then
 * goes with the open node.
 */
void dmaspan_unmap_device(struct dmaspan_buffer *buf)
{
	struct dmaspan_unmap arg = {
		.size = sizeof(arg),
		.mapping = buf->mapping,
	};

	if (buf->mapping)
		dmaspan_ioctl(buf->dev->fd, DMASPAN_UNMAP, &arg);
	buf->mapping = 0;
}

uint32_t dmaspan_mapping(const struct dmaspan_buffer *buf)
{
	return buf->mapping;
}

enum dmaspan_class dmaspan_class(const struct dmaspan_buffer *buf)
{
	return buf->class;
}

bool dmaspan_needs_sync(const struct dmaspan_buffer *buf)
{
	return buf->needs_sync;
}

static int get_segments(const struct dmaspan_buffer *buf,
			struct dmaspan_segment *segments)
{
	struct dmaspan_segments arg = {
		.size = sizeof(arg),
		.mapping = buf->mapping,
		.count = buf->segments,
		.segments = (uintptr_t)segments,
	};

	return dmaspan_ioctl(buf->dev->fd, DMASPAN_SEGMENTS, &arg);
}

int dmaspan_segments(const struct dmaspan_buffer *buf,
		     struct dmaspan_segment *segments, size_t count)
{
	struct dmaspan_segment *all;
	int ret;

	if (!buf->mapping)
		return -ENOENT;
	if (buf->segments > INT_MAX)
		return -EOVERFLOW;
	if (!count)
		return (int)buf->segments;
	if (!segments)
		return -EINVAL;

	if (count >= buf->segments) {
		ret = get_segments(buf, segments);
		return ret ? ret : (int)buf->segments;
	}

	/* The kernel gives all or none */
	all = calloc(buf->segments, sizeof(*all));
	if (!all)
		return -ENOMEM;
	ret = get_segments(buf, all);
	if (!ret)
		memcpy(segments, all, count * sizeof(*all));
	free(all);
	return ret ? ret : (int)buf->segments;
}
