// SPDX-License-Identifier: GPL-2.0-only
/*
 * dmaspan_virt: the module and its devices.
 *
 * The devices are there from module init to module exit; their driver, which
 * is this one, may be unbound and bound again at any time.
 */
#include <linux/debugfs.h>
#include <linux/dma-map-ops.h>
#include <linux/dmaspan.h>
#include <linux/mod_devicetable.h>
#include <linux/module.h>
#include <linux/seq_file.h>
#include <linux/sizes.h>
#include <linux/slab.h>

#include "../compat.h"
#include "virt.h"
#include "virt_debugfs.h"

#define DRIVER_NAME		"dmaspan_virt"
#define CHANNEL_NAME_LEN	16

static unsigned int devices = 1;
module_param(devices, uint, 0444);
MODULE_PARM_DESC(devices, "number of devices, virt0 and on (default 1)");

static bool coherent[VIRT_MAX_DEVICES];
module_param_array(coherent, bool, NULL, 0444);
MODULE_PARM_DESC(coherent, "by device: 1: direct and fast, catches nothing (default 0: strict)");

static unsigned int channels = 4;
module_param(channels, uint, 0444);
MODULE_PARM_DESC(channels, "channels for copies, besides source and sink (default 4)");

static unsigned int address_bits = 40;
module_param(address_bits, uint, 0444);
MODULE_PARM_DESC(address_bits, "address lines (default 40)");

static unsigned int max_segment = SZ_4M;
module_param(max_segment, uint, 0444);
MODULE_PARM_DESC(max_segment, "longest segment, in bytes (default 4 MiB)");

static unsigned int max_segments;
module_param(max_segments, uint, 0444);
MODULE_PARM_DESC(max_segments, "most segments of a transfer (default 0: any number)");

static unsigned int alignment = 1;
module_param(alignment, uint, 0444);
MODULE_PARM_DESC(alignment, "of the addresses that a segment may start at, a power of two (default 1)");

static unsigned int latency_us;
module_param(latency_us, uint, 0444);
MODULE_PARM_DESC(latency_us, "from a transfer's start to its first byte, in microseconds (default 0)");

static unsigned int jitter_us;
module_param(jitter_us, uint, 0444);
MODULE_PARM_DESC(jitter_us, "up to so much is added to the latency (default 0)");

static unsigned int fail_nth;
module_param(fail_nth, uint, 0444);
MODULE_PARM_DESC(fail_nth, "every Nth transfer fails (default 0: none)");

static unsigned int hang_nth;
module_param(hang_nth, uint, 0444);
MODULE_PARM_DESC(hang_nth, "every Nth transfer never ends (default 0: none)");

static unsigned int short_nth;
module_param(short_nth, uint, 0444);
MODULE_PARM_DESC(short_nth, "every Nth transfer ends after half of its bytes (default 0: none)");

struct dentry *virt_debugfs;
/* All there are. A probe may compare them at any time. */
static struct platform_device *pdevs[VIRT_MAX_DEVICES];

static const struct attribute_group *virt_groups[] = {
	&virt_group,
	&virt_source_group,
	&virt_sink_group,
	NULL
};

static void channel_desc_set(struct dmaspan_channel_desc *desc, const char *name,
			     enum dma_transfer_direction direction)
{
	memset(desc, 0, sizeof(*desc));
	desc->name = name;
	desc->direction = direction;
}

static int virt_offer(struct virt_device *v)
{
	char (*names)[CHANNEL_NAME_LEN] = kcalloc(v->channels, sizeof(*names), GFP_KERNEL);
	struct dmaspan_channel_desc *descs;
	struct dmaspan_offer offer = { .name = v->name };
	unsigned int i;
	int ret = -ENOMEM;

	descs = kcalloc(v->channels + 2, sizeof(*descs), GFP_KERNEL);
	if (!names || !descs)
		goto out;
	for (i = 0; i < v->channels; i++) {
		snprintf(names[i], sizeof(names[i]), "copy%u", i);
		channel_desc_set(&descs[i], names[i], DMA_MEM_TO_MEM);
	}
	channel_desc_set(&descs[i++], "source", DMA_DEV_TO_MEM);
	channel_desc_set(&descs[i++], "sink", DMA_MEM_TO_DEV);
	offer.channels = descs;
	offer.num_channels = i;
	v->ddev = dmaspan_offer(&v->pdev->dev, &offer);
	ret = PTR_ERR_OR_ZERO(v->ddev);
out:
	kfree(descs);
	kfree(names);
	return ret;
}

/* The operations stay with the device: what is mapped may outlive the driver. */
static int virt_set_dma(struct virt_device *v)
{
	struct device *dev = &v->pdev->dev;

	if (!v->coherent)
		set_dma_ops(dev, virt_dma_ops);
	dma_set_max_seg_size(dev, v->max_segment);
	return dma_set_mask_and_coherent(dev, DMA_BIT_MASK(v->address_bits));
}

static bool is_ours(const struct platform_device *pdev)
{
	unsigned int id;

	for (id = 0; id < VIRT_MAX_DEVICES; id++)
		if (READ_ONCE(pdevs[id]) == pdev)
			return true;
	return false;
}

