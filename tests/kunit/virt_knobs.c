// SPDX-License-Identifier: GPL-2.0-only
/* kernel/virt/virt_signal_sysfs.c: which values the knobs of source and sink take. */
#include "../../kernel/virt/virt_signal_sysfs.c"
#include "kunit.h"

static struct virt_device *device;

static void free_signals(struct kunit_resource *res)
{
	virt_signals_destroy(res->data);
}

/* A device with signals, as the attributes look for it */
static struct device *knobs(struct kunit *test)
{
	struct device *dev = kunit_kzalloc(test, sizeof(*dev), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, dev);
	device = kunit_virt_device(test);
	device->signals = virt_signals_create();
	KUNIT_ASSERT_NOT_NULL(test, device->signals);
	KUNIT_ASSERT_NOT_NULL(test, kunit_alloc_resource(test, NULL, free_signals, GFP_KERNEL,
							 device->signals));
	dev->platform_data = &device;
	return dev;
}

static int write(struct device *dev, struct virt_attribute *knob, const char *text)
{
	return knob->attr.store(dev, &knob->attr, text, strlen(text));
}

static void values(struct kunit *test)
{
	static const struct { enum virt_item item; u32 value; bool want; } table[] = {
		{ ITEM_RATE, 0, true }, { ITEM_RATE, VIRT_RATE_MAX, true },
		{ ITEM_RATE, VIRT_RATE_MAX + 1, false }, { ITEM_RATE, U32_MAX, false },
		{ ITEM_FIFO, 0, false }, { ITEM_FIFO, VIRT_FIFO_MIN - 1, false },
		{ ITEM_FIFO, VIRT_FIFO_MIN, true }, { ITEM_FIFO, VIRT_FIFO_MAX, true },
		{ ITEM_FIFO, VIRT_FIFO_MAX + 1, false }, { ITEM_FIFO, U32_MAX, false },
		{ ITEM_STAMP, 0, true }, { ITEM_STAMP, 16, false }, { ITEM_STAMP, 31, false },
		{ ITEM_STAMP, 32, true }, { ITEM_STAMP, 33, false }, { ITEM_STAMP, 40, false },
		{ ITEM_STAMP, 48, true }, { ITEM_STAMP, VIRT_STAMP_MAX, true },
		{ ITEM_STAMP, VIRT_STAMP_MAX + 16, false }, { ITEM_STAMP, 0xfffffff0, false },
	};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(table); i++)
		KUNIT_EXPECT_EQ_MSG(test, knob_valid(table[i].item, table[i].value),
				    table[i].want, "%u of item %d", table[i].value, table[i].item);
}

static void texts(struct kunit *test)
{
	static const struct { const char *text; int want; } table[] = {
		{ "0", 1 }, { "48000\n", 6 }, { "0x10", 4 }, { "1000000000", 10 }, { "+1", 2 },
		{ "1000000001", -EINVAL }, { "4294967295", -EINVAL }, { "4294967296", -ERANGE },
		{ "18446744073709551616", -ERANGE }, { "-1", -EINVAL }, { "", -EINVAL },
		{ "\n", -EINVAL }, { " 1", -EINVAL }, { "1 ", -EINVAL }, { "1k", -EINVAL },
		{ "1\n\n", -EINVAL }, { "0x", -EINVAL }, { "rate", -EINVAL },
	};
	struct device *dev = knobs(test);
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(table); i++)
		KUNIT_EXPECT_EQ_MSG(test, write(dev, &source_rate, table[i].text), table[i].want,
				    "'%s'", table[i].text);
}

static void patterns(struct kunit *test)
{
	struct device *dev = knobs(test);
	char *text = kunit_kzalloc(test, PAGE_SIZE, GFP_KERNEL);

	KUNIT_EXPECT_EQ(test, write(dev, &source_pattern, "prbs\n"), 5);
	KUNIT_EXPECT_EQ(test, device->signals->source.kind, VIRT_PRBS);
	KUNIT_EXPECT_EQ(test, device->signals->sink.kind, VIRT_COUNTER);
	KUNIT_EXPECT_EQ(test, write(dev, &sink_pattern, "sine"), 4);
	KUNIT_EXPECT_EQ(test, device->signals->sink.kind, VIRT_SINE);
	KUNIT_EXPECT_EQ(test, write(dev, &sink_pattern, ""), -EINVAL);
	KUNIT_EXPECT_EQ(test, write(dev, &sink_pattern, "sin"), -EINVAL);
	KUNIT_EXPECT_EQ(test, write(dev, &sink_pattern, "sines"), -EINVAL);
	KUNIT_EXPECT_EQ(test, write(dev, &sink_pattern, "Sine"), -EINVAL);
	KUNIT_EXPECT_EQ(test, device->signals->sink.kind, VIRT_SINE);
	if (!text || offset_in_page(text))
		return;
	pattern_show(dev, &sink_pattern.attr, text);
	KUNIT_EXPECT_STREQ(test, text, "counter [sine] prbs\n");
}

static void busy_while_open(struct kunit *test)
{
	struct device *dev = knobs(test);

	KUNIT_EXPECT_EQ(test, write(dev, &sink_fifo, "16"), 2);
	virt_signal_open(&device->signals->sink);
	KUNIT_EXPECT_EQ(test, write(dev, &sink_fifo, "32"), -EBUSY);
	KUNIT_EXPECT_EQ(test, write(dev, &sink_pattern, "prbs"), -EBUSY);
	KUNIT_EXPECT_EQ(test, write(dev, &source_fifo, "32"), 2);
	KUNIT_EXPECT_EQ(test, device->signals->sink.fifo, 16);
	virt_signal_close(&device->signals->sink);
	KUNIT_EXPECT_EQ(test, write(dev, &sink_fifo, "32"), 2);
}

static struct kunit_case cases[] = {
	KUNIT_CASE(values),
	KUNIT_CASE(texts),
	KUNIT_CASE(patterns),
	KUNIT_CASE(busy_while_open),
	{ }
};

static struct kunit_suite suite = { .name = "dmaspan_virt_knobs", .test_cases = cases };
kunit_test_suites(&suite);
