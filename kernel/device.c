// SPDX-License-Identifier: GPL-2.0-only
/*
 * Devices: offered by their driver, withdrawn at any time.
 *
 *   offered -> gone
 *
 * offered: dmaspan_device.dma is bound; whoever holds dmaspan_device.lock for
 * reading and has seen !gone may touch it. gone: set under the lock for
 * writing, after which no command starts. The object lives on until its last
 * opener, buffer and mapping let go.
 */
#include <linux/ctype.h>
#include <linux/dma-direct.h>
#include <linux/dma-map-ops.h>
#include <linux/iommu.h>
#include <linux/slab.h>

#include "compat.h"
#include "dmaspan_private.h"

static ssize_t used_show(struct device *node, struct device_attribute *attr, char *to)
{
	struct dmaspan_device *ddev = container_of(node, struct dmaspan_device, node);

	return sysfs_emit(to, "%lld\n", (long long)atomic64_read(&ddev->used));
}
static DEVICE_ATTR_RO(used);

static ssize_t limit_show(struct device *node, struct device_attribute *attr, char *to)
{
	struct dmaspan_device *ddev = container_of(node, struct dmaspan_device, node);

	return sysfs_emit(to, "%llu\n", READ_ONCE(ddev->limit));
}

static ssize_t limit_store(struct device *node, struct device_attribute *attr,
			   const char *from, size_t count)
{
	struct dmaspan_device *ddev = container_of(node, struct dmaspan_device, node);
	u64 limit;
	int ret = dmaspan_parse_limit(from, &limit);

	if (ret)
		return ret;
	WRITE_ONCE(ddev->limit, limit);
	return count;
}
static DEVICE_ATTR_RW(limit);

static struct attribute *device_attrs[] = {
	&dev_attr_used.attr,
	&dev_attr_limit.attr,
	NULL
};
ATTRIBUTE_GROUPS(device);

/* Of a name that it does not get, the core makes a node in another directory. */
static char *device_devnode(DMASPAN_DEVNODE_CONST struct device *node, umode_t *mode)
{
	return kasprintf(GFP_KERNEL | __GFP_NOFAIL, "dmaspan/%s", dev_name(node));
}

struct class dmaspan_class = {
	.name = "dmaspan",
	.dev_groups = device_groups,
	.devnode = device_devnode,
};

static void device_free(struct device *node)
{
	struct dmaspan_device *ddev = container_of(node, struct dmaspan_device, node);
	unsigned int i;

	for (i = 0; i < ddev->num_slots; i++)
		kfree(ddev->slots[i].dma_name);
	kfree(ddev->slots);
	kfree(ddev);
}

void dmaspan_device_get(struct dmaspan_device *ddev)
{
	get_device(&ddev->node);
}

void dmaspan_device_put(struct dmaspan_device *ddev)
{
	put_device(&ddev->node);
}

/**
 * dmaspan_device_translation() - who makes the addresses that a device uses
 * @dev: the device
 *
 * The one place that tells an IOMMU from a device's own operations. To older
 * kernels the IOMMU layer is a struct dma_map_ops too, so the domain is asked
 * first. The two differ in who knows about syncs: an IOMMU's mapping of whole
 * pages needs none if the device snoops, of operations only dma_need_sync()
 * can tell. Neither bounces, and with neither does the width of the device's
 * addresses say which memory it reaches.
 */
enum dmaspan_translation dmaspan_device_translation(struct device *dev)
{
#ifdef CONFIG_IOMMU_API
	struct iommu_domain *domain = iommu_get_domain_for_dev(dev);

	if (domain && (domain->type & __IOMMU_DOMAIN_PAGING))
		return DMASPAN_BY_IOMMU;
#endif
	return get_dma_ops(dev) ? DMASPAN_BY_OPS : DMASPAN_UNTRANSLATED;
}

/**
 * dmaspan_device_flags() - what INFO says of a device
 * @ddev: the device; it is there
 *
 * Return: DMASPAN_DEVICE_*
 */
