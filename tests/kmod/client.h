/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A driver that has a dmaspan_virt device do its DMA, as any driver has any
 * device: it knows the DMA API and dmaengine, and nothing of what is behind.
 *
 * A client has two areas of memory, source and destination, each in the middle
 * of pages of its own: what a faulty case touches beside them or too late is
 * nobody else's. It holds them to its end.
 */
#ifndef _DMASPAN_CLIENT_H
#define _DMASPAN_CLIENT_H

#include <linux/completion.h>
#include <linux/dma-mapping.h>
#include <linux/dmaengine.h>
#include <linux/sizes.h>

#define POOL_ORDER	6		/* 256 KiB */
#define AREA_OFFSET	SZ_64K
#define AREA_SIZE	SZ_128K
#define LENGTH		SZ_8K		/* of most transfers */
#define WAIT_MS		1900

enum channel { COPY, SOURCE, SINK, CHANNELS };

/**
 * struct client - the driver, for one case
 * @dev: what it drives
 * @channels: requested so far
 * @pool: pages
 * @src: area to be read
 * @dst: area to be written
 * @bug: the case is to make its mistake
 * @said: what a feature's test complains about
 */
struct client {
	struct device *dev;
	struct dma_chan *channels[CHANNELS];
	struct page *pool[2];
	u8 *src;
	u8 *dst;
	bool bug;
	char said[160];
};

/**
 * struct span - a mapped piece of an area
 * @data: for the CPU
 * @len: in bytes
 * @dir: who writes
 * @addr: for the device
 */
struct span {
	u8 *data;
	size_t len;
	enum dma_data_direction dir;
	dma_addr_t addr;
};

/**
 * struct job - a submitted transfer
 * @chan: where
 * @cookie: its
 * @done: the callback was called
 * @result: what it was told
 * @calls: how often
 * @task: which it ran in
 */
struct job {
	struct dma_chan *chan;
	dma_cookie_t cookie;
	struct completion done;
	struct dmaengine_result result;
	atomic_t calls;
	struct task_struct *task;
};

/* What cases return: 0; -EBADMSG wrong data; -ETIMEDOUT a transfer does not end; others */

int client_open(struct client *c, const char *device);
void client_close(struct client *c);
struct dma_chan *client_channel(struct client *c, enum channel which);

void fill(void *data, size_t len, unsigned int seed);
int check(const void *data, size_t len, unsigned int seed);

int span_map(struct client *c, struct span *s, void *data, size_t len,
	     enum dma_data_direction dir);
void span_unmap(struct client *c, const struct span *s);
void span_to_cpu(struct client *c, const struct span *s);
void span_to_device(struct client *c, const struct span *s);
/* src to be read, dst to be written, LENGTH bytes each; src holds fill(1) */
int pair_map(struct client *c, struct span *src, struct span *dst);

struct dma_async_tx_descriptor *copy_prepare(struct client *c, dma_addr_t dst,
					     dma_addr_t src, size_t len);
/* These take what a prep call returned, NULL too; the first does not issue it */
int job_submit(struct job *job, struct dma_chan *chan, struct dma_async_tx_descriptor *tx);
int job_start(struct job *job, struct dma_chan *chan, struct dma_async_tx_descriptor *tx);
int job_wait(struct job *job);
int client_copy(struct client *c, dma_addr_t dst, dma_addr_t src, size_t len);

/* Seeded mistakes, case_*.c: c->bug says whether to make it */
int missing_sync_for_device(struct client *c);
int short_sync(struct client *c);
int sync_wrong_direction(struct client *c);
int late_clear(struct client *c);
int cpu_writes_owned(struct client *c);
int missing_sync_for_cpu(struct client *c);
int missing_sync_in_ring(struct client *c);
int short_sync_for_cpu(struct client *c);
int forgotten_completion(struct client *c);
int early_look(struct client *c);
int wrong_direction_write(struct client *c);
int wrong_direction_read(struct client *c);
int off_by_one_page(struct client *c);
int use_after_unmap(struct client *c);
int across_two_mappings(struct client *c);
int double_unmap(struct client *c);
int sync_after_unmap(struct client *c);
int unmap_wrong_size(struct client *c);
int unmap_wrong_direction(struct client *c);
int unmap_short_sg(struct client *c);
int overlap(struct client *c);
int leak(struct client *c);
void leak_clean(void);
int unaligned(struct client *c);
int mask_too_wide(struct client *c);
int mask_too_narrow(struct client *c);
int segment_too_long(struct client *c);

/* Features, feature_*.c: -EBADMSG has said why */
int said(struct client *c, const char *format, ...) __printf(2, 3);
int feature_memcpy(struct client *c);
int feature_memset(struct client *c);
int feature_interleaved(struct client *c);
int feature_order(struct client *c);
int feature_callback_context(struct client *c);
int feature_callback_submits(struct client *c);
int feature_terminate(struct client *c);
int feature_pause(struct client *c);
int feature_dead(struct client *c);
int feature_failing(struct client *c);
int feature_short(struct client *c);
int feature_refusals(struct client *c);
int feature_residue(struct client *c);
int feature_scatter(struct client *c);
int feature_cyclic(struct client *c);
int feature_cyclic_sink(struct client *c);

#endif /* _DMASPAN_CLIENT_H */
