// SPDX-License-Identifier: MIT
/* DMA_BUF_IOCTL_SYNC: what any program does around its CPU access. */
#include <linux/dma-buf.h>

#include "harness.h"

static int sync_fd(int fd, uint64_t flags)
{
	struct dma_buf_sync sync = { .flags = flags };

	return ioctl(fd, DMA_BUF_IOCTL_SYNC, &sync);
}

static void takes_all_directions(void)
{
	static const uint64_t accesses[] = {
		DMA_BUF_SYNC_READ, DMA_BUF_SYNC_WRITE, DMA_BUF_SYNC_RW,
	};
	int node = node_open(O_RDWR), fd;

	for (uint32_t kind = 0; kind < 3; kind++) {
		CHECK(do_alloc(node, kind, PAGE, &fd) == 0);
		for (size_t i = 0; i < ARRAY_SIZE(accesses); i++) {
			CHECK(sync_fd(fd, DMA_BUF_SYNC_START | accesses[i]) == 0);
			CHECK(sync_fd(fd, DMA_BUF_SYNC_END | accesses[i]) == 0);
		}
		CHECK_ERRNO(sync_fd(fd, 0), EINVAL);
		CHECK_ERRNO(sync_fd(fd, 1ULL << 40), EINVAL);
		close(fd);
	}
	close(node);
}

/* No sync of ours in between: in mode bounce these calls alone move the data. */
static void keeps_device_and_cpu_in_step(void)
{
	struct rig rig;

	rig_open(&rig, DMASPAN_KIND_CACHED);
	CHECK(sync_fd(rig.out.fd, DMA_BUF_SYNC_START | DMA_BUF_SYNC_WRITE) == 0);
	fill(rig.out.data, 512, 1);
	CHECK(sync_fd(rig.out.fd, DMA_BUF_SYNC_END | DMA_BUF_SYNC_WRITE) == 0);
	move(rig.loop.tx, &rig.out, 0, 512);
	move(rig.loop.rx, &rig.in, PAGE, 512);
	CHECK(sync_fd(rig.in.fd, DMA_BUF_SYNC_START | DMA_BUF_SYNC_READ) == 0);
	CHECK(filled(rig.in.data + PAGE, 512, 1));
	CHECK(sync_fd(rig.in.fd, DMA_BUF_SYNC_END | DMA_BUF_SYNC_READ) == 0);
	rig_close(&rig);
}

static const struct test_case cases[] = {
	CASE(takes_all_directions),
	CASE(keeps_device_and_cpu_in_step),
};

TEST_MAIN(cases)
