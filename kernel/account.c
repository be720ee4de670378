// SPDX-License-Identifier: GPL-2.0-only
/*
 * What openers of one device hold together, against its limit. Pages are
 * charged to the caller's memory cgroup besides, by __GFP_ACCOUNT.
 */
#include <linux/kstrtox.h>
#include <linux/mm.h>

#include "compat.h"
#include "dmaspan_private.h"

/* What is refused is never counted, so that it is nobody else's refusal. */
static int charge_up_to(atomic64_t *account, u64 bytes, u64 most)
{
	s64 used = atomic64_read(account);

	do {
		if (bytes > most || used > most - bytes)
			return -EDQUOT;
	} while (!atomic64_try_cmpxchg(account, &used, used + bytes));
	return 0;
}

/**
 * dmaspan_charge() - account for memory before it is allocated
 * @ddev: the device
 * @bytes: how much
 *
 * Return: 0 or -EDQUOT.
 */
int dmaspan_charge(struct dmaspan_device *ddev, u64 bytes)
{
	return charge_up_to(&ddev->used, bytes, READ_ONCE(ddev->limit));
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
 * dmaspan_charge_bounce() - account for bounce memory that a mapping will hold
 * @dev: the device
 * @bytes: how much
 *
 * All drivers of the machine share it: programs get half.
 *
 * Return: 0 or -EDQUOT.
 */
int dmaspan_charge_bounce(struct device *dev, u64 bytes)
{
	return charge_up_to(&bounced, bytes, dmaspan_bounce_size(dev) / 2);
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
