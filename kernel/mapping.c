// SPDX-License-Identifier: GPL-2.0-only
/*
 * Views and mappings: the one place where buffers become device addresses.
 *
 * A view is a buffer as one device sees it; a mapping is a view that a
 * program holds by an id on its open node. The id goes first (UNMAP, close),
 * the view goes with the last reference, which a transfer in flight may hold;
 * dmaspan_withdraw() undoes views whose references remain.
 */
#include <linux/dma-direct.h>
#include <linux/dma-map-ops.h>
#include <linux/mm.h>
#include <linux/slab.h>
#include <linux/swiotlb.h>

#include "dmaspan_private.h"

#define MAPPING_IDS	XA_LIMIT(1, (1 << 20) - 1)

/* Whether an untranslated device needs no bounce memory for a buffer. */
static bool view_direct(const struct dmaspan_view *view)
{
	struct dmaspan_buffer *buf = view->buf;
	struct device *dev = view->dev;
	u64 reach = dmaspan_device_reach(dev);
	unsigned long i;

	if (is_swiotlb_force_bounce(dev))
		return false;
	if (!dma_addressing_limited(dev))
		return true;
	for (i = 0; i < buf->nr_pages; i++) {
		/* DMA_MAPPING_ERROR, the highest there is: not in the bus's ranges */
		dma_addr_t addr = phys_to_dma(dev, page_to_phys(buf->pages[i]));

		if (addr > reach || reach - addr < PAGE_SIZE - 1)
			return false;
	}
	return true;
}

/*
 * The DMA API warns in the kernel's log where it cannot map, so it is only
 * asked for what it can.
 */
static bool view_reachable(const struct dmaspan_view *view)
{
	return dmaspan_device_translation(view->dev) ||
	       dmaspan_device_bounces(view->dev) || view_direct(view);
}

static bool view_moved(struct dmaspan_view *view)
{
	struct scatterlist *sg;
	int i;

	for_each_sgtable_dma_sg(&view->sgt, sg, i)
		if (dma_to_phys(view->dev, sg_dma_address(sg)) != sg_phys(sg))
			return true;
	return false;
}

static bool view_dma_api_syncs(struct dmaspan_view *view)
{
	struct scatterlist *sg;
	int i;

	for_each_sgtable_dma_sg(&view->sgt, sg, i)
		if (dma_need_sync(view->dev, sg_dma_address(sg)))
			return true;
	return false;
}

/*
 * dma_need_sync() of older kernels says yes for every device behind an IOMMU;
 * one that snoops is never synced there: whole pages are never bounced.
 */
static void view_classify(struct dmaspan_view *view, bool owned)
{
	enum dmaspan_translation translation = dmaspan_device_translation(view->dev);

	view->class = translation ? DMASPAN_CLASS_IOMMU : DMASPAN_CLASS_DIRECT;
	if (owned)
		return;
	view->needs_sync = view_dma_api_syncs(view);
	if (!view->needs_sync)
		return;
	if (translation == DMASPAN_BY_IOMMU)
		view->needs_sync = !dev_is_dma_coherent(view->dev);
	else if (translation == DMASPAN_UNTRANSLATED && view_moved(view))
		view->class = DMASPAN_CLASS_BOUNCED;
}

/**
 * dmaspan_view_map() - give a device addresses for a buffer
 * @view: its buf, dev and dir are set, the rest is filled in
 *
 * Context: process, may sleep; the device stays bound until
 * dmaspan_view_unmap().
 * Return: 0; -ENODEV: the memory is gone; -EXDEV: not without syncs that this
 * kind of memory promises not to need; -ERANGE; -ENOMEM.
 */
int dmaspan_view_map(struct dmaspan_view *view)
{
	struct dmaspan_buffer *buf = view->buf;
	int ret = -ENODEV;
	bool owned;

	down_write(&buf->lock);
	if (!dmaspan_buffer_usable(buf))
		goto out;
	owned = buf->ops->device_memory && view->dev == buf->ddev->dma;
	ret = owned || view_reachable(view) ? buf->ops->map(view) : -ERANGE;
	if (ret) {
		if (ret != -ENOMEM)
			ret = -ERANGE;
		goto out;
	}
	view_classify(view, owned);
	if (view->needs_sync && buf->kind != DMASPAN_KIND_CACHED) {
		buf->ops->unmap(view);
		ret = -EXDEV;
		goto out;
	}
	/* Bounce memory is filled when it is mapped, always; not so written back. */
	if (view->needs_sync && (view->class != DMASPAN_CLASS_BOUNCED ||
				 !dev_is_dma_coherent(view->dev)))
		dmaspan_sync_view(view);
	list_add(&view->entry, &buf->views);
	view->mapped = true;
out:
	up_write(&buf->lock);
	return ret;
}

/**
 * dmaspan_view_unmap() - take a device's addresses back; does nothing twice
 * @view: the view
 *
 * Context: process, may sleep.
 */
