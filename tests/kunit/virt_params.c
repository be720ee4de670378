// SPDX-License-Identifier: GPL-2.0-only
/* kernel/virt/virt_params.c: which values the module's parameters and a device's knobs take. */
#include "../../kernel/virt/virt_params.c"
#include "kunit.h"

#define AT(name)	offsetof(struct virt_params, name)

static const struct virt_params least = {
	.devices = 1, .channels = 1, .address_bits = 20, .max_segment = 1, .alignment = 1,
};

static const struct virt_params most = {
	.devices = VIRT_MAX_DEVICES, .channels = VIRT_MAX_CHANNELS, .address_bits = 64,
	.max_segment = UINT_MAX, .alignment = PAGE_SIZE,
};

static void extremes(struct kunit *test)
{
	KUNIT_EXPECT_TRUE(test, virt_params_valid(&least));
	KUNIT_EXPECT_TRUE(test, virt_params_valid(&most));
}

/* One parameter at a time, the others valid */
static void each_for_itself(struct kunit *test)
{
	static const struct { size_t offset; unsigned int value; bool want; } table[] = {
		{ AT(devices), 0, false }, { AT(devices), 2, true },
		{ AT(devices), VIRT_MAX_DEVICES + 1, false }, { AT(devices), UINT_MAX, false },
		{ AT(channels), 0, false }, { AT(channels), 2, true },
		{ AT(channels), VIRT_MAX_CHANNELS + 1, false },
		{ AT(channels), UINT_MAX, false },
		{ AT(address_bits), 0, false }, { AT(address_bits), 19, false },
		{ AT(address_bits), 21, true }, { AT(address_bits), 65, false },
		{ AT(address_bits), UINT_MAX, false },
		{ AT(max_segment), 0, false }, { AT(max_segment), 3, true },
		{ AT(alignment), 0, false }, { AT(alignment), 2, true },
		{ AT(alignment), 3, false }, { AT(alignment), 12, false },
		{ AT(alignment), PAGE_SIZE / 2, true }, { AT(alignment), PAGE_SIZE - 1, false },
		{ AT(alignment), 2 * PAGE_SIZE, false }, { AT(alignment), BIT(31), false },
		{ AT(alignment), UINT_MAX, false },
	};
	struct virt_params params[2];
	unsigned int i, j;

	for (i = 0; i < ARRAY_SIZE(table); i++) {
		params[0] = least;
		params[1] = most;
		for (j = 0; j < 2; j++) {
			*(unsigned int *)((void *)&params[j] + table[i].offset) = table[i].value;
			KUNIT_EXPECT_EQ_MSG(test, virt_params_valid(&params[j]), table[i].want,
					    "%u at %zu", table[i].value, table[i].offset);
		}
	}
}

/* A device as the attributes look for it, all its numbers 7 */
static struct device *knobs(struct kunit *test, struct virt_device **v)
{
	struct device *dev = kunit_kzalloc(test, sizeof(*dev), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, dev);
	*v = kunit_virt_device(test);
	(*v)->channels = 7;
	(*v)->latency_us = 7;
	(*v)->jitter_us = 7;
	(*v)->fail_nth = 7;
	(*v)->hang_nth = 7;
	(*v)->short_nth = 7;
	dev->platform_data = v;
	return dev;
}

static int write(struct device *dev, struct value_attribute *knob, const char *text)
{
	return knob->attr.store(dev, &knob->attr, text, strlen(text));
}

static void texts(struct kunit *test)
{
	static const struct { const char *text; int ret; unsigned int value; } table[] = {
		{ "0", 1, 0 }, { "48000\n", 6, 48000 }, { "0x10", 4, 16 }, { "010", 3, 8 },
		{ "4294967295", 10, UINT_MAX }, { "4294967296", -ERANGE },
		{ "18446744073709551616", -ERANGE }, { "-1", -EINVAL }, { "", -EINVAL },
		{ "\n", -EINVAL }, { " 1", -EINVAL }, { "1 ", -EINVAL }, { "1us", -EINVAL },
		{ "1\n\n", -EINVAL }, { "0x", -EINVAL }, { "none", -EINVAL },
	};
	struct virt_device *v;
	struct device *dev = knobs(test, &v);
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(table); i++) {
		v->latency_us = 7;
		KUNIT_EXPECT_EQ_MSG(test, write(dev, &value_latency_us, table[i].text),
				    table[i].ret, "'%s'", table[i].text);
		KUNIT_EXPECT_EQ_MSG(test, v->latency_us, table[i].ret < 0 ? 7 : table[i].value,
				    "'%s'", table[i].text);
	}
}

static void each_its_own(struct kunit *test)
{
	struct virt_device *v;
	struct device *dev = knobs(test, &v);

	write(dev, &value_latency_us, "1");
	write(dev, &value_jitter_us, "2");
	write(dev, &value_fail_nth, "3");
	write(dev, &value_hang_nth, "4");
	write(dev, &value_short_nth, "5");
	KUNIT_EXPECT_EQ(test, v->latency_us, 1);
	KUNIT_EXPECT_EQ(test, v->jitter_us, 2);
	KUNIT_EXPECT_EQ(test, v->fail_nth, 3);
	KUNIT_EXPECT_EQ(test, v->hang_nth, 4);
	KUNIT_EXPECT_EQ(test, v->short_nth, 5);
	KUNIT_EXPECT_EQ(test, v->channels, 7);
}

/* What the hardware is built to is there to be read. */
static void fixed(struct kunit *test)
{
	static const struct value_attribute *const table[] = {
		&value_channels, &value_address_bits, &value_max_segment, &value_max_segments,
		&value_alignment,
	};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(table); i++) {
		KUNIT_EXPECT_EQ(test, table[i]->attr.attr.mode, 0444);
		KUNIT_EXPECT_TRUE(test, !table[i]->attr.store);
	}
}

static struct kunit_case cases[] = {
	KUNIT_CASE(extremes),
	KUNIT_CASE(each_for_itself),
	KUNIT_CASE(texts),
	KUNIT_CASE(each_its_own),
	KUNIT_CASE(fixed),
	{ }
};

static struct kunit_suite suite = { .name = "dmaspan_virt_params", .test_cases = cases };
kunit_test_suites(&suite);
