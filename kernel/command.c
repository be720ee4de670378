// SPDX-License-Identifier: GPL-2.0-only
/*
 * Commands: what each checks and does, and their tables. call.c carries the
 * rows out.
 */
#include <linux/fcntl.h>
#include <linux/file.h>
#include <linux/mm.h>
#include <linux/slab.h>
#include <linux/uaccess.h>

#include "dmaspan_private.h"

static int info_check(struct dmaspan_call *call)
{
	return call->arg.info.flags || call->arg.info.__reserved ? -EINVAL : 0;
}

static int info_run(struct dmaspan_call *call)
{
	struct dmaspan_device *ddev = call->ctx->ddev;
	struct dmaspan_info *arg = &call->arg.info;

	arg->out_abi = DMASPAN_ABI_VERSION;
	arg->out_flags = dmaspan_device_flags(ddev);
	strscpy_pad(arg->out_name, dev_name(&ddev->node), sizeof(arg->out_name));
	strscpy_pad(arg->out_bus_name, ddev->bus_name, sizeof(arg->out_bus_name));
	arg->out_dma_mask = dma_get_mask(ddev->dma);
	arg->out_max_mapping = min_t(u64, dma_get_max_seg_size(ddev->dma),
				     dma_max_mapping_size(ddev->dma));
	arg->out_limit = READ_ONCE(ddev->limit);
	arg->out_used = atomic64_read(&ddev->used);
	arg->out_channels = ddev->num_slots;
	return 0;
}

static int channel_info_check(struct dmaspan_call *call)
{
	return call->arg.channel_info.flags ? -EINVAL : 0;
}

static int channel_info_run(struct dmaspan_call *call)
{
	struct dmaspan_device *ddev = call->ctx->ddev;
	struct dmaspan_channel_info *arg = &call->arg.channel_info;
	struct dmaspan_slot *slot;

	if (arg->index >= ddev->num_slots)
		return -ENOENT;
	slot = &ddev->slots[arg->index];
	arg->out_direction = dmaspan_slot_direction(slot);
	strscpy_pad(arg->out_name, slot->name, sizeof(arg->out_name));
	spin_lock(&ddev->list_lock);
	arg->out_flags = slot->owner ? DMASPAN_CHANNEL_BUSY : 0;
	arg->out_owner = slot->owner ? pid_vnr(slot->owner) : 0;
	spin_unlock(&ddev->list_lock);
	return 0;
}

static int buffer_info_check(struct dmaspan_call *call)
{
	return call->arg.buffer_info.flags || call->arg.buffer_info.__reserved ?
	       -EINVAL : 0;
}

static int buffer_info_run(struct dmaspan_call *call)
{
	struct dma_buf *dmabuf = dmaspan_buffer_get(call->arg.buffer_info.fd);

	if (IS_ERR(dmabuf))
		return PTR_ERR(dmabuf);
	dmaspan_buffer_query(dmabuf->priv, &call->arg.buffer_info);
	dma_buf_put(dmabuf);
	return 0;
}

static int alloc_check(struct dmaspan_call *call)
{
	const struct dmaspan_alloc *arg = &call->arg.alloc;

	if (arg->flags & ~DMASPAN_ALLOC_CONTIGUOUS || arg->__reserved)
		return -EINVAL;
	if (arg->fd_flags & ~(O_CLOEXEC | O_ACCMODE))
		return -EINVAL;
	if ((arg->fd_flags & O_ACCMODE) != O_RDWR &&
	    (arg->fd_flags & O_ACCMODE) != O_RDONLY)
		return -EINVAL;
	if (!arg->length || !PAGE_ALIGNED(arg->length))
		return -EINVAL;
	if (arg->kind > DMASPAN_KIND_WC)
		return -EOPNOTSUPP;
	if (arg->length > SSIZE_MAX)
		return -ENOMEM;
	return 0;
}

static int alloc_run(struct dmaspan_call *call)
{
	struct dmaspan_alloc *arg = &call->arg.alloc;
	struct dma_buf *dmabuf;

	call->fd = get_unused_fd_flags(arg->fd_flags);
	if (call->fd < 0)
		return call->fd;
	dmabuf = dmaspan_buffer_create(call->ctx->ddev, arg);
	if (IS_ERR(dmabuf))
		return PTR_ERR(dmabuf);
	call->file = dmabuf->file;
	arg->out_fd = call->fd;
	return 0;
}

static int map_check(struct dmaspan_call *call)
{
	if (call->arg.map.flags)
		return -EINVAL;
	return call->arg.map.direction > DMASPAN_FROM_DEVICE ? -EOPNOTSUPP : 0;
}

static enum dma_data_direction map_direction(u32 direction)
{
	switch (direction) {
	case DMASPAN_TO_DEVICE:
		return DMA_TO_DEVICE;
	case DMASPAN_FROM_DEVICE:
		return DMA_FROM_DEVICE;
	default:
		return DMA_BIDIRECTIONAL;
	}
}

