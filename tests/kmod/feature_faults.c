// SPDX-License-Identifier: GPL-2.0-only
/* How what goes wrong is told: by status, by callback, or by no descriptor at all. */
#include <linux/err.h>

#include "client.h"

/**
 * struct ending - what a copy of LENGTH bytes comes to
 * @status: dmaengine_tx_status()
 * @failed: the callback is told so
 * @residue: bytes, to both
 */
struct ending {
	enum dma_status status;
	bool failed;
	u32 residue;
};

static int compare(struct client *c, struct job *job, const struct ending *want)
{
	struct dma_tx_state state;
	enum dma_status status;
	bool failed;

	if (!wait_for_completion_timeout(&job->done, msecs_to_jiffies(WAIT_MS)))
		return -ETIMEDOUT;
	status = dmaengine_tx_status(job->chan, job->cookie, &state);
	if (status != want->status || state.residue != want->residue)
		return said(c, "status %d, residue %u", status, state.residue);
	failed = job->result.result != DMA_TRANS_NOERROR;
	if (failed != want->failed || job->result.residue != want->residue)
		return said(c, "called back with %d, residue %u", job->result.result,
			    job->result.residue);
	if (atomic_read(&job->calls) != 1)
		return said(c, "called back %d times", atomic_read(&job->calls));
	return 0;
}

static int copy_ends(struct client *c, const struct ending *want)
{
	struct dma_async_tx_descriptor *tx;
	struct span src, dst;
	struct job job;
	int ret = pair_map(c, &src, &dst);

	if (ret)
		return ret;
	tx = copy_prepare(c, dst.addr, src.addr, LENGTH);
	ret = job_start(&job, c->channels[COPY], tx);
	ret = ret ?: compare(c, &job, want);
	if (c->channels[COPY])
		dmaengine_terminate_sync(c->channels[COPY]);
	span_unmap(c, &dst);
	span_unmap(c, &src);
	if (!ret && (check(c->dst, LENGTH - want->residue, 1) ||
		     memchr_inv(c->dst + LENGTH - want->residue, 0, want->residue)))
		ret = said(c, "not the first %u bytes were copied", LENGTH - want->residue);
	return ret;
}

/* The device's fail_nth is 1. */
int feature_failing(struct client *c)
{
	return copy_ends(c, &(struct ending){ DMA_ERROR, true, LENGTH / 2 });
}

/* The device's short_nth is 1. */
int feature_short(struct client *c)
{
	return copy_ends(c, &(struct ending){ DMA_COMPLETE, false, LENGTH / 2 });
}

static bool refuses(struct dma_async_tx_descriptor *tx)
{
	if (tx)
		dmaengine_terminate_sync(tx->chan);
	return !tx;
}

static int refusals(struct client *c, struct dma_chan *source, struct dma_chan *copy)
{
	const unsigned long flags = DMA_PREP_INTERRUPT | DMA_CTRL_ACK;
	dma_addr_t addr = SZ_64K;

	if (!refuses(dmaengine_prep_dma_memcpy(copy, addr, addr + LENGTH, 0, flags)))
		return said(c, "a copy of nothing");
	if (!refuses(dmaengine_prep_dma_memset(copy, addr, 0, 0, flags)))
		return said(c, "a memset of nothing");
	if (!refuses(dmaengine_prep_slave_single(source, addr, LENGTH, DMA_MEM_TO_DEV, flags)))
		return said(c, "source in the wrong direction");
	if (!refuses(dmaengine_prep_slave_single(copy, addr, LENGTH, DMA_DEV_TO_MEM, flags)))
		return said(c, "a stream on a copy channel");
	if (!refuses(dmaengine_prep_slave_single(source, addr, 0, DMA_DEV_TO_MEM, flags)))
		return said(c, "a segment of nothing");
	if (!refuses(dmaengine_prep_dma_cyclic(source, addr, LENGTH, 3000, DMA_DEV_TO_MEM, flags)))
		return said(c, "periods that do not fit");
	if (!refuses(dmaengine_prep_dma_cyclic(source, addr, 0, 0, DMA_DEV_TO_MEM, flags)))
		return said(c, "no period");
	return 0;
}

/* What cannot be is not prepared. */
int feature_refusals(struct client *c)
{
	struct dma_chan *source = client_channel(c, SOURCE), *copy = client_channel(c, COPY);

	if (IS_ERR(source) || IS_ERR(copy))
		return -EIO;
	return refusals(c, source, copy);
}
