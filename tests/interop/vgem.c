// SPDX-License-Identifier: MIT
/* DRM's vgem as importer (PRIME) of our buffers, and as a foreign exporter. */
#include <linux/dma-buf.h>

#include "vgem.h"

static uint32_t import(int card, int fd)
{
	uint32_t handle = 0;

	if (vgem_import(card, fd, &handle) && !(errno == EXDEV && is_bounce()))
		test_fail(__FILE__, __LINE__, "import: %s", strerror(errno));
	return handle;
}

static uint32_t attachments(int node, int fd)
{
	struct dmaspan_buffer_info info;

	CHECK(do_buffer_info(node, fd, &info) == 0);
	CHECK_EQ(info.out_mappings, 0);
	return info.out_attachments;
}

static void imports(uint32_t kind, size_t length)
{
	int node = node_open(O_RDWR), card = vgem_open(), fd, again;
	unsigned char *data;
	uint32_t handle;

	CHECK(do_alloc(node, kind, length, &fd) == 0);
	data = view(fd, length);
	fill(data, length, 1);
	handle = import(card, fd);
	if (!handle) {
		/* It would be bounced, and what needs no sync cannot be. */
		CHECK_EQ(kind, DMASPAN_KIND_COHERENT);
		CHECK_EQ(attachments(node, fd), 0);
		munmap(data, length);
		close(fd);
		close(card);
		close(node);
		return;
	}
	CHECK_EQ(attachments(node, fd), 1);
	CHECK_EQ(import(card, fd), handle);
	CHECK_EQ(attachments(node, fd), 1);

	/* Out of the other driver comes the same buffer. */
	again = vgem_export(card, handle);
	CHECK_EQ(attachments(node, again), 1);
	munmap(data, length);
	close(fd);
	data = view(again, length);
	CHECK(filled(data, length, 1));
	munmap(data, length);
	vgem_drop(card, handle);
	CHECK_EQ(attachments(node, again), 0);
	close(again);
	CHECK(used_becomes(0));
	close(card);
	close(node);
}

static void imports_cached(void)
{
	imports(DMASPAN_KIND_CACHED, PAGE);
	imports(DMASPAN_KIND_CACHED, 3 * MIB + PAGE);
}

static void imports_coherent(void)
{
	imports(DMASPAN_KIND_COHERENT, MIB);
}

/* 6.1's maps what it imports, for both ways; 7.2's does not, and there is no use of it. */
static bool maps_imports(void)
{
	return kernel_major() < 7;
}

/* No write access comes of it, whichever fd it was asked for. */
static void imports_read_only(void)
{
	int node = node_open(O_RDWR), card = vgem_open(), fd, again;
	uint32_t handle;

	for (uint32_t kind = 0; kind < 3; kind++) {
		fd = read_only_buffer(node, kind, MIB);
		if (maps_imports()) {
			CHECK_ERRNO(vgem_import(card, fd, &handle), EACCES);
		} else {
			CHECK(vgem_import(card, fd, &handle) == 0);
			again = vgem_export(card, handle);
			CHECK_ERRNO((long)mmap(NULL, MIB, PROT_WRITE, MAP_SHARED, again, 0),
				    EACCES);
			close(again);
			vgem_drop(card, handle);
		}
		CHECK_EQ(attachments(node, fd), 0);
		close(fd);
	}
	CHECK(used_becomes(0));
	close(card);
	close(node);
}

static void importer_keeps_the_memory(void)
{
	int node = node_open(O_RDWR), card = vgem_open(), fd;

	CHECK(do_alloc(node, DMASPAN_KIND_CACHED, MIB, &fd) == 0);
	import(card, fd);
	close(fd);
	CHECK_EQ(used_bytes(), MIB);
	close(card);
	CHECK(used_becomes(0));
	close(node);
}

/* Mapped by us and by the other driver at once */
static void beside_our_mapping(void)
{
	int node = node_open(O_RDWR), card = vgem_open();
	struct dma_buf_sync begin = { DMA_BUF_SYNC_START | DMA_BUF_SYNC_RW };
	struct dma_buf_sync end = { DMA_BUF_SYNC_END | DMA_BUF_SYNC_RW };
	struct dmaspan_buffer_info info;
	struct span span;
	uint32_t handle;

	span_open(&span, node, DMASPAN_KIND_CACHED, DMASPAN_TO_DEVICE, MIB);
	handle = import(card, span.fd);
	CHECK(do_buffer_info(node, span.fd, &info) == 0);
	CHECK_EQ(info.out_attachments, 1);
	CHECK_EQ(info.out_mappings, 1);
	/* For both devices, since nobody else syncs for the other driver. */
	CHECK(ioctl(span.fd, DMA_BUF_IOCTL_SYNC, &begin) == 0);
	fill(span.data, MIB, 5);
	CHECK(ioctl(span.fd, DMA_BUF_IOCTL_SYNC, &end) == 0);
	vgem_drop(card, handle);
	CHECK(filled(span.data, MIB, 5));
	span_close(&span);
	close(card);
	close(node);
}

static void foreign_buffers_are_refused(void)
{
	int node = node_open(O_RDWR), card = vgem_open(), fd;
	struct dmaspan_buffer_info info;
	struct dmaspan_map map;

	fd = vgem_export(card, vgem_create(card));
	CHECK_ERRNO(do_buffer_info(node, fd, &info), EOPNOTSUPP);
	CHECK_ERRNO(do_map(node, fd, DMASPAN_TO_DEVICE, &map), EOPNOTSUPP);
	close(fd);
	close(card);
	close(node);
}

static void removed_while_imported(void)
{
	int node = node_open(O_RDWR), card = vgem_open(), fd;
	unsigned char *data;
	uint32_t handle;

	CHECK(do_alloc(node, DMASPAN_KIND_CACHED, MIB, &fd) == 0);
	data = view(fd, MIB);
	fill(data, MIB, 9);
	handle = import(card, fd);
	unbind_device();
	CHECK(filled(data, MIB, 9));
	vgem_drop(card, handle);
	CHECK(filled(data, MIB, 9));
	munmap(data, MIB);
	close(fd);
	close(card);
	close(node);
	bind_device();
}

static const struct test_case cases[] = {
	CASE(imports_cached),
	CASE(imports_coherent),
	CASE(imports_read_only),
	CASE(importer_keeps_the_memory),
	CASE(beside_our_mapping),
	CASE(foreign_buffers_are_refused),
	CASE(removed_while_imported),
};

int main(void)
{
	int ret;

	if (RUN("modprobe", "vgem"))
		return test_skip_all("the kernel has no vgem");
	ret = test_main_by_device(cases, ARRAY_SIZE(cases));
	RUN("modprobe", "-r", "vgem");
	return ret;
}