static int map_run(struct dmaspan_call *call)
{
	struct dmaspan_map *arg = &call->arg.map;
	struct dma_buf *dmabuf = dmaspan_buffer_get(arg->fd);
	struct dmaspan_mapping *map;
	int ret = 0;

	if (IS_ERR(dmabuf))
		return PTR_ERR(dmabuf);
	if (arg->direction != DMASPAN_TO_DEVICE &&
	    !(dmabuf->file->f_mode & FMODE_WRITE))
		ret = -EACCES;
	if (!ret)
		ret = dmaspan_mapping_reserve(call->ctx, &call->id);
	if (ret)
		goto out;
	map = dmaspan_mapping_create(call->ctx->ddev, dmabuf,
				     map_direction(arg->direction));
	if (IS_ERR(map)) {
		ret = PTR_ERR(map);
		goto out;
	}
	call->map = map;
	arg->out_mapping = call->id;
	arg->out_class = map->view.class;
	arg->out_segments = map->num_segments;
	arg->out_flags = map->view.needs_sync ? DMASPAN_MAPPING_NEEDS_SYNC : 0;
out:
	dma_buf_put(dmabuf);
	return ret;
}

static int segments_check(struct dmaspan_call *call)
{
	const struct dmaspan_segments *arg = &call->arg.segments;

	return arg->flags || arg->__reserved ? -EINVAL : 0;
}

static int segments_run(struct dmaspan_call *call)
{
	struct dmaspan_segments *arg = &call->arg.segments;
	struct dmaspan_mapping *map;
	struct dmaspan_segment *out;
	unsigned int i;
	int ret = 0;

	map = dmaspan_mapping_find(call->ctx, arg->mapping, false);
	if (!map)
		return -ENOENT;
	arg->out_count = map->num_segments;
	if (arg->count < map->num_segments) {
		ret = -EMSGSIZE;
		goto out;
	}
	out = kvmalloc_array(map->num_segments, sizeof(*out),
			     GFP_KERNEL_ACCOUNT | __GFP_NOWARN);
	if (!out) {
		ret = -ENOMEM;
		goto out;
	}
	for (i = 0; i < map->num_segments; i++) {
		out[i].address = map->segments[i].address;
		out[i].length = map->segments[i].length;
	}
	call->array = out;
	call->array_to = u64_to_user_ptr(arg->segments);
	call->array_bytes = array_size(map->num_segments, sizeof(*out));
out:
	dmaspan_mapping_put(map);
	return ret;
}

static int unmap_check(struct dmaspan_call *call)
{
	return call->arg.unmap.flags || call->arg.unmap.__reserved ? -EINVAL : 0;
}

static int unmap_run(struct dmaspan_call *call)
{
	call->bad.mapping = call->arg.unmap.mapping;
	return dmaspan_mapping_remove(call->ctx, call->arg.unmap.mapping);
}

/* The caller's array, into the call. */
static int call_fetch_array(struct dmaspan_call *call, u64 from, u32 count,
			    u32 most, size_t each)
{
	if (!count || count > most)
		return -EINVAL;
	call->array = vmemdup_user(u64_to_user_ptr(from), array_size(count, each));
	if (IS_ERR(call->array)) {
		int ret = PTR_ERR(call->array);

		call->array = NULL;
		return ret;
	}
	return 0;
}

static int sync_check(struct dmaspan_call *call)
{
	const struct dmaspan_sync *arg = &call->arg.sync;

	if (arg->flags != DMASPAN_SYNC_FOR_DEVICE &&
	    arg->flags != DMASPAN_SYNC_FOR_CPU)
		return -EINVAL;
	return call_fetch_array(call, arg->ranges, arg->count, DMASPAN_MAX_RANGES,
				sizeof(struct dmaspan_range));
}

static int sync_run(struct dmaspan_call *call)
{
	const struct dmaspan_sync *arg = &call->arg.sync;
	const struct dmaspan_range *ranges = call->array;
	struct dmaspan_mapping *map;
	unsigned int i;
	int ret = 0;

	map = dmaspan_mapping_find(call->ctx, arg->mapping, false);
	if (!map)
		return -ENOENT;
	for (i = 0; !ret && i < arg->count; i++) {
		call->bad = (struct dmaspan_transfer){
			.mapping = arg->mapping,
			.offset = ranges[i].offset,
			.length = ranges[i].length,
		};
		ret = dmaspan_check_range(ranges[i].offset, ranges[i].length,
					  map->view.buf->size);
	}
	if (!ret)
		ret = dmaspan_sync_mapping(map, arg->flags == DMASPAN_SYNC_FOR_CPU,
					   ranges, arg->count);
	dmaspan_mapping_put(map);
	return ret;
}

