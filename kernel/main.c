// SPDX-License-Identifier: GPL-2.0-only
/*
 * The module, the nodes and what an open node is.
 */
#include <linux/fs.h>
#include <linux/idr.h>
#include <linux/module.h>
#include <linux/slab.h>

#include "compat.h"
#include "dmaspan_private.h"

#define MAX_NODES	256

static dev_t first_devt;
static DEFINE_IDA(minors);

struct dmaspan_context *dmaspan_context_get(struct dmaspan_context *ctx)
{
	kref_get(&ctx->ref);
	return ctx;
}

static void context_free(struct kref *ref)
{
	struct dmaspan_context *ctx = container_of(ref, struct dmaspan_context, ref);

	xa_destroy(&ctx->mappings);
	dmaspan_device_put(ctx->ddev);
	kfree(ctx);
}

void dmaspan_context_put(struct dmaspan_context *ctx)
{
	kref_put(&ctx->ref, context_free);
}

static int node_open(struct inode *inode, struct file *file)
{
	struct dmaspan_device *ddev =
		container_of(inode->i_cdev, struct dmaspan_device, cdev);
	struct dmaspan_context *ctx;

	ctx = kzalloc(sizeof(*ctx), GFP_KERNEL_ACCOUNT);
	if (!ctx)
		return -ENOMEM;
	kref_init(&ctx->ref);
	xa_init_flags(&ctx->mappings, XA_FLAGS_ALLOC1 | XA_FLAGS_ACCOUNT);
	dmaspan_device_get(ddev);
	ctx->ddev = ddev;
	file->private_data = ctx;
	return nonseekable_open(inode, file);
}

static int node_release(struct inode *inode, struct file *file)
{
	struct dmaspan_context *ctx = file->private_data;

	down_read(&ctx->ddev->lock);
	dmaspan_mapping_remove_all(ctx);
	up_read(&ctx->ddev->lock);
	dmaspan_context_put(ctx);
	return 0;
}

static long node_ioctl(struct file *file, unsigned int number, unsigned long arg)
{
	return dmaspan_node_command(file->private_data, file->f_mode & FMODE_WRITE,
				    number, (void __user *)arg);
}

static const struct file_operations node_fops = {
	.owner = THIS_MODULE,
	.open = node_open,
	.release = node_release,
	.unlocked_ioctl = node_ioctl,
	.compat_ioctl = compat_ptr_ioctl,
};

/**
 * dmaspan_node_add() - make a device's node appear
 * @ddev: complete but for its number; programs may use it at once
 *
 * Return: 0, -EEXIST: the name is in use, -ENOSPC: no number is free, -ENOMEM.
 */
int dmaspan_node_add(struct dmaspan_device *ddev)
{
	int minor = ida_alloc_max(&minors, MAX_NODES - 1, GFP_KERNEL);
	int ret;

	if (minor < 0)
		return minor;
	ddev->node.devt = MKDEV(MAJOR(first_devt), minor);
	cdev_init(&ddev->cdev, &node_fops);
	ddev->cdev.owner = THIS_MODULE;
	ret = cdev_device_add(&ddev->cdev, &ddev->node);
	if (ret)
		ida_free(&minors, minor);
	return ret;
}

void dmaspan_node_remove(struct dmaspan_device *ddev)
{
	cdev_device_del(&ddev->cdev, &ddev->node);
	ida_free(&minors, MINOR(ddev->node.devt));
}

static int __init dmaspan_init(void)
{
	int ret = class_register(&dmaspan_class);

	if (ret)
		return ret;
	ret = alloc_chrdev_region(&first_devt, 0, MAX_NODES, "dmaspan");
	if (ret)
		class_unregister(&dmaspan_class);
	return ret;
}

static void __exit dmaspan_exit(void)
{
	unregister_chrdev_region(first_devt, MAX_NODES);
	class_unregister(&dmaspan_class);
	ida_destroy(&minors);
}

module_init(dmaspan_init);
module_exit(dmaspan_exit);
MODULE_DESCRIPTION("DMA memory for programs");
MODULE_VERSION("0.1.0");
MODULE_LICENSE("GPL");
DMASPAN_IMPORT_DMA_BUF;
