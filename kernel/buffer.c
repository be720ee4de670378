// SPDX-License-Identifier: GPL-2.0-only
/*
 * Buffers: memory behind a dma-buf. A program holds a buffer by its fd alone;
 * closing the node it came from changes nothing for it.
 *
 * Memory made of pages ends with the last reference to the dma-buf. Device
 * memory ends then too, or when its device is withdrawn, whichever is first:
 * dmaspan_buffer_revoke() takes the CPU views away and waits for the kernel's
 * own users, which cannot be revoked.
 */
#include <linux/dma-map-ops.h>
#include <linux/fcntl.h>
#include <linux/iosys-map.h>
#include <linux/mm.h>
#include <linux/slab.h>

#include "compat.h"
#include "dmaspan_private.h"

#define REVOKE_REMINDER		(10 * HZ)

static void buffer_free(struct kref *ref)
{
	struct dmaspan_buffer *buf = container_of(ref, struct dmaspan_buffer, ref);

	iput(buf->inode);
	dmaspan_device_put(buf->ddev);
	kfree(buf);
}

/**
 * dmaspan_buffer_put() - drop a reference to the object, not to its memory
 * @buf: the buffer
 *
 * Context: process, may sleep.
 */
void dmaspan_buffer_put(struct dmaspan_buffer *buf)
{
	kref_put(&buf->ref, buffer_free);
}

/* The hardware is there, or the memory is none of its. The lock is held. */
static void buffer_free_memory(struct dmaspan_buffer *buf)
{
	lockdep_assert_held_write(&buf->lock);
	if (buf->allocated) {
		buf->ops->free(buf);
		dmaspan_uncharge(buf->ddev, buf->charged);
	}
	buf->allocated = false;
}

static void buffer_unlist(struct dmaspan_buffer *buf)
{
	spin_lock(&buf->ddev->list_lock);
	list_del_init(&buf->entry);
	spin_unlock(&buf->ddev->list_lock);
}

/* Other drivers' views and vmaps; for a waiter, which looks again under the lock. */
static bool buffer_in_use(struct dmaspan_buffer *buf)
{
	return !list_empty_careful(&buf->views) || READ_ONCE(buf->vmaps);
}

static void buffer_name_users(struct dmaspan_buffer *buf)
{
	struct dmaspan_view *view;

	down_read(&buf->lock);
	view = list_first_entry_or_null(&buf->views, struct dmaspan_view, entry);
	if (view || buf->vmaps)
		dev_warn(&buf->ddev->node,
			 "removal waits for %s to let go of a buffer\n",
			 view ? dev_name(view->dev) : "a driver with a kernel mapping");
	up_read(&buf->lock);
}

/**
 * dmaspan_buffer_revoke() - free device memory, whoever holds the buffer
 * @buf: the buffer; its device is gone, and the device's own views are undone
 *
 * No new user comes: see dmaspan_buffer_usable().
 *
 * Context: process; waits for other drivers without limit, and says so.
 */
void dmaspan_buffer_revoke(struct dmaspan_buffer *buf)
{
	down_write(&buf->lock);
	while (buffer_in_use(buf)) {
		up_write(&buf->lock);
		if (!wait_event_timeout(buf->idle, !buffer_in_use(buf), REVOKE_REMINDER))
			buffer_name_users(buf);
		down_write(&buf->lock);
	}
	unmap_mapping_range(buf->inode->i_mapping, 0, 0, 1);
	buffer_free_memory(buf);
	up_write(&buf->lock);
}

static void buffer_dma_release(struct dma_buf *dmabuf)
{
	struct dmaspan_buffer *buf = dmabuf->priv;

	/* Until its memory is freed, withdrawal finds it on the list and waits. */
	down_write(&buf->lock);
	buffer_free_memory(buf);
	up_write(&buf->lock);
	buffer_unlist(buf);
	dmaspan_buffer_put(buf);
}

static int buffer_attach(struct dma_buf *dmabuf, struct dma_buf_attachment *at)
{
	struct dmaspan_buffer *buf = dmabuf->priv;

	down_write(&buf->lock);
	buf->attachments++;
	up_write(&buf->lock);
	return 0;
}

static void buffer_detach(struct dma_buf *dmabuf, struct dma_buf_attachment *at)
{
	struct dmaspan_buffer *buf = dmabuf->priv;

	down_write(&buf->lock);
	buf->attachments--;
	up_write(&buf->lock);
}

/* An importer's own checks are of its own file. */
static bool buffer_writable(const struct dma_buf *dmabuf)
{
	return dmabuf->file->f_mode & FMODE_WRITE;
}

static struct sg_table *buffer_map(struct dma_buf_attachment *at,
				   enum dma_data_direction dir)
{
	struct dmaspan_view *view;
	int ret;

