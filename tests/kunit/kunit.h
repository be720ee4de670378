/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the suites share.
 *
 * A suite's file includes the source that it tests, and after it this header.
 * What the sources call of parts of the product that are not in this module is
 * in stubs.c, and answers as the variables here say.
 */
#ifndef DMASPAN_KUNIT_H
#define DMASPAN_KUNIT_H

#include <kunit/test.h>
#include <linux/sizes.h>

#include "../../kernel/dmaspan_private.h"
#include "../../kernel/virt/virt.h"

/* What dmaspan_device_translation() says */
extern enum dmaspan_translation stub_translation;

/**
 * struct stub_found - what virt_found() was told
 * @count: how often, since the suite set it to zero
 * @kind: the last time; likewise all below
 */
struct stub_found {
	unsigned int count;
	enum virt_kind kind;
	enum virt_act act;
	u64 serial;
	dma_addr_t addr;
	size_t len;
};

extern struct stub_found stub_found;

/* A strict device with an empty space and no limits of its own; goes with the test */
struct virt_device *kunit_virt_device(struct kunit *test);

/* A mapping whose segments follow each other in the buffer, @gap bytes apart on the bus */
struct dmaspan_mapping *kunit_mapping(struct kunit *test, const u64 *lengths,
				      unsigned int count, dma_addr_t address, u64 gap);

#define kunit_mapping_of(test, lengths, address, gap) \
	kunit_mapping(test, lengths, ARRAY_SIZE(lengths), address, gap)

#endif /* DMASPAN_KUNIT_H */