static int channel_open_check(struct dmaspan_call *call)
{
	const struct dmaspan_channel_open *arg = &call->arg.channel_open;

	if (arg->flags || arg->__reserved)
		return -EINVAL;
	if (arg->fd_flags & ~(O_CLOEXEC | O_NONBLOCK))
		return -EINVAL;
	return strnlen(arg->name, sizeof(arg->name)) < sizeof(arg->name) ? 0 : -EINVAL;
}

static int channel_open_run(struct dmaspan_call *call)
{
	struct dmaspan_channel_open *arg = &call->arg.channel_open;
	struct file *file;

	call->fd = get_unused_fd_flags(arg->fd_flags & O_CLOEXEC);
	if (call->fd < 0)
		return call->fd;
	file = dmaspan_channel_create(call->ctx, arg);
	if (IS_ERR(file))
		return PTR_ERR(file);
	call->file = file;
	arg->out_fd = call->fd;
	return 0;
}

static int submit_check(struct dmaspan_call *call)
{
	struct dmaspan_transfer *transfers;
	int ret;

	if (call->arg.submit.flags)
		return -EINVAL;
	ret = dmaspan_channel_fetch(&call->arg.submit, &transfers);
	if (!ret)
		call->array = transfers;
	return ret;
}

static int submit_run(struct dmaspan_call *call)
{
	return dmaspan_channel_submit(call->channel, call->array,
				      call->arg.submit.count, &call->bad);
}

static int cancel_check(struct dmaspan_call *call)
{
	return call->arg.cancel.flags || call->arg.cancel.__reserved ? -EINVAL : 0;
}

static int cancel_run(struct dmaspan_call *call)
{
	call->arg.cancel.out_cancelled = dmaspan_channel_stop(call->channel, -ECANCELED);
	return 0;
}

#define COMMAND(_number, _name, _write, _replies, _last) {		\
	.number = (_number),						\
	.name = #_name,							\
	.write = (_write),						\
	.replies = (_replies),						\
	.size = sizeof(struct dmaspan_##_name),				\
	.min_size = offsetofend(struct dmaspan_##_name, _last),		\
	.check = _name##_check,						\
	.run = _name##_run,						\
}

static const struct dmaspan_command node_commands[] = {
	COMMAND(DMASPAN_INFO, info, false, true, __reserved),
	COMMAND(DMASPAN_CHANNEL_INFO, channel_info, false, true, out_name),
	COMMAND(DMASPAN_BUFFER_INFO, buffer_info, false, true, __reserved),
	COMMAND(DMASPAN_ALLOC, alloc, true, true, __reserved),
	COMMAND(DMASPAN_MAP, map, true, true, out_flags),
	COMMAND(DMASPAN_SEGMENTS, segments, true, true, __reserved),
	COMMAND(DMASPAN_UNMAP, unmap, true, false, __reserved),
	COMMAND(DMASPAN_SYNC, sync, true, false, ranges),
	COMMAND(DMASPAN_CHANNEL_OPEN, channel_open, true, true, __reserved),
};

static const struct dmaspan_command channel_commands[] = {
	COMMAND(DMASPAN_SUBMIT, submit, true, false, transfer_size),
	COMMAND(DMASPAN_CANCEL, cancel, true, true, __reserved),
};

static long command_find(const struct dmaspan_command *table, size_t rows,
			 struct dmaspan_call *call, bool writable,
			 unsigned int number, void __user *uarg)
{
	size_t i;

	for (i = 0; i < rows; i++) {
		if (table[i].number != number)
			continue;
		if (table[i].write && !writable)
			return -EACCES;
		return dmaspan_call_command(&table[i], call, uarg);
	}
	return -ENOTTY;
}

/**
 * dmaspan_node_command() - an ioctl on a node
 * @ctx: the open node
 * @writable: it is open for writing
 * @number: the ioctl's number
 * @uarg: the caller's struct
 *
 * Return: 0 or a negative errno, as the ABI header lists them.
 */
long dmaspan_node_command(struct dmaspan_context *ctx, bool writable,
			  unsigned int number, void __user *uarg)
{
	struct dmaspan_call call = { .ctx = ctx, .fd = -1 };

	return command_find(node_commands, ARRAY_SIZE(node_commands), &call,
			    writable, number, uarg);
}

/**
 * dmaspan_channel_command() - an ioctl on a channel
 * @ch: the channel
 * @ctx: the open node that it was opened on
 * @number: the ioctl's number
 * @uarg: the caller's struct
 *
 * Return: 0 or a negative errno, as the ABI header lists them.
 */
long dmaspan_channel_command(struct dmaspan_channel *ch,
			     struct dmaspan_context *ctx,
			     unsigned int number, void __user *uarg)
{
	struct dmaspan_call call = { .ctx = ctx, .channel = ch, .fd = -1 };

	return command_find(channel_commands, ARRAY_SIZE(channel_commands), &call,
			    true, number, uarg);
}