void dmaspan_view_unmap(struct dmaspan_view *view)
{
	struct dmaspan_buffer *buf = view->buf;

	down_write(&buf->lock);
	if (view->mapped) {
		list_del(&view->entry);
		buf->ops->unmap(view);
		view->mapped = false;
	}
	up_write(&buf->lock);
	wake_up_all(&buf->idle);
}

static int mapping_list_segments(struct dmaspan_mapping *map)
{
	struct sg_table *sgt = &map->view.sgt;
	struct scatterlist *sg;
	u64 offset = 0;
	int i;

	map->segments = kvmalloc_array(sgt->nents, sizeof(*map->segments),
				       GFP_KERNEL_ACCOUNT | __GFP_NOWARN);
	if (!map->segments)
		return -ENOMEM;
	for_each_sgtable_dma_sg(sgt, sg, i) {
		map->segments[i].offset = offset;
		map->segments[i].length = sg_dma_len(sg);
		map->segments[i].address = sg_dma_address(sg);
		offset += sg_dma_len(sg);
	}
	map->num_segments = i;
	return WARN_ON_ONCE(offset < map->view.buf->size) ? -ERANGE : 0;
}

static int mapping_charge_bounce(struct dmaspan_mapping *map)
{
	u64 size = map->view.buf->size;
	int ret = dmaspan_charge_bounce(map->view.dev, size);

	if (!ret)
		map->bounced = size;
	return ret;
}

static int mapping_charge_device(struct dmaspan_mapping *map, u64 size)
{
	int ret = dmaspan_charge(map->ddev, size);

	if (!ret)
		map->charged += size;
	return ret;
}

/*
 * Before the DMA API is asked: bounce memory, of which the rest of the machine
 * has its half at any moment, and a copy of the buffer where it is not known
 * what the device's own operations take. Its own memory needs neither.
 */
static int mapping_charge_before(struct dmaspan_mapping *map)
{
	struct dmaspan_view *view = &map->view;

	if (view->buf->ops->device_memory)
		return 0;
	switch (dmaspan_device_translation(view->dev)) {
	case DMASPAN_BY_OPS:
		return mapping_charge_device(map, view->buf->size);
	case DMASPAN_UNTRANSLATED:
		if (dmaspan_device_bounces(view->dev) && !view_direct(view))
			return mapping_charge_bounce(map);
		return 0;
	default:
		return 0;
	}
}

/* What it turned out to be; an IOMMU's page tables have an entry of 8 bytes for a page. */
static int mapping_charge(struct dmaspan_mapping *map)
{
	if (map->view.class == DMASPAN_CLASS_BOUNCED)
		return map->bounced ? 0 : mapping_charge_bounce(map);
	dmaspan_uncharge_bounce(map->bounced);
	map->bounced = 0;
	if (map->view.class != DMASPAN_CLASS_IOMMU)
		return 0;
	return mapping_charge_device(map, PAGE_ALIGN(map->view.buf->size / (PAGE_SIZE / 8)));
}

static void mapping_uncharge(struct dmaspan_mapping *map)
{
	dmaspan_uncharge(map->ddev, map->charged);
	dmaspan_uncharge_bounce(map->bounced);
	map->charged = 0;
	map->bounced = 0;
}

/**
 * dmaspan_mapping_unmap() - take a mapping's addresses back, with what they cost
 * @map: the mapping; its references may stay. Nothing is done twice.
 *
 * Context: process; the device's lock is held: for writing, or for reading by
 * the holder of the id's reference or of the last one.
 */
void dmaspan_mapping_unmap(struct dmaspan_mapping *map)
{
	lockdep_assert_held(&map->ddev->lock);
	dmaspan_view_unmap(&map->view);
	mapping_uncharge(map);
}

/**
 * dmaspan_mapping_create() - map a buffer for a device, without an id yet
 * @ddev: the device
 * @dmabuf: the buffer; the mapping takes a reference of its own
 * @dir: who writes
 *
 * Context: process; @ddev->lock is held for reading and it is not gone.
 * Return: the mapping, or an ERR_PTR as dmaspan_view_map() says, or -EDQUOT.
 */
struct dmaspan_mapping *dmaspan_mapping_create(struct dmaspan_device *ddev,
					       struct dma_buf *dmabuf,
					       enum dma_data_direction dir)
{
	struct dmaspan_buffer *buf = dmabuf->priv;
	struct dmaspan_mapping *map;
	int ret;

	lockdep_assert_held_read(&ddev->lock);
	/* Such a mapping would stall the removal of the other device. */
	if (buf->ops->device_memory && buf->ddev != ddev)
		return ERR_PTR(READ_ONCE(buf->ddev->gone) ? -ENODEV : -EXDEV);
	map = kzalloc(sizeof(*map), GFP_KERNEL_ACCOUNT);
	if (!map)
		return ERR_PTR(-ENOMEM);
	kref_init(&map->ref);
	map->ddev = ddev;
	map->view.buf = buf;
	map->view.dev = ddev->dma;
	map->view.dir = dir;
	ret = mapping_charge_before(map);
	if (!ret)
		ret = dmaspan_view_map(&map->view);
	if (!ret)
		ret = mapping_charge(map);
	if (!ret)
		ret = mapping_list_segments(map);
	if (ret)
		goto err_unmap;

