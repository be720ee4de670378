// SPDX-License-Identifier: MIT
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "dmaspan_private.h"

/* A caller built with an older header passes less, one with a newer more */
static int get_opts(const struct dmaspan_buffer_opts *in,
		    struct dmaspan_buffer_opts *out)
{
	const unsigned char *bytes = (const unsigned char *)in;

	memset(out, 0, sizeof(*out));
	if (!in)
		return 0;
	if (in->size < sizeof(in->size))
		return -EINVAL;
	for (size_t i = sizeof(*out); i < in->size; i++)
		if (bytes[i])
			return -E2BIG;
	memcpy(out, in, in->size < sizeof(*out) ? in->size : sizeof(*out));
	return 0;
}

/* mmap() of the buffer at @addr; a read-only fd gives a read-only view */
static void *map_at(int fd, void *addr, size_t length, int flags)
{
	void *data;

	data = mmap(addr, length, PROT_READ | PROT_WRITE, MAP_SHARED | flags,
		    fd, 0);
	if (data == MAP_FAILED && errno == EACCES)
		data = mmap(addr, length, PROT_READ, MAP_SHARED | flags, fd, 0);
	return data;
}

/*
 * A huge entry needs an address that is a multiple of it, which mmap() of a
 * dma-buf does not promise. A larger range is reserved, the view put over it
 * where it is aligned, and what is left on both sides given back.
 */
static void *map_aligned(int fd, size_t length, size_t align, int flags)
{
	size_t reserved, head;
	char *base;
	void *data;
	int error;

	if (__builtin_add_overflow(length, align, &reserved)) {
		errno = EOVERFLOW;
		return MAP_FAILED;
	}
	base = mmap(NULL, reserved, PROT_NONE,
		    MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (base == MAP_FAILED)
		return MAP_FAILED;

	head = -(uintptr_t)base & (align - 1);
	data = map_at(fd, base + head, length, flags | MAP_FIXED);
	if (data == MAP_FAILED) {
		error = errno;
		munmap(base, reserved);
		errno = error;
		return MAP_FAILED;
	}
	if (head)
		munmap(base, head);
	munmap(base + head + length, align - head);
	return data;
}

int dmaspan_map_data(struct dmaspan_buffer *buf,
		     const struct dmaspan_buffer_info *info)
{
	size_t huge = info->out_huge;
	int flags = 0;
	void *data;

	if (info->out_flags & DMASPAN_BUFFER_FAULTED)
		flags |= MAP_POPULATE;
	if (huge && !(huge & (huge - 1)) && buf->length >= huge)
		data = map_aligned(buf->fd, buf->length, huge, flags);
	else
		data = map_at(buf->fd, NULL, buf->length, flags);
	if (data == MAP_FAILED)
		return -errno;

	buf->data = data;
	return 0;
}

void dmaspan_unmap_data(struct dmaspan_buffer *buf)
{
	if (buf->data)
		munmap(buf->data, buf->length);
	buf->data = NULL;
}

/* Takes over @fd, on failure too */
static int new_buffer(struct dmaspan_device *dev, int fd,
		      const struct dmaspan_buffer_opts *opts,
		      struct dmaspan_buffer **out)
{
	struct dmaspan_buffer_info info;
	struct dmaspan_buffer *buf;
	int ret;

	buf = calloc(1, sizeof(*buf));
	if (!buf) {
		close(fd);
		return -ENOMEM;
	}
	buf->dev = dev;
	buf->fd = fd;

	ret = dmaspan_buffer_query(buf, &info);
	if (ret)
		goto err_free;
	if (__builtin_add_overflow(info.out_length, 0, &buf->length)) {
		ret = -EOVERFLOW;
		goto err_free;
	}
	if (!opts->no_data) {
		ret = dmaspan_map_data(buf, &info);
		if (ret)
			goto err_free;
	}
	if (!opts->no_mapping) {
		ret = dmaspan_map_device(buf, opts->direction);
		if (ret)
			goto err_free;
	}

	*out = buf;
	return 0;

err_free:
	dmaspan_free(buf);
	return ret;
}

int dmaspan_alloc(struct dmaspan_device *dev, size_t length,
		  const struct dmaspan_buffer_opts *opts,
		  struct dmaspan_buffer **buf)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE);
	struct dmaspan_buffer_opts o;
	struct dmaspan_alloc arg = {
		.size = sizeof(arg),
		.fd_flags = O_RDWR | O_CLOEXEC,
	};
	int ret;

	ret = get_opts(opts, &o);
	if (ret)
		return ret;
	if (!length)
		return -EINVAL;
	if (__builtin_add_overflow(length, page - 1, &length))
		return -EOVERFLOW;

	arg.length = length & ~(page - 1);
	arg.kind = o.kind;
	if (o.contiguous)
		arg.flags |= DMASPAN_ALLOC_CONTIGUOUS;
	ret = dmaspan_ioctl(dev->fd, DMASPAN_ALLOC, &arg);
	if (ret)
		return ret;

	return new_buffer(dev, arg.out_fd, &o, buf);
}

int dmaspan_import(struct dmaspan_device *dev, int fd,
		   const struct dmaspan_buffer_opts *opts,
		   struct dmaspan_buffer **buf)
{
	struct dmaspan_buffer_opts o;
	int ret, own;

	ret = get_opts(opts, &o);
	if (ret)
		return ret;
	if (o.kind != DMASPAN_KIND_CACHED || o.contiguous)
		return -EINVAL;

	own = fcntl(fd, F_DUPFD_CLOEXEC, 0);
	if (own < 0)
		return -errno;

	return new_buffer(dev, own, &o, buf);
}

void dmaspan_free(struct dmaspan_buffer *buf)
{
	if (!buf)
		return;
	dmaspan_unmap_device(buf);
	dmaspan_unmap_data(buf);
	close(buf->fd);
	free(buf);
}

void *dmaspan_data(const struct dmaspan_buffer *buf)
{
	return buf->data;
}

size_t dmaspan_length(const struct dmaspan_buffer *buf)
{
	return buf->length;
}

int dmaspan_buffer_fd(const struct dmaspan_buffer *buf)
{
	return buf->fd;
}

int dmaspan_buffer_query(const struct dmaspan_buffer *buf,
			 struct dmaspan_buffer_info *info)
{
	struct dmaspan_buffer_info arg = {
		.size = sizeof(arg),
		.fd = buf->fd,
	};
	int ret;

	ret = dmaspan_ioctl(buf->dev->fd, DMASPAN_BUFFER_INFO, &arg);
	if (!ret)
		*info = arg;
	return ret;
}
