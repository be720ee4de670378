// SPDX-License-Identifier: GPL-2.0-only
/*
 * The parameters: what the module takes when it is loaded, and what a device
 * shows of them in sysfs. Latency, jitter and injection may be written there,
 * any number.
 */
#include <linux/device.h>
#include <linux/kstrtox.h>
#include <linux/log2.h>
#include <linux/mm.h>
#include <linux/sysfs.h>

#include "virt.h"

/**
 * virt_params_valid() - whether there can be such devices
 * @params: what the module was loaded with
 */
bool virt_params_valid(const struct virt_params *params)
{
	return params->devices && params->devices <= VIRT_MAX_DEVICES &&
	       params->channels && params->channels <= VIRT_MAX_CHANNELS &&
	       params->address_bits >= 20 && params->address_bits <= 64 &&
	       params->max_segment &&
	       is_power_of_2(params->alignment) && params->alignment <= PAGE_SIZE;
}

/* An attribute that is an unsigned int of struct virt_device. */
struct value_attribute {
	struct device_attribute attr;
	size_t offset;
};

static unsigned int *to_value(struct device *dev, struct device_attribute *attr)
{
	return (void *)to_virt(dev) + container_of(attr, struct value_attribute, attr)->offset;
}

static ssize_t value_show(struct device *dev, struct device_attribute *attr, char *to)
{
	return sysfs_emit(to, "%u\n", READ_ONCE(*to_value(dev, attr)));
}

static ssize_t value_store(struct device *dev, struct device_attribute *attr,
			   const char *from, size_t count)
{
	unsigned int value;
	int ret = kstrtouint(from, 0, &value);

	if (!ret)
		WRITE_ONCE(*to_value(dev, attr), value);
	return ret ?: count;
}

#define VALUE(_name, _mode, _store)						\
	static struct value_attribute value_##_name = {				\
		.attr = __ATTR(_name, _mode, value_show, _store),		\
		.offset = offsetof(struct virt_device, _name),			\
	}

VALUE(channels, 0444, NULL);
VALUE(address_bits, 0444, NULL);
VALUE(max_segment, 0444, NULL);
VALUE(max_segments, 0444, NULL);
VALUE(alignment, 0444, NULL);
VALUE(latency_us, 0644, value_store);
VALUE(jitter_us, 0644, value_store);
VALUE(fail_nth, 0644, value_store);
VALUE(hang_nth, 0644, value_store);
VALUE(short_nth, 0644, value_store);

static ssize_t coherent_show(struct device *dev, struct device_attribute *attr, char *to)
{
	return sysfs_emit(to, "%d\n", to_virt(dev)->coherent);
}
static DEVICE_ATTR_RO(coherent);

static ssize_t findings_show(struct device *dev, struct device_attribute *attr, char *to)
{
	return sysfs_emit(to, "%lld\n", (long long)atomic64_read(&to_virt(dev)->findings));
}
static DEVICE_ATTR_RO(findings);

static struct attribute *virt_attrs[] = {
	&dev_attr_coherent.attr,
	&value_channels.attr.attr,
	&value_address_bits.attr.attr,
	&value_max_segment.attr.attr,
	&value_max_segments.attr.attr,
	&value_alignment.attr.attr,
	&value_latency_us.attr.attr,
	&value_jitter_us.attr.attr,
	&value_fail_nth.attr.attr,
	&value_hang_nth.attr.attr,
	&value_short_nth.attr.attr,
	&dev_attr_findings.attr,
	NULL
};

const struct attribute_group virt_group = {
	.attrs = virt_attrs,
};
