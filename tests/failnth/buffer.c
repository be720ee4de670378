// SPDX-License-Identifier: MIT
/* Buffers: made, asked about, shared, closed. */
#include <linux/dma-buf.h>

#include "failnth.h"

static int node, fd = -1;
static struct dmaspan_alloc wanted;

static int call_alloc(void)
{
	struct dmaspan_alloc arg = wanted;
	int ret = FAILNTH_IOCTL(node, DMASPAN_ALLOC, &arg);

	fd = arg.out_fd;
	return ret;
}

/* All of it is zero, whatever it took to get it. */
static void look(void)
{
	void *data = read_only_view(fd, wanted.length);

	CHECK(all_zero(data, wanted.length));
	munmap(data, wanted.length);
}

static void allocates(uint32_t kind, uint32_t flags, uint32_t fd_flags, size_t length)
{
	const struct action action = {
		.call = call_alloc,
		.undo = look,
		.makes = &fd,
		.errnos = { ENOMEM, EFAULT },
	};

	wanted = (struct dmaspan_alloc) {
		.size = sizeof(wanted),
		.flags = flags,
		.kind = kind,
		.fd_flags = fd_flags | O_CLOEXEC,
		.length = length,
		.out_fd = -1,
	};
	node = node_open(O_RDWR);
	failnth(node, &action);
	close(node);
}

static void cached(void)
{
	allocates(DMASPAN_KIND_CACHED, 0, O_RDWR, PAGE);
}

static void cached_readonly(void)
{
	allocates(DMASPAN_KIND_CACHED, 0, O_RDONLY, 3 * PAGE);
}

/* Blocks of several sizes; the list of its pages is longer than one */
static void cached_large(void)
{
	allocates(DMASPAN_KIND_CACHED, 0, O_RDWR, 4 * MIB + 5 * PAGE);
}

static void cached_contiguous(void)
{
	allocates(DMASPAN_KIND_CACHED, DMASPAN_ALLOC_CONTIGUOUS, O_RDWR, 48 * PAGE);
}

static void coherent(void)
{
	allocates(DMASPAN_KIND_COHERENT, 0, O_RDWR, 16 * PAGE);
}

static void coherent_contiguous(void)
{
	allocates(DMASPAN_KIND_COHERENT, DMASPAN_ALLOC_CONTIGUOUS, O_RDWR, 16 * PAGE);
}

static void write_combined(void)
{
	allocates(DMASPAN_KIND_WC, 0, O_RDWR, 16 * PAGE);
}

static void write_combined_contiguous(void)
{
	allocates(DMASPAN_KIND_WC, DMASPAN_ALLOC_CONTIGUOUS, O_RDWR, 16 * PAGE);
}

/* What the rest is done with */
static void with_buffer(const struct action *action)
{
	failnth_buffer(&node, &fd, DMASPAN_KIND_CACHED, 4 * PAGE, action);
}

static int call_buffer_info(void)
{
	struct dmaspan_buffer_info info = { .size = sizeof(info), .fd = fd };

	return FAILNTH_IOCTL(node, DMASPAN_BUFFER_INFO, &info);
}

static void buffer_info(void)
{
	const struct action action = {
		.call = call_buffer_info,
		.errnos = { EFAULT },
	};

	with_buffer(&action);
}

static int call_dma_buf_sync(uint64_t flags)
{
	struct dma_buf_sync arg = { flags | DMA_BUF_SYNC_RW };

	return FAILNTH_IOCTL(fd, DMA_BUF_IOCTL_SYNC, &arg);
}

static int call_begin(void)
{
	return call_dma_buf_sync(DMA_BUF_SYNC_START);
}

static int call_end(void)
{
	return call_dma_buf_sync(DMA_BUF_SYNC_END);
}

/* Whatever begins ends. */
static void begin(void)
{
	CHECK(call_begin() == 0);
}

static void end(void)
{
	CHECK(call_end() == 0);
}

