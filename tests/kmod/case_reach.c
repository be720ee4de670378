// SPDX-License-Identifier: GPL-2.0-only
/* Mistakes that have the device reach for what it was not given. */
#include "client.h"

static int copy_mapped_as(struct client *c, enum dma_data_direction src_dir,
			  enum dma_data_direction dst_dir)
{
	struct span src, dst;
	int ret;

	fill(c->src, LENGTH, 1);
	ret = span_map(c, &src, c->src, LENGTH, src_dir);
	if (ret)
		return ret;
	ret = span_map(c, &dst, c->dst, LENGTH, dst_dir);
	if (!ret) {
		ret = client_copy(c, dst.addr, src.addr, LENGTH);
		span_unmap(c, &dst);
	}
	span_unmap(c, &src);
	return ret ?: check(c->dst, LENGTH, 1);
}

int wrong_direction_write(struct client *c)
{
	return copy_mapped_as(c, DMA_TO_DEVICE, c->bug ? DMA_TO_DEVICE : DMA_FROM_DEVICE);
}

int wrong_direction_read(struct client *c)
{
	return copy_mapped_as(c, c->bug ? DMA_FROM_DEVICE : DMA_TO_DEVICE, DMA_FROM_DEVICE);
}

/* A page more is received than there is room for. */
int off_by_one_page(struct client *c)
{
	size_t more = LENGTH + PAGE_SIZE;
	struct span src, dst;
	int ret;

	fill(c->src, more, 1);
	ret = span_map(c, &src, c->src, more, DMA_TO_DEVICE);
	if (ret)
		return ret;
	ret = span_map(c, &dst, c->dst, LENGTH, DMA_FROM_DEVICE);
	if (!ret) {
		ret = client_copy(c, dst.addr, src.addr, c->bug ? more : LENGTH);
		span_unmap(c, &dst);
	}
	span_unmap(c, &src);
	return ret ?: check(c->dst, LENGTH, 1);
}

/* An address is kept for longer than its mapping. */
int use_after_unmap(struct client *c)
{
	struct span src, dst;
	int ret = pair_map(c, &src, &dst);

	if (ret)
		return ret;
	if (c->bug)
		span_unmap(c, &dst);
	ret = client_copy(c, dst.addr, src.addr, LENGTH);
	if (!c->bug)
		span_unmap(c, &dst);
	span_unmap(c, &src);
	return ret ?: check(c->dst, LENGTH, 1);
}

static int copy_in_one(struct client *c, const struct span *src, struct span parts[2])
{
	int ret;

	if (c->bug)
		return client_copy(c, parts[0].addr, src->addr, LENGTH);
	ret = client_copy(c, parts[0].addr, src->addr, LENGTH / 2);
	return ret ?: client_copy(c, parts[1].addr, src->addr + LENGTH / 2, LENGTH / 2);
}

/* Memory that is contiguous for the CPU was mapped in two parts. */
int across_two_mappings(struct client *c)
{
	struct span src, parts[2];
	int ret;

	fill(c->src, LENGTH, 1);
	ret = span_map(c, &src, c->src, LENGTH, DMA_TO_DEVICE);
	if (ret)
		return ret;
	ret = span_map(c, &parts[0], c->dst, LENGTH / 2, DMA_FROM_DEVICE);
	if (ret)
		goto unmap_src;
	ret = span_map(c, &parts[1], c->dst + LENGTH / 2, LENGTH / 2, DMA_FROM_DEVICE);
	if (!ret) {
		ret = copy_in_one(c, &src, parts);
		span_unmap(c, &parts[1]);
	}
	span_unmap(c, &parts[0]);
unmap_src:
	span_unmap(c, &src);
	return ret ?: check(c->dst, LENGTH, 1);
}
