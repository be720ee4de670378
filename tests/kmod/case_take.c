// SPDX-License-Identifier: GPL-2.0-only
/* Mistakes in taking back what the device wrote: too little, too early, or not at all. */
#include "client.h"

/* One message is received: @taken of its bytes are taken. */
static int receive(struct client *c, size_t taken)
{
	struct span src, dst;
	int ret = pair_map(c, &src, &dst);

	if (ret)
		return ret;
	ret = client_copy(c, dst.addr, src.addr, LENGTH);
	if (taken)
		dma_sync_single_for_cpu(c->dev, dst.addr, taken, dst.dir);
	ret = ret ?: check(dst.data, LENGTH, 1);
	dma_unmap_single_attrs(c->dev, dst.addr, LENGTH, dst.dir, DMA_ATTR_SKIP_CPU_SYNC);
	span_unmap(c, &src);
	return ret;
}

int missing_sync_for_cpu(struct client *c)
{
	return receive(c, c->bug ? 0 : LENGTH);
}

int short_sync_for_cpu(struct client *c)
{
	return receive(c, c->bug ? LENGTH / 2 : LENGTH);
}

static int receive_next(struct client *c, struct span *src, struct span *dst, unsigned int seed)
{
	int ret;

	span_to_cpu(c, src);
	fill(src->data, LENGTH, seed);
	span_to_device(c, src);
	ret = client_copy(c, dst->addr, src->addr, LENGTH);
	if (!c->bug)
		span_to_cpu(c, dst);
	ret = ret ?: check(dst->data, LENGTH, seed);
	if (!c->bug)
		span_to_device(c, dst);
	return ret;
}

/* A buffer that is used again and again, and unmapped when all is over. */
int missing_sync_in_ring(struct client *c)
{
	struct span src, dst;
	int ret = pair_map(c, &src, &dst), next;
	unsigned int seed;

	if (ret)
		return ret;
	for (seed = 1; seed <= 3; seed++) {
		next = receive_next(c, &src, &dst, seed);
		ret = ret ?: next;
	}
	span_unmap(c, &dst);
	span_unmap(c, &src);
	return ret;
}

/* The buffer is taken from the device as soon as the transfer has begun. */
int forgotten_completion(struct client *c)
{
	struct dma_async_tx_descriptor *tx;
	struct span src, dst;
	struct job job;
	int ret = pair_map(c, &src, &dst);

	if (ret)
		return ret;
	tx = copy_prepare(c, dst.addr, src.addr, LENGTH);
	ret = job_start(&job, c->channels[COPY], tx);
	if (c->bug)
		span_unmap(c, &dst);
	ret = ret ?: job_wait(&job);
	if (!c->bug)
		span_unmap(c, &dst);
	span_unmap(c, &src);
	return ret ?: check(c->dst, LENGTH, 1);
}

/* The same, with a sync. */
int early_look(struct client *c)
{
	struct dma_async_tx_descriptor *tx;
	struct span src, dst;
	struct job job;
	int ret = pair_map(c, &src, &dst);

	if (ret)
		return ret;
	tx = copy_prepare(c, dst.addr, src.addr, LENGTH);
	ret = job_start(&job, c->channels[COPY], tx);
	if (c->bug)
		span_to_cpu(c, &dst);
	ret = ret ?: job_wait(&job);
	if (!c->bug)
		span_to_cpu(c, &dst);
	ret = ret ?: check(c->dst, LENGTH, 1);
	span_unmap(c, &dst);
	span_unmap(c, &src);
	return ret;
}
