// SPDX-License-Identifier: GPL-2.0-only
/*
 * Channels: one DMA engine channel, owned by one fd.
 *
 * open -> stopped -> closed. Stopped: its device is gone, there is no engine
 * any more; readers drain what is done and then get ENODEV.
 */
#include <linux/anon_inodes.h>
#include <linux/fs.h>
#include <linux/module.h>
#include <linux/poll.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <linux/uaccess.h>

#include "channel.h"
#include "trace.h"

static void slot_release(struct dmaspan_device *ddev, struct dmaspan_slot *slot)
{
	struct pid *owner;

	spin_lock(&ddev->list_lock);
	owner = slot->owner;
	slot->owner = NULL;
	spin_unlock(&ddev->list_lock);
	put_pid(owner);
}

/* The engine's channel goes back, and others may open the slot. */
static void channel_let_go(struct dmaspan_channel *ch)
{
	struct dmaspan_device *ddev = ch->ctx->ddev;

	dma_release_channel(ch->chan);
	ch->chan = NULL;
	spin_lock(&ddev->list_lock);
	list_del_init(&ch->entry);
	spin_unlock(&ddev->list_lock);
	slot_release(ddev, ch->slot);
}

/**
 * dmaspan_channels_withdraw() - stop all channels for good
 * @ddev: the device; its lock is held for writing
 */
void dmaspan_channels_withdraw(struct dmaspan_device *ddev)
{
	struct dmaspan_channel *ch, *next;

	lockdep_assert_held_write(&ddev->lock);
	list_for_each_entry_safe(ch, next, &ddev->channels, entry) {
		dmaspan_channel_stop(ch, -ENODEV);
		channel_let_go(ch);
		spin_lock_irq(&ch->list_lock);
		ch->gone = true;
		spin_unlock_irq(&ch->list_lock);
		wake_up_all(&ch->wait);
	}
}

static bool channel_readable(struct dmaspan_channel *ch)
{
	return !list_empty(&ch->done) || READ_ONCE(ch->gone);
}

static int channel_wait(struct dmaspan_channel *ch, struct file *file)
{
	if (file->f_flags & O_NONBLOCK)
		return channel_readable(ch) ? 0 : -EAGAIN;
	return wait_event_interruptible(ch->wait, channel_readable(ch));
}

/* Up to @most completions off the done list. */
static unsigned int channel_take(struct dmaspan_channel *ch, struct list_head *to,
				 unsigned int most)
{
	unsigned int taken = 0;

	spin_lock_irq(&ch->list_lock);
	while (taken < most && !list_empty(&ch->done)) {
		list_move_tail(ch->done.next, to);
		taken++;
	}
	spin_unlock_irq(&ch->list_lock);
	return taken;
}

/*
 * Completions that could not be copied out go back, in order, for the next
 * read: of another reader, who may have gone to sleep meanwhile.
 */
static void channel_untake(struct dmaspan_channel *ch, struct list_head *from)
{
	if (list_empty(from))
		return;
	spin_lock_irq(&ch->list_lock);
	list_splice(from, &ch->done);
	spin_unlock_irq(&ch->list_lock);
	dmaspan_channel_wake(ch);
}

static ssize_t channel_copy_out(struct dmaspan_channel *ch, struct list_head *taken,
				char __user *to)
{
	struct dmaspan_device *ddev = ch->ctx->ddev;
	struct dmaspan_work *w, *next;
	unsigned int copied = 0;
	LIST_HEAD(read);

	list_for_each_entry_safe(w, next, taken, entry) {
		if (copy_to_user(to, &w->completion, sizeof(w->completion)))
			break;
		to += sizeof(w->completion);
		list_move_tail(&w->entry, &read);
		copied++;
	}
	channel_untake(ch, taken);
	down_read(&ddev->lock);
	dmaspan_work_free(&read);
	up_read(&ddev->lock);
	dmaspan_channel_unreserve(ch, copied);
	return copied ? (ssize_t)(copied * sizeof(w->completion)) : -EFAULT;
}

static ssize_t channel_read(struct file *file, char __user *to, size_t size,
			    loff_t *offset)
{
	struct dmaspan_channel *ch = file->private_data;
	unsigned int most = min_t(size_t, size / sizeof(struct dmaspan_completion),
				  DMASPAN_MAX_TRANSFERS);
	LIST_HEAD(taken);
	bool gone;
	int ret;

	if (!most)
		return -EINVAL;
	for (;;) {
		ret = channel_wait(ch, file);
		if (ret)
			return ret;
		/* Once it is gone, all is done: what there is comes before ENODEV. */
		gone = READ_ONCE(ch->gone);
		if (channel_take(ch, &taken, most))
			return channel_copy_out(ch, &taken, to);
		if (gone)
			return -ENODEV;
	}
}

