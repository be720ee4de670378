// SPDX-License-Identifier: GPL-2.0-only
/* Mistakes in the calls of the DMA API themselves. */
#include <linux/device.h>
#include <linux/gfp.h>
#include <linux/scatterlist.h>

#include "client.h"

int double_unmap(struct client *c)
{
	struct span src, dst;
	int ret = pair_map(c, &src, &dst);

	if (ret)
		return ret;
	ret = client_copy(c, dst.addr, src.addr, LENGTH);
	span_unmap(c, &dst);
	span_unmap(c, &src);
	if (c->bug)
		span_unmap(c, &dst);
	return ret ?: check(c->dst, LENGTH, 1);
}

int sync_after_unmap(struct client *c)
{
	struct span src, dst;
	int ret = pair_map(c, &src, &dst);

	if (ret)
		return ret;
	ret = client_copy(c, dst.addr, src.addr, LENGTH);
	if (!c->bug)
		span_to_cpu(c, &dst);
	span_unmap(c, &dst);
	if (c->bug)
		span_to_cpu(c, &dst);
	span_unmap(c, &src);
	return ret ?: check(c->dst, LENGTH, 1);
}

/* Unmapped as something else than it was mapped as. */
static int unmap_as(struct client *c, size_t len, enum dma_data_direction dir)
{
	struct span src, dst;
	int ret = pair_map(c, &src, &dst);

	if (ret)
		return ret;
	ret = client_copy(c, dst.addr, src.addr, LENGTH);
	dma_unmap_single(c->dev, dst.addr, len, dir);
	span_unmap(c, &src);
	return ret ?: check(c->dst, LENGTH, 1);
}

int unmap_wrong_size(struct client *c)
{
	return unmap_as(c, c->bug ? LENGTH / 2 : LENGTH, DMA_FROM_DEVICE);
}

int unmap_wrong_direction(struct client *c)
{
	return unmap_as(c, LENGTH, c->bug ? DMA_TO_DEVICE : DMA_FROM_DEVICE);
}

/* A list is unmapped with the number of its segments, not that of its entries. */
int unmap_short_sg(struct client *c)
{
	struct span dst;
	struct scatterlist sg[2];
	int ret, segments;

	fill(c->src, LENGTH, 1);
	sg_init_table(sg, ARRAY_SIZE(sg));
	sg_set_buf(&sg[0], c->src, LENGTH / 2);
	sg_set_buf(&sg[1], c->src + LENGTH / 2, LENGTH / 2);
	segments = dma_map_sg(c->dev, sg, ARRAY_SIZE(sg), DMA_TO_DEVICE);
	if (!segments)
		return -EIO;
	ret = span_map(c, &dst, c->dst, LENGTH, DMA_FROM_DEVICE);
	if (!ret) {
		ret = client_copy(c, dst.addr, sg_dma_address(sg), sg_dma_len(sg));
		if (!ret && segments == 2)
			ret = client_copy(c, dst.addr + LENGTH / 2, sg_dma_address(sg + 1),
					  sg_dma_len(sg + 1));
		span_unmap(c, &dst);
	}
	dma_unmap_sg(c->dev, sg, c->bug ? 1 : ARRAY_SIZE(sg), DMA_TO_DEVICE);
	return ret ?: check(c->dst, LENGTH, 1);
}

/* The buffer is mapped once more for each of its users. */
int overlap(struct client *c)
{
	struct span src, dst, again;
	int ret = pair_map(c, &src, &dst);

	if (ret)
		return ret;
	ret = client_copy(c, dst.addr, src.addr, LENGTH);
	if (!c->bug)
		span_unmap(c, &dst);
	if (span_map(c, &again, c->dst, LENGTH, DMA_FROM_DEVICE)) {
		ret = -EIO;
	} else {
		ret = ret ?: client_copy(c, again.addr, src.addr, LENGTH);
		span_unmap(c, &again);
	}
	if (c->bug)
		span_unmap(c, &dst);
	span_unmap(c, &src);
	return ret ?: check(c->dst, LENGTH, 1);
}

static struct {
	struct device *dev;
	struct page *page;
	dma_addr_t addr;
} left;

/* What leak() has left; the device may have been unbound, but not be gone. */
void leak_clean(void)
{
	if (!left.dev)
		return;
	dma_unmap_page(left.dev, left.addr, PAGE_SIZE, DMA_FROM_DEVICE);
	__free_page(left.page);
	put_device(left.dev);
	left.dev = NULL;
}

/* A mapping is forgotten; the device is to be unbound then. */
int leak(struct client *c)
{
	struct page *page;

	leak_clean();
	page = alloc_page(GFP_KERNEL | __GFP_ZERO);
	if (!page)
		return -ENOMEM;
	left.addr = dma_map_page(c->dev, page, 0, PAGE_SIZE, DMA_FROM_DEVICE);
	if (dma_mapping_error(c->dev, left.addr)) {
		__free_page(page);
		return -EIO;
	}
	left.page = page;
	left.dev = get_device(c->dev);
	if (!c->bug)
		leak_clean();
	return 0;
}
