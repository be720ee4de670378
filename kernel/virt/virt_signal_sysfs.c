// SPDX-License-Identifier: GPL-2.0-only
/*
 * The knobs and counts of source and sink, in groups of their names below the
 * device.
 *
 *   rate       samples per second; 0: as fast as it goes
 *   pattern    counter, sine, prbs
 *   fifo       samples it holds
 *   stamp      bytes of a block; 0: no stamps; else a multiple of 16, at least 32
 *   samples    source: converted; sink: checked
 *   lost, overruns      source
 *   errors, underruns   sink
 *
 * The counts are since the channel was opened, and stay when it is closed. While
 * it is open, a knob is EBUSY.
 */
#include <linux/device.h>
#include <linux/kstrtox.h>
#include <linux/string.h>
#include <linux/sysfs.h>

#include "virt.h"
#include "virt_signal.h"

enum virt_item { ITEM_RATE, ITEM_FIFO, ITEM_STAMP, ITEM_SAMPLES, ITEM_LOST, ITEM_BREAKS,
		 ITEM_ERRORS };

struct virt_attribute {
	struct device_attribute attr;
	bool sink;
	enum virt_item item;
};

static const char *const pattern_names[VIRT_PATTERNS] = {
	[VIRT_COUNTER] = "counter",
	[VIRT_SINE] = "sine",
	[VIRT_PRBS] = "prbs",
};

static enum virt_item item_of(struct device_attribute *attr)
{
	return container_of(attr, struct virt_attribute, attr)->item;
}

static struct virt_signal *signal_of(struct device *dev, struct device_attribute *attr)
{
	struct virt_device *v = to_virt(dev);

	return container_of(attr, struct virt_attribute, attr)->sink ? &v->signals->sink :
								       &v->signals->source;
}

static u64 *item_value(struct virt_signal *s, enum virt_item item)
{
	switch (item) {
	case ITEM_LOST:
		return &s->lost;
	case ITEM_BREAKS:
		return &s->breaks;
	case ITEM_ERRORS:
		return &s->errors;
	default:
		return &s->converted;
	}
}

static ssize_t count_show(struct device *dev, struct device_attribute *attr, char *buf)
{
	struct virt_signal *s = signal_of(dev, attr);
	u64 value;

	spin_lock_irq(&s->lock);
	virt_signal_look(s);
	value = *item_value(s, item_of(attr));
	spin_unlock_irq(&s->lock);
	return sysfs_emit(buf, "%llu\n", value);
}

static u32 *item_knob(struct virt_signal *s, enum virt_item item)
{
	switch (item) {
	case ITEM_FIFO:
		return &s->fifo;
	case ITEM_STAMP:
		return &s->stamp;
	default:
		return &s->rate;
	}
}

static bool knob_valid(enum virt_item item, u32 value)
{
	switch (item) {
	case ITEM_FIFO:
		return value >= VIRT_FIFO_MIN && value <= VIRT_FIFO_MAX;
	case ITEM_STAMP:
		return !value || (value >= 32 && value % 16 == 0 && value <= VIRT_STAMP_MAX);
	default:
		return value <= VIRT_RATE_MAX;
	}
}

static ssize_t knob_show(struct device *dev, struct device_attribute *attr, char *buf)
{
	struct virt_signal *s = signal_of(dev, attr);

	return sysfs_emit(buf, "%u\n", READ_ONCE(*item_knob(s, item_of(attr))));
}

/* A closed signal's stream is gone; its counts stay, and so must what they mean. */
static int knob_set(struct virt_signal *s, u32 *knob, u32 value)
{
	int ret = -EBUSY;

	spin_lock_irq(&s->lock);
	if (!s->open) {
		WRITE_ONCE(*knob, value);
		ret = 0;
	}
	spin_unlock_irq(&s->lock);
	return ret;
}

static ssize_t knob_store(struct device *dev, struct device_attribute *attr, const char *buf,
			  size_t count)
{
	struct virt_signal *s = signal_of(dev, attr);
	enum virt_item item = item_of(attr);
	u32 value;
	int ret = kstrtou32(buf, 0, &value);

	if (ret)
		return ret;
	if (!knob_valid(item, value))
		return -EINVAL;
	return knob_set(s, item_knob(s, item), value) ?: count;
}

static ssize_t pattern_show(struct device *dev, struct device_attribute *attr, char *buf)
{
	u32 kind = READ_ONCE(signal_of(dev, attr)->kind);
	ssize_t len = 0;
	u32 i;

	for (i = 0; i < VIRT_PATTERNS; i++)
		len += sysfs_emit_at(buf, len, i == kind ? "%s[%s]" : "%s%s", i ? " " : "",
				     pattern_names[i]);
	return len + sysfs_emit_at(buf, len, "\n");
}

static ssize_t pattern_store(struct device *dev, struct device_attribute *attr, const char *buf,
			     size_t count)
{
	struct virt_signal *s = signal_of(dev, attr);
	int kind = sysfs_match_string(pattern_names, buf);

	if (kind < 0)
		return kind;
	return knob_set(s, &s->kind, kind) ?: count;
}

#define VIRT_KNOB(_name, _sink, _which, _item)						\
	static struct virt_attribute _which##_##_name = {				\
		.attr = __ATTR(_name, 0644, knob_show, knob_store),			\
		.sink = _sink,								\
		.item = _item,								\
	}

#define VIRT_COUNT(_name, _sink, _which, _item)						\
	static struct virt_attribute _which##_##_name = {				\
		.attr = __ATTR(_name, 0444, count_show, NULL),				\
		.sink = _sink,								\
		.item = _item,								\
	}

VIRT_KNOB(rate, false, source, ITEM_RATE);
VIRT_KNOB(fifo, false, source, ITEM_FIFO);
VIRT_KNOB(stamp, false, source, ITEM_STAMP);
VIRT_COUNT(samples, false, source, ITEM_SAMPLES);
VIRT_COUNT(lost, false, source, ITEM_LOST);
VIRT_COUNT(overruns, false, source, ITEM_BREAKS);
static struct virt_attribute source_pattern = {
	.attr = __ATTR(pattern, 0644, pattern_show, pattern_store),
};

VIRT_KNOB(rate, true, sink, ITEM_RATE);
VIRT_KNOB(fifo, true, sink, ITEM_FIFO);
VIRT_KNOB(stamp, true, sink, ITEM_STAMP);
VIRT_COUNT(samples, true, sink, ITEM_SAMPLES);
VIRT_COUNT(errors, true, sink, ITEM_ERRORS);
VIRT_COUNT(underruns, true, sink, ITEM_BREAKS);
static struct virt_attribute sink_pattern = {
	.attr = __ATTR(pattern, 0644, pattern_show, pattern_store),
	.sink = true,
};

static struct attribute *source_attrs[] = {
	&source_rate.attr.attr,
	&source_pattern.attr.attr,
	&source_fifo.attr.attr,
	&source_stamp.attr.attr,
	&source_samples.attr.attr,
	&source_lost.attr.attr,
	&source_overruns.attr.attr,
	NULL
};

static struct attribute *sink_attrs[] = {
	&sink_rate.attr.attr,
	&sink_pattern.attr.attr,
	&sink_fifo.attr.attr,
	&sink_stamp.attr.attr,
	&sink_samples.attr.attr,
	&sink_errors.attr.attr,
	&sink_underruns.attr.attr,
	NULL
};

const struct attribute_group virt_source_group = {
	.name = "source",
	.attrs = source_attrs,
};

const struct attribute_group virt_sink_group = {
	.name = "sink",
	.attrs = sink_attrs,
};