u32 dmaspan_device_flags(struct dmaspan_device *ddev)
{
	enum dmaspan_translation translation = dmaspan_device_translation(ddev->dma);
	u32 flags = 0;

	if (translation == DMASPAN_BY_OPS ? ddev->snoops : dev_is_dma_coherent(ddev->dma))
		flags |= DMASPAN_DEVICE_COHERENT;
	if (translation)
		flags |= DMASPAN_DEVICE_IOMMU;
	return flags;
}

/**
 * dmaspan_device_reach() - the last address that a device can put on the bus
 * @dev: an untranslated device
 */
u64 dmaspan_device_reach(struct device *dev)
{
	return min_not_zero(dma_get_mask(dev), dev->bus_dma_limit);
}

/**
 * dmaspan_device_bounces() - whether there is bounce memory that a device reaches
 * @dev: an untranslated device
 */
bool dmaspan_device_bounces(struct device *dev)
{
	phys_addr_t end = dmaspan_bounce_end(dev);

	return end && phys_to_dma(dev, end - 1) <= dmaspan_device_reach(dev);
}

/*
 * Whether ordinary pages are coherent for a device: it sees the CPU's caches,
 * reaches all of memory, and is not bounced on principle (swiotlb=force), nor
 * synced by operations of its own: one page is mapped to see. What cannot be
 * seen for lack of memory is an error: it would be wrong for good.
 */
static int device_find_snoops(struct dmaspan_device *ddev)
{
	const unsigned long attrs = DMA_ATTR_NO_WARN | DMA_ATTR_SKIP_CPU_SYNC;
	enum dmaspan_translation translation = dmaspan_device_translation(ddev->dma);
	gfp_t gfp = GFP_KERNEL | __GFP_NOWARN;
	struct device *dev = ddev->dma;
	struct page *page;
	dma_addr_t addr;
	int ret = 0;

	if (!dev_is_dma_coherent(dev))
		return 0;
	if (translation == DMASPAN_BY_IOMMU) {
		ddev->snoops = true;
		return 0;
	}
	if (translation == DMASPAN_UNTRANSLATED) {
		if (dma_addressing_limited(dev))
			return 0;
		gfp |= GFP_DMA32;
	}
	page = alloc_page(gfp);
	if (!page)
		return -ENOMEM;
	addr = dma_map_page_attrs(dev, page, 0, PAGE_SIZE, DMA_BIDIRECTIONAL, attrs);
	if (dma_mapping_error(dev, addr)) {
		/* Untranslated, it is out of the device's reach. */
		ret = translation == DMASPAN_BY_OPS ? -ENOMEM : 0;
	} else {
		ddev->snoops = !dma_need_sync(dev, addr);
		dma_unmap_page_attrs(dev, addr, PAGE_SIZE, DMA_BIDIRECTIONAL, attrs);
	}
	__free_page(page);
	return ret;
}

static bool offer_name_valid(const char *name)
{
	size_t i, length;

	if (!name)
		return false;
	length = strnlen(name, DMASPAN_NAME_LEN);
	if (!length || length == DMASPAN_NAME_LEN || name[0] == '.')
		return false;
	for (i = 0; i < length; i++)
		if (!isascii(name[i]) || (!isalnum(name[i]) && !strchr("-_.", name[i])))
			return false;
	return true;
}

/**
 * dmaspan_device_slot() - a channel by its name
 * @ddev: the device
 * @name: zero-terminated
 *
 * Return: what the device offers, or NULL.
 */
struct dmaspan_slot *dmaspan_device_slot(struct dmaspan_device *ddev, const char *name)
{
	unsigned int i;

	for (i = 0; i < ddev->num_slots; i++)
		if (!strcmp(ddev->slots[i].name, name))
			return &ddev->slots[i];
	return NULL;
}