	get_dma_buf(dmabuf);
	map->dmabuf = dmabuf;
	dmaspan_device_get(ddev);
	spin_lock(&ddev->list_lock);
	list_add(&map->entry, &ddev->mappings);
	spin_unlock(&ddev->list_lock);
	return map;

err_unmap:
	kvfree(map->segments);
	dmaspan_mapping_unmap(map);
	kfree(map);
	return ERR_PTR(ret);
}

static void mapping_free(struct kref *ref)
{
	struct dmaspan_mapping *map = container_of(ref, struct dmaspan_mapping, ref);
	struct dmaspan_device *ddev = map->ddev;

	dmaspan_mapping_unmap(map);
	spin_lock(&ddev->list_lock);
	list_del(&map->entry);
	spin_unlock(&ddev->list_lock);
	dma_buf_put(map->dmabuf);
	kvfree(map->segments);
	kfree(map);
	dmaspan_device_put(ddev);
}

/**
 * dmaspan_mapping_put() - drop a reference; the last one unmaps
 * @map: the mapping
 *
 * Context: process; the device's lock is held for reading, and the caller
 * has a reference to the device of its own.
 */
void dmaspan_mapping_put(struct dmaspan_mapping *map)
{
	lockdep_assert_held(&map->ddev->lock);
	kref_put(&map->ref, mapping_free);
}

/**
 * dmaspan_mapping_find() - the mapping behind an id
 * @ctx: the open node
 * @id: from the program
 * @for_transfer: count it as in flight, too, so that it cannot be removed
 *
 * Return: the mapping with a reference for the caller, or NULL.
 */
struct dmaspan_mapping *dmaspan_mapping_find(struct dmaspan_context *ctx, u32 id,
					     bool for_transfer)
{
	struct dmaspan_mapping *map;

	xa_lock(&ctx->mappings);
	map = xa_load(&ctx->mappings, id);
	if (map) {
		kref_get(&map->ref);
		if (for_transfer)
			atomic_inc(&map->in_flight);
	}
	xa_unlock(&ctx->mappings);
	return map;
}

/**
 * dmaspan_mapping_index() - the segment that holds a byte
 * @map: the mapping
 * @offset: inside the buffer
 */
unsigned int dmaspan_mapping_index(const struct dmaspan_mapping *map, u64 offset)
{
	unsigned int low = 0, high = map->num_segments;

	while (high - low > 1) {
		unsigned int mid = low + (high - low) / 2;

		if (map->segments[mid].offset <= offset)
			low = mid;
		else
			high = mid;
	}
	return low;
}

/**
 * dmaspan_mapping_reserve() - take an id that no command finds yet
 * @ctx: the open node
 * @id: set on success
 *
 * Return: 0 or -ENOMEM.
 */
int dmaspan_mapping_reserve(struct dmaspan_context *ctx, u32 *id)
{
	u32 new;

	/* xa_alloc() may write the id although it fails. */
	if (xa_alloc(&ctx->mappings, &new, NULL, MAPPING_IDS,
		     GFP_KERNEL_ACCOUNT | __GFP_NOWARN))
		return -ENOMEM;
	*id = new;
	return 0;
}

/**
 * dmaspan_mapping_publish() - let commands find a mapping
 * @ctx: the open node
 * @id: reserved
 * @map: its reference passes to the id; NULL: the id is given back
 */
void dmaspan_mapping_publish(struct dmaspan_context *ctx, u32 id,
			     struct dmaspan_mapping *map)
{
	if (map)
		xa_store(&ctx->mappings, id, map, GFP_KERNEL);
	else
		xa_erase(&ctx->mappings, id);
}

/**
 * dmaspan_mapping_remove() - take an id and its mapping away
 * @ctx: the open node
 * @id: from the program
 *
 * Context: process; the device's lock is held for reading.
 * Return: 0; -ENOENT; -EBUSY: a transfer uses it.
 */
int dmaspan_mapping_remove(struct dmaspan_context *ctx, u32 id)
{
	struct dmaspan_mapping *map;
	int ret = 0;

	xa_lock(&ctx->mappings);
	map = xa_load(&ctx->mappings, id);
	if (!map)
		ret = -ENOENT;
	else if (atomic_read(&map->in_flight))
		ret = -EBUSY;
	else
		__xa_erase(&ctx->mappings, id);
	xa_unlock(&ctx->mappings);
	if (ret)
		return ret;

	dmaspan_mapping_unmap(map);
	dmaspan_mapping_put(map);
	return 0;
}

/**
 * dmaspan_mapping_remove_all() - the node is closed
 * @ctx: the open node; no command runs on it any more
 *
 * A mapping of a transfer on a channel that is still open stays until the
 * transfer's completion is read.
 *
 * Context: process; the device's lock is held for reading.
 */
void dmaspan_mapping_remove_all(struct dmaspan_context *ctx)
{
	struct dmaspan_mapping *map;
	unsigned long id;

	xa_for_each(&ctx->mappings, id, map) {
		xa_erase(&ctx->mappings, id);
		dmaspan_mapping_put(map);
	}
}
