// SPDX-License-Identifier: MIT
/*
 * Where a program gets a dma-buf from: ours, and the kernel's own two.
 */
#include <errno.h>
#include <fcntl.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>
#include <linux/dma-buf.h>
#include <linux/dma-heap.h>
#include <linux/udmabuf.h>

#include "bench.h"

static int heap_node = -1;
static int udmabuf_node = -1;

/* A bare command: the library would map it, too. */
int our_alloc(struct bench *b, uint32_t kind, size_t length)
{
	struct dmaspan_alloc arg = {
		.size = sizeof(arg),
		.kind = kind,
		.fd_flags = O_RDWR | O_CLOEXEC,
		.length = length,
	};

	must(ioctl(dmaspan_device_fd(b->dev), DMASPAN_ALLOC, &arg), "DMASPAN_ALLOC");
	return arg.out_fd;
}

static bool opened(int *node, const char *path)
{
	if (*node < 0)
		*node = open(path, O_RDWR | O_CLOEXEC);
	return *node >= 0;
}

bool heap_exists(void)
{
	return opened(&heap_node, "/dev/dma_heap/system");
}

int heap_alloc(size_t length)
{
	struct dma_heap_allocation_data arg = {
		.len = length,
		.fd_flags = O_RDWR | O_CLOEXEC,
	};

	must(ioctl(heap_node, DMA_HEAP_IOCTL_ALLOC, &arg), "DMA_HEAP_IOCTL_ALLOC");
	return (int)arg.fd;
}

bool udmabuf_exists(void)
{
	return opened(&udmabuf_node, "/dev/udmabuf");
}

int udmabuf_alloc(size_t length)
{
	struct udmabuf_create arg = {
		.flags = UDMABUF_FLAGS_CLOEXEC,
		.size = length,
	};
	int memory, fd;

	memory = memfd_create("bench", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	must(memory, "memfd_create");
	must(ftruncate(memory, (off_t)length), "ftruncate");
	must(fcntl(memory, F_ADD_SEALS, F_SEAL_SHRINK), "F_ADD_SEALS");
	arg.memfd = (uint32_t)memory;
	fd = ioctl(udmabuf_node, UDMABUF_CREATE, &arg);
	must(fd, "UDMABUF_CREATE");
	close(memory);
	return fd;
}

void peer_sync_pair(int fd)
{
	struct dma_buf_sync arg = { .flags = DMA_BUF_SYNC_START | DMA_BUF_SYNC_RW };

	must(ioctl(fd, DMA_BUF_IOCTL_SYNC, &arg), "DMA_BUF_IOCTL_SYNC");
	arg.flags = DMA_BUF_SYNC_END | DMA_BUF_SYNC_RW;
	must(ioctl(fd, DMA_BUF_IOCTL_SYNC, &arg), "DMA_BUF_IOCTL_SYNC");
}