static int virt_probe(struct platform_device *pdev)
{
	struct virt_device *v;
	int ret;

	/* Another device that was told to take this driver has other data. */
	if (!is_ours(pdev))
		return -ENODEV;
	v = to_virt(&pdev->dev);
	ret = virt_set_dma(v);
	if (ret)
		return dev_err_probe(&pdev->dev, ret, "no DMA with %u address bits\n",
				     v->address_bits);
	ret = virt_engine_create(v);
	if (ret)
		return ret;
	ret = virt_offer(v);
	if (ret)
		virt_engine_destroy(v);
	return ret;
}

static void virt_remove(struct platform_device *pdev)
{
	struct virt_device *v = to_virt(&pdev->dev);
	unsigned int leaks;

	dmaspan_withdraw(v->ddev);
	virt_engine_destroy(v);
	leaks = virt_space_leaks(v);
	if (leaks)
		dev_warn(&pdev->dev, "%u DMA mappings are left, see debugfs %s/findings\n",
			 leaks, DRIVER_NAME);
}

static struct platform_driver virt_driver = {
	.driver = {
		.name = DRIVER_NAME,
		.dev_groups = virt_groups,
	},
	.probe = virt_probe,
	.DMASPAN_PLATFORM_REMOVE = virt_remove,
};

/* The engine comes and goes with the driver, under the device's lock. */
static int engine_show(struct seq_file *m, void *unused)
{
	struct virt_device *v = m->private;

	device_lock(&v->pdev->dev);
	if (v->engine)
		virt_engine_show(v, m);
	device_unlock(&v->pdev->dev);
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(engine);

static void virt_show_in_debugfs(struct virt_device *v)
{
	struct dentry *dir = debugfs_create_dir(v->name, virt_debugfs);

	debugfs_create_file("maps", 0400, dir, v, &virt_maps_fops);
	debugfs_create_file("channels", 0400, dir, v, &engine_fops);
}

static struct virt_device *virt_new(unsigned int id)
{
	struct virt_device *v = kzalloc(sizeof(*v), GFP_KERNEL);

	if (!v)
		return NULL;
	v->id = id;
	snprintf(v->name, sizeof(v->name), "virt%u", id);
	v->coherent = coherent[id] || !virt_dma_ops;
	v->channels = channels;
	v->address_bits = address_bits;
	v->max_segment = max_segment;
	v->max_segments = max_segments;
	v->alignment = alignment;
	v->latency_us = latency_us;
	v->jitter_us = jitter_us;
	v->fail_nth = fail_nth;
	v->hang_nth = hang_nth;
	v->short_nth = short_nth;
	return v;
}

static int virt_add_pdev(struct virt_device *v)
{
	int ret;

	v->pdev = platform_device_alloc(DRIVER_NAME, v->id);
	if (!v->pdev)
		return -ENOMEM;
	ret = platform_device_add_data(v->pdev, &v, sizeof(v));
	if (!ret)
		ret = platform_device_add(v->pdev);
	if (ret)
		platform_device_put(v->pdev);
	return ret;
}

static int virt_add(unsigned int id)
{
	struct virt_device *v = virt_new(id);
	int ret = -ENOMEM;

	if (!v)
		return -ENOMEM;
	v->signals = virt_signals_create();
	if (!v->signals)
		goto err_free;
	ret = virt_space_init(v);
	if (ret)
		goto err_signals;
	ret = virt_add_pdev(v);
	if (ret)
		goto err_space;
	WRITE_ONCE(pdevs[id], v->pdev);
	virt_show_in_debugfs(v);
	return 0;

err_space:
	virt_space_exit(v);
err_signals:
	virt_signals_destroy(v->signals);
err_free:
	kfree(v);
	return ret;
}

/* Whoever has a map of the device left must not find its operations any more. */
static void virt_del(struct virt_device *v)
{
	struct device *dev = get_device(&v->pdev->dev);

	platform_device_unregister(v->pdev);
	WRITE_ONCE(pdevs[v->id], NULL);
	set_dma_ops(dev, NULL);
	virt_space_exit(v);
	virt_signals_destroy(v->signals);
	kfree(v);
	put_device(dev);
}

static void virt_del_all(void)
{
	unsigned int id;

	debugfs_remove(virt_debugfs);
	for (id = VIRT_MAX_DEVICES; id-- > 0;)
		if (pdevs[id])
			virt_del(to_virt(&pdevs[id]->dev));
	virt_finding_exit();
}

static int virt_add_all(void)
{
	unsigned int id;
	int ret;

	virt_debugfs = debugfs_create_dir(DRIVER_NAME, NULL);
	ret = virt_finding_init();
	for (id = 0; !ret && id < devices; id++)
		ret = virt_add(id);
	if (ret)
		virt_del_all();
	return ret;
}

static int __init virt_init(void)
{
	const struct virt_params params = {
		.devices = devices,
		.channels = channels,
		.address_bits = address_bits,
		.max_segment = max_segment,
		.alignment = alignment,
	};
	int ret;

	if (!virt_params_valid(&params))
		return -EINVAL;
	if (!virt_dma_ops)
		pr_info(DRIVER_NAME ": this kernel has no DMA operations by device: coherent, catches nothing\n");
	ret = virt_add_all();
	if (ret)
		return ret;
	ret = platform_driver_register(&virt_driver);
	if (ret)
		virt_del_all();
	return ret;
}
module_init(virt_init);

/* The devices go first: so their driver leaves them as in an unbind. */
static void __exit virt_exit(void)
{
	virt_del_all();
	platform_driver_unregister(&virt_driver);
}
module_exit(virt_exit);

MODULE_DESCRIPTION("A DMA device without hardware, strict about its clients");
MODULE_LICENSE("GPL");
