// SPDX-License-Identifier: MIT
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "dmaspan_private.h"

static int open_named(struct dmaspan_device *dev, const char *name,
		      enum dmaspan_direction direction,
		      struct dmaspan_channel **out)
{
	struct dmaspan_channel_open arg = {
		.size = sizeof(arg),
		.fd_flags = O_CLOEXEC | O_NONBLOCK,
	};
	struct dmaspan_channel *ch;
	int ret;

	if (strlen(name) >= sizeof(arg.name))
		return -ENOENT;
	memcpy(arg.name, name, strlen(name));

	ch = calloc(1, sizeof(*ch));
	if (!ch)
		return -ENOMEM;
	ret = dmaspan_ioctl(dev->fd, DMASPAN_CHANNEL_OPEN, &arg);
	if (ret) {
		free(ch);
		return ret;
	}
	ch->dev = dev;
	ch->fd = arg.out_fd;
	memcpy(ch->name, arg.name, sizeof(ch->name));
	if (arg.out_direction != (uint32_t)direction) {
		dmaspan_channel_close(ch);
		return -EINVAL;
	}

	*out = ch;
	return 0;
}

/* -ENOENT: there is none with this direction; -EBUSY: all have an owner */
static int open_first(struct dmaspan_device *dev,
		      enum dmaspan_direction direction,
		      struct dmaspan_channel **out)
{
	struct dmaspan_channel_info info;
	int none = -ENOENT;
	int ret;

	for (unsigned int i = 0; ; i++) {
		ret = dmaspan_device_channel(dev, i, &info);
		if (ret)
			return ret == -ENOENT ? none : ret;
		if (info.out_direction != (uint32_t)direction)
			continue;
		none = -EBUSY;
		if (info.out_flags & DMASPAN_CHANNEL_BUSY)
			continue;
		/* EBUSY: another process was faster; there may be more */
		ret = open_named(dev, info.out_name, direction, out);
		if (ret != -EBUSY)
			return ret;
	}
}

int dmaspan_channel_open(struct dmaspan_device *dev, const char *name,
			 enum dmaspan_direction direction,
			 struct dmaspan_channel **ch)
{
	if (direction != DMASPAN_TO_DEVICE &&
	    direction != DMASPAN_FROM_DEVICE &&
	    direction != DMASPAN_BIDIRECTIONAL)
		return -EINVAL;
	if (!name)
		return open_first(dev, direction, ch);
	return open_named(dev, name, direction, ch);
}

void dmaspan_channel_close(struct dmaspan_channel *ch)
{
	if (!ch)
		return;
	close(ch->fd);
	free(ch);
}

int dmaspan_channel_fd(const struct dmaspan_channel *ch)
{
	return ch->fd;
}

const char *dmaspan_channel_name(const struct dmaspan_channel *ch)
{
	return ch->name;
}

int dmaspan_submit_array(struct dmaspan_channel *ch,
			 const struct dmaspan_transfer *transfers, size_t count)
{
	struct dmaspan_submit arg = {
		.size = sizeof(arg),
		.transfers = (uintptr_t)transfers,
		.transfer_size = sizeof(*transfers),
	};

	if (!transfers || !count || count > DMASPAN_MAX_TRANSFERS)
		return -EINVAL;
	arg.count = (uint32_t)count;
	return dmaspan_ioctl(ch->fd, DMASPAN_SUBMIT, &arg);
}

/* A range that a transfer on the channel may name */
static int check_side(const struct dmaspan_channel *ch,
		      const struct dmaspan_buffer *buf, size_t offset,
		      size_t length)
{
	/* Ids are per open node: the same number can be valid on both */
	if (buf->dev != ch->dev)
		return -EXDEV;
	if (!buf->mapping)
		return -ENOENT;
	return dmaspan_check_range(buf, offset, length);
}

int dmaspan_submit(struct dmaspan_channel *ch, struct dmaspan_buffer *buf,
		   size_t offset, size_t length, uint64_t cookie)
{
	const struct dmaspan_transfer transfer = {
		.mapping = buf->mapping,
		.offset = offset,
		.length = length,
		.cookie = cookie,
	};
	int ret;

	ret = check_side(ch, buf, offset, length);
	return ret ? ret : dmaspan_submit_array(ch, &transfer, 1);
}

int dmaspan_submit_copy(struct dmaspan_channel *ch,
			struct dmaspan_buffer *dst, size_t dst_offset,
			struct dmaspan_buffer *src, size_t src_offset,
			size_t length, uint64_t cookie)
{
	const struct dmaspan_transfer transfer = {
		.mapping = dst->mapping,
		.offset = dst_offset,
		.length = length,
		.cookie = cookie,
		.src_mapping = src->mapping,
		.src_offset = src_offset,
	};
	int ret;

	ret = check_side(ch, dst, dst_offset, length);
	if (!ret)
		ret = check_side(ch, src, src_offset, length);
	return ret ? ret : dmaspan_submit_array(ch, &transfer, 1);
}

