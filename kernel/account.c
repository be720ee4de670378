// SPDX-License-Identifier: GPL-2.0-only
/*
 * What openers of one device hold together, against its limit. Pages are
 * charged to the caller's memory cgroup besides, by __GFP_ACCOUNT.
 */
#include <linux/kstrtox.h>
#include <linux/mm.h>

#include "compat.h"
#include "dmaspan_private.h"

/**
 * dmaspan_charge() - account for memory before it is allocated
 * @ddev: the device
 * @bytes: how much
 *
 * Return: 0 or -EDQUOT.
 */
int dmaspan_charge(struct dmaspan_device *ddev, u64 bytes)
{
	s64 used = atomic64_read(&ddev->used);

	do {
		u64 limit = READ_ONCE(ddev->limit);

		if (bytes > limit || used > limit - bytes)
			return -EDQUOT;
	} while (!atomic64_try_cmpxchg(&ddev->used, &used, used + bytes));
	return 0;
}

/**
 * dmaspan_uncharge() - memory was freed
 * @ddev: the device
 * @bytes: as charged
 */
void dmaspan_uncharge(struct dmaspan_device *ddev, u64 bytes)
{
	WARN_ON_ONCE(atomic64_sub_return(bytes, &ddev->used) < 0);
}

static atomic64_t bounced;

/**
 * dmaspan_charge_bounce() - account for bounce memory that a mapping holds
 * @dev: the device
 * @bytes: how much
 *
 * All drivers of the machine share it: programs get half.
 *
 * Return: 0 or -EDQUOT.
 */
int dmaspan_charge_bounce(struct device *dev, u64 bytes)
{
	if (atomic64_add_return(bytes, &bounced) <= dmaspan_bounce_size(dev) / 2)
		return 0;
	dmaspan_uncharge_bounce(bytes);
	return -EDQUOT;
}

/**
 * dmaspan_uncharge_bounce() - it was given back
 * @bytes: as charged
 */
void dmaspan_uncharge_bounce(u64 bytes)
{
	atomic64_sub(bytes, &bounced);
}

/**
 * dmaspan_parse_limit() - a limit that somebody wrote
 * @text: a number, with or without a newline
 * @limit: set to it
 *
 * Return: 0, -EINVAL, -ERANGE: more than can be charged.
 */
int dmaspan_parse_limit(const char *text, u64 *limit)
{
	u64 value;
	int ret = kstrtou64(text, 0, &value);

	if (ret)
		return ret;
	if (value > S64_MAX)
		return -ERANGE;
	*limit = value;
	return 0;
}

/* Three quarters of the machine: a quarter is left to everybody else. */
u64 dmaspan_default_limit(void)
{
	return ((u64)totalram_pages() << PAGE_SHIFT) / 4 * 3;
}
