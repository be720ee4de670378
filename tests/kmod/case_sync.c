// SPDX-License-Identifier: GPL-2.0-only
/* Mistakes in handing memory to the device: what it reads and writes is not what the CPU means. */
#include "client.h"

/* What is in src is to reach dst: take it, and hand dst over once more. */
static int copy_and_take(struct client *c, const struct span *src, const struct span *dst,
			 unsigned int seed)
{
	int ret = client_copy(c, dst->addr, src->addr, LENGTH);

	if (ret)
		return ret;
	span_to_cpu(c, dst);
	ret = check(dst->data, LENGTH, seed);
	span_to_device(c, dst);
	return ret;
}

/* The second of two messages is written and sent: @handed of its bytes are handed over. */
static int send_twice(struct client *c, size_t handed)
{
	struct span src, dst;
	int ret = pair_map(c, &src, &dst);

	if (ret)
		return ret;
	ret = copy_and_take(c, &src, &dst, 1);
	if (!ret) {
		span_to_cpu(c, &src);
		fill(src.data, LENGTH, 2);
		if (handed)
			dma_sync_single_for_device(c->dev, src.addr, handed, src.dir);
		ret = copy_and_take(c, &src, &dst, 2);
	}
	span_unmap(c, &dst);
	span_unmap(c, &src);
	return ret;
}

int missing_sync_for_device(struct client *c)
{
	return send_twice(c, c->bug ? 0 : LENGTH);
}

int short_sync(struct client *c)
{
	return send_twice(c, c->bug ? LENGTH / 2 : LENGTH);
}

/* Taken with the direction of another buffer. */
int sync_wrong_direction(struct client *c)
{
	struct span src, dst;
	int ret = pair_map(c, &src, &dst);

	if (ret)
		return ret;
	ret = client_copy(c, dst.addr, src.addr, LENGTH);
	if (!ret) {
		dma_sync_single_for_cpu(c->dev, dst.addr, LENGTH,
					c->bug ? DMA_TO_DEVICE : DMA_FROM_DEVICE);
		ret = check(dst.data, LENGTH, 1);
	}
	span_unmap(c, &dst);
	span_unmap(c, &src);
	return ret;
}

/* The buffer is cleared after it was handed over, not before. */
int late_clear(struct client *c)
{
	struct span src, dst;
	int ret;

	fill(c->dst, LENGTH, 3);
	if (!c->bug)
		memset(c->dst, 0, LENGTH);
	ret = pair_map(c, &src, &dst);
	if (ret)
		return ret;
	if (c->bug)
		memset(c->dst, 0, LENGTH);
	ret = client_copy(c, dst.addr, src.addr, LENGTH);
	span_unmap(c, &dst);
	span_unmap(c, &src);
	return ret ?: check(c->dst, LENGTH, 1);
}

/* A note beside the data is written while the device owns both. */
int cpu_writes_owned(struct client *c)
{
	struct span src, dst;
	int ret = pair_map(c, &src, &dst);

	if (ret)
		return ret;
	ret = client_copy(c, dst.addr, src.addr, LENGTH / 2);
	if (c->bug)
		fill(c->dst + LENGTH / 2, 100, 4);
	span_unmap(c, &dst);
	span_unmap(c, &src);
	if (!c->bug)
		fill(c->dst + LENGTH / 2, 100, 4);
	ret = ret ?: check(c->dst, LENGTH / 2, 1);
	return ret ?: check(c->dst + LENGTH / 2, 100, 4);
}