static __poll_t channel_poll(struct file *file, poll_table *table)
{
	struct dmaspan_channel *ch = file->private_data;
	__poll_t events = 0;

	poll_wait(file, &ch->wait, table);
	spin_lock_irq(&ch->list_lock);
	if (!list_empty(&ch->done))
		events |= EPOLLIN | EPOLLRDNORM;
	if (ch->gone)
		events |= EPOLLHUP | EPOLLERR;
	else if (ch->count < DMASPAN_MAX_TRANSFERS)
		events |= EPOLLOUT | EPOLLWRNORM;
	spin_unlock_irq(&ch->list_lock);
	return events;
}

static long channel_ioctl(struct file *file, unsigned int number, unsigned long arg)
{
	struct dmaspan_channel *ch = file->private_data;

	return dmaspan_channel_command(ch, ch->ctx, number, (void __user *)arg);
}

/* What its owner has not waited for; to cancel it is as good. */
static void channel_tell_abandoned(struct dmaspan_channel *ch)
{
	unsigned int queued = 0, unread = 0;
	struct dmaspan_work *w;

	spin_lock_irq(&ch->list_lock);
	list_for_each_entry(w, &ch->queued, entry)
		queued++;
	list_for_each_entry(w, &ch->done, entry)
		unread += w->completion.status != -ECANCELED;
	spin_unlock_irq(&ch->list_lock);
	if (queued || unread)
		trace_dmaspan_abandoned(dev_name(&ch->ctx->ddev->node), ch->slot->name, queued,
					unread);
}

static int channel_release(struct inode *inode, struct file *file)
{
	struct dmaspan_channel *ch = file->private_data;
	struct dmaspan_context *ctx = ch->ctx;

	down_read(&ctx->ddev->lock);
	if (!ctx->ddev->gone) {
		channel_tell_abandoned(ch);
		dmaspan_channel_stop(ch, -ECANCELED);
		channel_let_go(ch);
	}
	dmaspan_work_free(&ch->done);
	up_read(&ctx->ddev->lock);
	mutex_destroy(&ch->lock);
	kfree(ch);
	dmaspan_context_put(ctx);
	return 0;
}

static const struct file_operations channel_fops = {
	.owner = THIS_MODULE,
	.read = channel_read,
	.poll = channel_poll,
	.unlocked_ioctl = channel_ioctl,
	.compat_ioctl = compat_ptr_ioctl,
	.release = channel_release,
};

/**
 * dmaspan_channel_fetch() - a program's array of transfers
 * @arg: of SUBMIT; its count and sizes are unchecked
 * @to: set to the array, as this kernel knows it, to be freed by kvfree()
 *
 * What a shorter struct lacks is zero, as in the structs of commands.
 *
 * Context: process; user memory is touched.
 * Return: 0; -EINVAL: a wrong count or size; -E2BIG: an unknown tail; -EFAULT;
 * -ENOMEM.
 */
int dmaspan_channel_fetch(const struct dmaspan_submit *arg,
			  struct dmaspan_transfer **to)
{
	char __user *from = u64_to_user_ptr(arg->transfers);
	struct dmaspan_transfer *transfers;
	u32 each, i;
	int ret = dmaspan_transfers_check(arg, &each);

	if (ret)
		return ret;
	transfers = kvmalloc_array(arg->count, sizeof(*transfers),
				   GFP_KERNEL_ACCOUNT | __GFP_NOWARN);
	if (!transfers)
		return -ENOMEM;
	for (i = 0; !ret && i < arg->count; i++)
		ret = copy_struct_from_user(&transfers[i], sizeof(*transfers),
					    from + array_size(i, each), each);
	if (ret) {
		kvfree(transfers);
		return ret;
	}
	*to = transfers;
	return 0;
}

static struct dmaspan_slot *slot_claim(struct dmaspan_device *ddev, const char *name)
{
	struct dmaspan_slot *slot = dmaspan_device_slot(ddev, name);

	if (!slot)
		return ERR_PTR(-ENOENT);
	spin_lock(&ddev->list_lock);
	if (slot->owner)
		slot = ERR_PTR(-EBUSY);
	else
		slot->owner = get_pid(task_tgid(current));
	spin_unlock(&ddev->list_lock);
	return slot;
}

/*
 * Stopping is only safe with an engine that can be stopped and waited for. A
 * mapping belongs to the node's device, so the engine must master the bus as it.
 * A copy of several pieces has ended with the last: they must be done in order.
 */