static int64_t now_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

/* When a timeout that starts now ends; -1: never */
static int64_t deadline_ms(int timeout_ms)
{
	return timeout_ms < 0 ? -1 : now_ms() + timeout_ms;
}

static int wait_until(struct dmaspan_channel *ch,
		      struct dmaspan_completion *completions, size_t count,
		      int64_t deadline)
{
	struct pollfd pfd = { .fd = ch->fd, .events = POLLIN };
	int64_t left = -1;
	ssize_t n;
	int ret;

	for (;;) {
		n = read(ch->fd, completions, count * sizeof(*completions));
		if (n >= (ssize_t)sizeof(*completions))
			return (int)((size_t)n / sizeof(*completions));
		if (n >= 0)
			return -EIO;
		if (errno != EAGAIN)
			return -errno;

		if (deadline >= 0) {
			left = deadline - now_ms();
			if (left <= 0)
				return -ETIMEDOUT;
			if (left > INT_MAX)
				left = INT_MAX;
		}
		ret = poll(&pfd, 1, (int)left);
		if (ret < 0)
			return -errno;
	}
}

int dmaspan_wait(struct dmaspan_channel *ch,
		 struct dmaspan_completion *completions, size_t count,
		 int timeout_ms)
{
	if (!completions || !count)
		return -EINVAL;
	if (count > DMASPAN_MAX_TRANSFERS)
		count = DMASPAN_MAX_TRANSFERS;
	return wait_until(ch, completions, count, deadline_ms(timeout_ms));
}

int dmaspan_cancel(struct dmaspan_channel *ch)
{
	struct dmaspan_cancel arg = { .size = sizeof(arg) };
	int ret;

	ret = dmaspan_ioctl(ch->fd, DMASPAN_CANCEL, &arg);
	return ret ? ret : (int)arg.out_cancelled;
}

/* A signal does not end the wait: only the caller's timeout cancels */
static int wait_for_one(struct dmaspan_channel *ch,
			struct dmaspan_completion *done, int timeout_ms)
{
	int64_t deadline = deadline_ms(timeout_ms);
	int ret;

	do {
		ret = wait_until(ch, done, 1, deadline);
	} while (ret == -EINTR);
	return ret;
}

/*
 * The end of the only transfer there is. When the wait fails it is stopped, so
 * that it neither goes on nor leaves a completion for the next one to find.
 */
static int wait_or_stop(struct dmaspan_channel *ch,
			struct dmaspan_completion *done, int timeout_ms)
{
	int failed, ret;

	failed = wait_for_one(ch, done, timeout_ms);
	if (failed >= 0 || failed == -ENODEV)
		return failed;
	ret = dmaspan_cancel(ch);
	if (ret < 0)
		return ret;
	ret = wait_for_one(ch, done, -1);
	if (ret < 0)
		return ret;
	/* It may have ended by itself just in time. */
	return failed == -ETIMEDOUT && done->status != -ECANCELED ? ret : failed;
}

/* ... and the range it wrote taken back */
static int64_t finish(struct dmaspan_channel *ch, struct dmaspan_buffer *buf,
		      size_t offset, size_t length, int timeout_ms)
{
	struct dmaspan_completion done;
	int failed, ret;

	failed = wait_or_stop(ch, &done, timeout_ms);
	if (failed == -ENODEV)
		return failed;
	ret = dmaspan_sync_for_cpu(buf, offset, length);
	if (failed < 0)
		return failed;
	if (done.status)
		return done.status;
	return ret ? ret : (int64_t)done.length;
}

int64_t dmaspan_transfer(struct dmaspan_channel *ch, struct dmaspan_buffer *buf,
			 size_t offset, size_t length, int timeout_ms)
{
	int ret;

	ret = dmaspan_sync_for_device(buf, offset, length);
	if (!ret)
		ret = dmaspan_submit(ch, buf, offset, length, 0);
	return ret ? ret : finish(ch, buf, offset, length, timeout_ms);
}

int64_t dmaspan_copy(struct dmaspan_channel *ch,
		     struct dmaspan_buffer *dst, size_t dst_offset,
		     struct dmaspan_buffer *src, size_t src_offset,
		     size_t length, int timeout_ms)
{
	int ret;

	ret = dmaspan_sync_for_device(src, src_offset, length);
	if (!ret)
		ret = dmaspan_sync_for_device(dst, dst_offset, length);
	if (!ret)
		ret = dmaspan_submit_copy(ch, dst, dst_offset, src, src_offset,
					  length, 0);
	return ret ? ret : finish(ch, dst, dst_offset, length, timeout_ms);
}