/* With a mapping, which is what is synced */
static void syncs(const struct action *action)
{
	struct dmaspan_map map;

	node = node_open(O_RDWR);
	CHECK(do_alloc(node, DMASPAN_KIND_CACHED, 4 * PAGE, &fd) == 0);
	CHECK(do_map(node, fd, DMASPAN_BIDIRECTIONAL, &map) == 0);
	failnth(node, action);
	CHECK(do_unmap(node, map.out_mapping) == 0);
	CHECK(close(fd) == 0);
	close(node);
}

static void dma_buf_sync_start(void)
{
	const struct action action = {
		.call = call_begin,
		.undo = end,
		.errnos = { EFAULT },
	};

	syncs(&action);
}

static void dma_buf_sync_end(void)
{
	const struct action action = {
		.prepare = begin,
		.call = call_end,
		.failed = end,
		.errnos = { EFAULT },
	};

	syncs(&action);
}

static int call_set_name(void)
{
	return ioctl(fd, DMA_BUF_SET_NAME, "failnth");
}

static void dma_buf_name(void)
{
	const struct action action = {
		.call = call_set_name,
		.errnos = { ENOMEM, EFAULT },
	};

	with_buffer(&action);
}

#ifdef DMA_BUF_IOCTL_EXPORT_SYNC_FILE
static int fence = -1;

static int call_export_fence(void)
{
	struct dma_buf_export_sync_file arg = { .flags = DMA_BUF_SYNC_RW, .fd = -1 };
	int ret = FAILNTH_IOCTL(fd, DMA_BUF_IOCTL_EXPORT_SYNC_FILE, &arg);

	fence = arg.fd;
	return ret;
}

static void dma_buf_export_fence(void)
{
	const struct action action = {
		.call = call_export_fence,
		.makes = &fence,
		.errnos = { ENOMEM, EFAULT },
	};

	with_buffer(&action);
}

static void export_fence(void)
{
	CHECK(call_export_fence() == 0);
}

static void close_fence(void)
{
	CHECK(close(fence) == 0);
}

static int call_import_fence(void)
{
	struct dma_buf_import_sync_file arg = { .flags = DMA_BUF_SYNC_RW, .fd = fence };

	return FAILNTH_IOCTL(fd, DMA_BUF_IOCTL_IMPORT_SYNC_FILE, &arg);
}

static void dma_buf_import_fence(void)
{
	const struct action action = {
		.prepare = export_fence,
		.call = call_import_fence,
		.undo = close_fence,
		.failed = close_fence,
		.errnos = { ENOMEM, EFAULT },
	};

	with_buffer(&action);
}
#endif

static int alloc_fd(void)
{
	CHECK(do_alloc(node, wanted.kind, 20 * PAGE, &fd) == 0);
	return fd;
}

static void closes(uint32_t kind)
{
	wanted.kind = kind;
	node = node_open(O_RDWR);
	failnth_closes(node, alloc_fd);
	close(node);
}

static void closes_cached(void)
{
	closes(DMASPAN_KIND_CACHED);
}

static void closes_write_combined(void)
{
	closes(DMASPAN_KIND_WC);
}

static const struct test_case cases[] = {
	CASE(cached),
	CASE(cached_readonly),
	CASE(cached_large),
	CASE(cached_contiguous),
	CASE(coherent),
	CASE(coherent_contiguous),
	CASE(write_combined),
	CASE(write_combined_contiguous),
	CASE(buffer_info),
	CASE(dma_buf_sync_start),
	CASE(dma_buf_sync_end),
	CASE(dma_buf_name),
#ifdef DMA_BUF_IOCTL_EXPORT_SYNC_FILE
	CASE(dma_buf_export_fence),
	CASE(dma_buf_import_fence),
#endif
	CASE(closes_cached),
	CASE(closes_write_combined),
};

FAILNTH_MAIN(cases)