	if (dir != DMA_TO_DEVICE && !buffer_writable(at->dmabuf))
		return ERR_PTR(-EACCES);
	view = kzalloc(sizeof(*view), GFP_KERNEL_ACCOUNT);
	if (!view)
		return ERR_PTR(-ENOMEM);
	view->buf = at->dmabuf->priv;
	view->dev = at->dev;
	view->dir = dir;
	view->foreign = true;
	ret = dmaspan_view_map(view);
	if (ret) {
		kfree(view);
		return ERR_PTR(ret);
	}
	return &view->sgt;
}

static void buffer_unmap(struct dma_buf_attachment *at, struct sg_table *sgt,
			 enum dma_data_direction dir)
{
	struct dmaspan_view *view = container_of(sgt, struct dmaspan_view, sgt);

	dmaspan_view_unmap(view);
	kfree(view);
}

static int buffer_begin_cpu_access(struct dma_buf *dmabuf,
				   enum dma_data_direction dir)
{
	return dmaspan_sync_buffer(dmabuf->priv, true);
}

static int buffer_end_cpu_access(struct dma_buf *dmabuf,
				 enum dma_data_direction dir)
{
	return dmaspan_sync_buffer(dmabuf->priv, false);
}

/* mmap() of the buffer's fd has seen to it already; not so dma_buf_mmap(). */
static int buffer_mmap(struct dma_buf *dmabuf, struct vm_area_struct *vma)
{
	if (!buffer_writable(dmabuf)) {
		if ((vma->vm_flags & (VM_SHARED | VM_WRITE)) == (VM_SHARED | VM_WRITE))
			return -EACCES;
		vm_flags_clear(vma, VM_MAYWRITE);
	}
	return dmaspan_mmap(dmabuf->priv, vma);
}

static int buffer_vmap(struct dma_buf *dmabuf, struct iosys_map *map)
{
	struct dmaspan_buffer *buf = dmabuf->priv;
	int ret = 0;

	down_write(&buf->lock);
	if (!dmaspan_buffer_usable(buf)) {
		ret = -ENODEV;
	} else if (!buf->vmaps) {
		buf->vaddr = buf->ops->vmap(buf);
		if (!buf->vaddr)
			ret = -ENOMEM;
	}
	if (!ret) {
		buf->vmaps++;
		iosys_map_set_vaddr(map, buf->vaddr);
	}
	up_write(&buf->lock);
	return ret;
}

static void buffer_vunmap(struct dma_buf *dmabuf, struct iosys_map *map)
{
	struct dmaspan_buffer *buf = dmabuf->priv;

	down_write(&buf->lock);
	if (!--buf->vmaps) {
		buf->ops->vunmap(buf);
		buf->vaddr = NULL;
	}
	up_write(&buf->lock);
	iosys_map_clear(map);
	wake_up_all(&buf->idle);
}

/* What importers may do with any buffer */
#define BUFFER_OPS					\
	.attach = buffer_attach,			\
	.detach = buffer_detach,			\
	.map_dma_buf = buffer_map,			\
	.unmap_dma_buf = buffer_unmap,			\
	.release = buffer_dma_release,			\
	.begin_cpu_access = buffer_begin_cpu_access,	\
	.end_cpu_access = buffer_end_cpu_access,	\
	.mmap = buffer_mmap

static const struct dma_buf_ops buffer_ops = {
	BUFFER_OPS,
	.vmap = buffer_vmap,
	.vunmap = buffer_vunmap,
};

/*
 * Of a buffer without a writable fd. A vmap has no direction, so there is none:
 * the core's own refusal is quiet, while it warns of one by the operation.
 */
static const struct dma_buf_ops buffer_read_only_ops = {
	BUFFER_OPS,
};

/*
 * Whether a power of two is taken for it: one block of pages, which is what the
 * DMA API takes without an IOMMU, and with one if it is to be contiguous.
 */
static bool buffer_is_block(const struct dmaspan_buffer *buf)
{
	if (!buf->ops->device_memory)
		return buf->contiguous;
	switch (dmaspan_device_translation(buf->ddev->dma)) {
	case DMASPAN_UNTRANSLATED:
		return true;
	case DMASPAN_BY_IOMMU:
		return buf->contiguous;
	default:
		return false;
	}
}

static struct dmaspan_buffer *buffer_new(struct dmaspan_device *ddev,
					 const struct dmaspan_alloc *args)
{
	struct dmaspan_buffer *buf = kzalloc(sizeof(*buf), DMASPAN_GFP_BUFFER);

	if (!buf)
		return NULL;
	kref_init(&buf->ref);
	dmaspan_device_get(ddev);
	buf->ddev = ddev;
	buf->kind = args->kind;
	buf->contiguous = args->flags & DMASPAN_ALLOC_CONTIGUOUS;
	buf->size = args->length;
	buf->charged = args->length;
	init_rwsem(&buf->lock);
	INIT_LIST_HEAD(&buf->views);
	INIT_LIST_HEAD(&buf->entry);
	init_waitqueue_head(&buf->idle);
	if (args->kind == DMASPAN_KIND_CACHED ||
	    (args->kind == DMASPAN_KIND_COHERENT && ddev->snoops))
		buf->ops = &dmaspan_pages_ops;
	else
		buf->ops = &dmaspan_coherent_ops;
	if (buffer_is_block(buf))
		buf->charged = max_t(u64, buf->size, PAGE_SIZE << get_order(buf->size));
	return buf;
}