static int device_copy_channels(struct dmaspan_device *ddev,
				const struct dmaspan_offer *offer)
{
	unsigned int i;

	ddev->slots = kcalloc(offer->num_channels, sizeof(*ddev->slots), GFP_KERNEL);
	if (!ddev->slots)
		return -ENOMEM;
	for (i = 0; i < offer->num_channels; i++) {
		const struct dmaspan_channel_desc *from = &offer->channels[i];
		struct dmaspan_slot *slot = &ddev->slots[i];

		if (!offer_name_valid(from->name))
			return -EINVAL;
		if (from->direction != DMA_MEM_TO_DEV &&
		    from->direction != DMA_DEV_TO_MEM &&
		    from->direction != DMA_MEM_TO_MEM)
			return -EINVAL;
		if (dmaspan_device_slot(ddev, from->name))
			return -EINVAL;
		strscpy(slot->name, from->name, sizeof(slot->name));
		slot->config = from->config;
		slot->config.direction = from->direction;
		slot->dma_name = kstrdup(from->dma_name ?: from->name, GFP_KERNEL);
		if (!slot->dma_name)
			return -ENOMEM;
		ddev->num_slots++;
	}
	return 0;
}

struct dmaspan_device *dmaspan_offer(struct device *dev,
				     const struct dmaspan_offer *offer)
{
	struct dmaspan_device *ddev;
	int ret;

	if (!offer_name_valid(offer->name) || !dev->dma_mask || !dev->coherent_dma_mask)
		return ERR_PTR(-EINVAL);
	ddev = kzalloc(sizeof(*ddev), GFP_KERNEL);
	if (!ddev)
		return ERR_PTR(-ENOMEM);
	device_initialize(&ddev->node);
	ddev->node.class = &dmaspan_class;
	ddev->node.parent = dev;
	ddev->node.release = device_free;
	ddev->dma = dev;
	snprintf(ddev->bus_name, sizeof(ddev->bus_name), "%s/%s",
		 dev_bus_name(dev), dev_name(dev));
	init_rwsem(&ddev->lock);
	spin_lock_init(&ddev->list_lock);
	INIT_LIST_HEAD(&ddev->mappings);
	INIT_LIST_HEAD(&ddev->buffers);
	INIT_LIST_HEAD(&ddev->channels);
	ddev->limit = dmaspan_default_limit();

	ret = device_find_snoops(ddev);
	if (!ret)
		ret = device_copy_channels(ddev, offer);
	if (!ret)
		ret = dev_set_name(&ddev->node, "%s", offer->name);
	if (!ret) {
		/* Programs may have come in when this fails. */
		down_write(&ddev->lock);
		ret = dmaspan_node_add(ddev);
		ddev->gone = ret;
		up_write(&ddev->lock);
	}
	if (ret) {
		put_device(&ddev->node);
		return ERR_PTR(ret);
	}
	return ddev;
}
EXPORT_SYMBOL_GPL(dmaspan_offer);

/* A reference to the next buffer that has device memory, taken off the list. */
static struct dmaspan_buffer *device_take_buffer(struct dmaspan_device *ddev)
{
	struct dmaspan_buffer *buf;

	spin_lock(&ddev->list_lock);
	buf = list_first_entry_or_null(&ddev->buffers, struct dmaspan_buffer, entry);
	if (buf) {
		kref_get(&buf->ref);
		list_del_init(&buf->entry);
	}
	spin_unlock(&ddev->list_lock);
	return buf;
}

void dmaspan_withdraw(struct dmaspan_device *ddev)
{
	struct dmaspan_mapping *map;
	struct dmaspan_buffer *buf;

	if (!ddev)
		return;
	dmaspan_node_remove(ddev);

	down_write(&ddev->lock);
	WRITE_ONCE(ddev->gone, true);
	dmaspan_channels_withdraw(ddev);
	/* Entries are added and removed under the lock for reading only. */
	list_for_each_entry(map, &ddev->mappings, entry)
		dmaspan_mapping_unmap(map);
	up_write(&ddev->lock);

	while ((buf = device_take_buffer(ddev))) {
		dmaspan_buffer_revoke(buf);
		dmaspan_buffer_put(buf);
	}
	put_device(&ddev->node);
}
EXPORT_SYMBOL_GPL(dmaspan_withdraw);