static bool channel_usable(struct dmaspan_channel *ch, struct dma_chan *chan)
{
	struct dma_device *dma = chan->device;

	if (dmaspan_channel_copies(ch)) {
		if (!dma->device_prep_dma_memcpy ||
		    dma_has_cap(DMA_COMPLETION_NO_ORDER, dma->cap_mask))
			return false;
	} else if (!dma->device_prep_slave_sg) {
		return false;
	}
	return dma->device_terminate_all && dma->device_synchronize &&
	       dmaengine_get_dma_device(chan) == ch->ctx->ddev->dma;
}

/*
 * PL330 recycles descriptors among all its clients with the callback_result
 * that they had (Linux 6.1): ours would be called for another driver's. It has
 * no results to give either.
 */
static bool channel_results(struct dma_chan *chan)
{
	const struct device_driver *driver = READ_ONCE(chan->device->dev->driver);

	return !driver || strcmp(driver->name, "dma-pl330");
}

static int channel_request(struct dmaspan_channel *ch)
{
	struct dmaspan_device *ddev = ch->ctx->ddev;
	struct dma_slave_config config = ch->slot->config;
	struct module *owner = ddev->dma->driver->owner;
	struct dma_chan *chan;
	int ret = 0;

	/*
	 * Of a module on its way out dmaengine would take the device off its list,
	 * and then off again when it goes. The driver is bound: it is not gone.
	 */
	if (!try_module_get(owner))
		return -EBUSY;
	chan = dma_request_chan(ddev->dma, ch->slot->dma_name);
	module_put(owner);
	if (IS_ERR(chan))
		return PTR_ERR(chan) == -ENOMEM ? -ENOMEM : -EBUSY;
	if (!channel_usable(ch, chan))
		ret = -EOPNOTSUPP;
	else if (!dmaspan_channel_copies(ch) && chan->device->device_config)
		ret = dmaengine_slave_config(chan, &config);
	if (ret) {
		dma_release_channel(chan);
		return ret;
	}
	ch->chan = chan;
	ch->results = channel_results(chan);
	return 0;
}

static struct dmaspan_channel *channel_new(struct dmaspan_context *ctx)
{
	struct dmaspan_channel *ch = kzalloc(sizeof(*ch), GFP_KERNEL_ACCOUNT);

	if (!ch)
		return NULL;
	ch->ctx = dmaspan_context_get(ctx);
	INIT_LIST_HEAD(&ch->entry);
	mutex_init(&ch->lock);
	spin_lock_init(&ch->list_lock);
	INIT_LIST_HEAD(&ch->queued);
	INIT_LIST_HEAD(&ch->done);
	init_waitqueue_head(&ch->wait);
	return ch;
}

/**
 * dmaspan_channel_create() - own a channel of a device
 * @ctx: the open node it is opened on
 * @args: name and fd flags, checked; out_direction is filled in
 *
 * Context: process; the device's lock is held for reading and it is not gone.
 * Return: its file, owned by the caller, or an ERR_PTR: -ENOENT, -EBUSY,
 * -EOPNOTSUPP (its engine masters the bus as another device, or lacks what
 * include/linux/dmaspan.h asks for), -ENOMEM.
 */
struct file *dmaspan_channel_create(struct dmaspan_context *ctx,
				    struct dmaspan_channel_open *args)
{
	struct dmaspan_device *ddev = ctx->ddev;
	struct dmaspan_slot *slot;
	struct dmaspan_channel *ch;
	struct file *file;
	int ret = -ENOMEM;

	slot = slot_claim(ddev, args->name);
	if (IS_ERR(slot))
		return ERR_CAST(slot);
	ch = channel_new(ctx);
	if (!ch)
		goto err_slot;
	ch->slot = slot;
	ret = channel_request(ch);
	if (ret)
		goto err_channel;
	file = anon_inode_getfile("[dmaspan-channel]", &channel_fops, ch,
				  O_RDWR | args->fd_flags);
	if (IS_ERR(file)) {
		ret = PTR_ERR(file);
		goto err_chan;
	}
	spin_lock(&ddev->list_lock);
	list_add(&ch->entry, &ddev->channels);
	spin_unlock(&ddev->list_lock);
	args->out_direction = dmaspan_slot_direction(slot);
	return file;

err_chan:
	dma_release_channel(ch->chan);
err_channel:
	dmaspan_context_put(ctx);
	kfree(ch);
err_slot:
	slot_release(ddev, slot);
	return ERR_PTR(ret);
}