static struct dma_buf *buffer_export(struct dmaspan_buffer *buf, u32 fd_flags)
{
	DEFINE_DMA_BUF_EXPORT_INFO(info);
	struct dma_buf *dmabuf;

	if ((fd_flags & O_ACCMODE) == O_RDWR)
		info.ops = &buffer_ops;
	else
		info.ops = &buffer_read_only_ops;
	info.size = buf->size;
	info.flags = fd_flags;
	info.priv = buf;
	dmabuf = dma_buf_export(&info);
	if (IS_ERR(dmabuf))
		return dmabuf;
	buf->inode = file_inode(dmabuf->file);
	ihold(buf->inode);
	return dmabuf;
}

/**
 * dmaspan_buffer_create() - a new buffer
 * @ddev: the device it is made for
 * @args: length (page-multiple), kind and flags, checked
 *
 * Context: process; @ddev->lock is held for reading and it is not gone.
 * Return: its dma-buf, owned by the caller, or an ERR_PTR: -EDQUOT, -ENOMEM,
 * -EINTR (killed).
 */
struct dma_buf *dmaspan_buffer_create(struct dmaspan_device *ddev,
				      const struct dmaspan_alloc *args)
{
	struct dmaspan_buffer *buf;
	struct dma_buf *dmabuf;
	int ret;

	lockdep_assert_held_read(&ddev->lock);
	buf = buffer_new(ddev, args);
	if (!buf)
		return ERR_PTR(-ENOMEM);
	ret = dmaspan_charge(ddev, buf->charged);
	if (ret)
		goto err_buffer;
	ret = buf->ops->alloc(buf);
	if (ret)
		goto err_charge;
	buf->allocated = true;

	dmabuf = buffer_export(buf, args->fd_flags);
	if (IS_ERR(dmabuf)) {
		ret = PTR_ERR(dmabuf);
		buf->ops->free(buf);
		goto err_charge;
	}
	if (buf->ops->device_memory) {
		spin_lock(&ddev->list_lock);
		list_add(&buf->entry, &ddev->buffers);
		spin_unlock(&ddev->list_lock);
	}
	return dmabuf;

err_charge:
	dmaspan_uncharge(ddev, buf->charged);
err_buffer:
	dmaspan_buffer_put(buf);
	return ERR_PTR(ret);
}

/**
 * dmaspan_buffer_get() - the buffer behind an fd
 * @fd: of the caller
 *
 * Return: its dma-buf, to be given to dma_buf_put(), or an ERR_PTR: -EBADF,
 * -EINVAL (no dma-buf), -EOPNOTSUPP (another exporter's).
 */
struct dma_buf *dmaspan_buffer_get(int fd)
{
	struct dma_buf *dmabuf = dma_buf_get(fd);

	if (!IS_ERR(dmabuf) && dmabuf->ops != &buffer_ops &&
	    dmabuf->ops != &buffer_read_only_ops) {
		dma_buf_put(dmabuf);
		return ERR_PTR(-EOPNOTSUPP);
	}
	return dmabuf;
}

/**
 * dmaspan_buffer_query() - what a buffer is made of
 * @buf: the buffer
 * @info: outputs are filled in
 *
 * Context: process; the lock of the device that is asked is held for reading.
 */
void dmaspan_buffer_query(struct dmaspan_buffer *buf,
			  struct dmaspan_buffer_info *info)
{
	struct dmaspan_view *view;

	info->out_kind = buf->kind;
	info->out_length = buf->size;
	info->out_extents = buf->extents;
	info->out_flags = 0;
	info->out_huge = DMASPAN_FAULT_MAPS_FOLIO && buf->huge ? PMD_SIZE : 0;

	down_read(&buf->lock);
	if (!buf->ops->device_memory)
		info->out_flags |= DMASPAN_BUFFER_DIRECT_IO | DMASPAN_BUFFER_CPU_CACHED;
	else if (!buf->allocated)
		info->out_flags |= DMASPAN_BUFFER_GONE;
	else if (dev_is_dma_coherent(buf->ddev->dma))
		info->out_flags |= DMASPAN_BUFFER_CPU_CACHED;
	if (info->out_huge)
		info->out_flags |= DMASPAN_BUFFER_FAULTED;
	info->out_attachments = buf->attachments;
	info->out_mappings = 0;
	list_for_each_entry(view, &buf->views, entry)
		info->out_mappings += !view->foreign;
	up_read(&buf->lock);
}
