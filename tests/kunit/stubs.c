// SPDX-License-Identifier: GPL-2.0-only
/*
 * The parts of the product that need a device or a program, reduced to what the
 * suites ask of them; and what the suites make their objects with.
 */
#include <linux/device.h>
#include <linux/module.h>

#include "../../kernel/compat.h"
#include "../../kernel/edu/edu.h"
#include "../../kernel/virt/virt_engine.h"
#include "kunit.h"

enum dmaspan_translation stub_translation;
struct stub_found stub_found;

enum dmaspan_translation dmaspan_device_translation(struct device *dev)
{
	return stub_translation;
}

u64 dmaspan_device_reach(struct device *dev)
{
	return U64_MAX;
}

bool dmaspan_device_bounces(struct device *dev)
{
	return false;
}

void dmaspan_device_get(struct dmaspan_device *ddev)
{
}

void dmaspan_device_put(struct dmaspan_device *ddev)
{
}

void virt_found(struct virt_device *v, enum virt_kind kind, enum virt_act act,
		const struct virt_origin *origin, dma_addr_t addr, size_t len)
{
	stub_found.count++;
	stub_found.kind = kind;
	stub_found.act = act;
	stub_found.serial = origin ? origin->serial : 0;
	stub_found.addr = addr;
	stub_found.len = len;
}

const char *virt_direction_name(enum dma_data_direction dir)
{
	return "-";
}

void virt_origin_show(struct seq_file *m, const struct virt_origin *origin)
{
}

void virt_comm_show(struct seq_file *m, const char *comm)
{
}

void virt_prep_init(struct dma_device *dma)
{
}

void virt_desc_free(struct virt_device *v, struct virt_desc *desc)
{
}

void virt_desc_claim(struct virt_device *v, struct virt_desc *desc)
{
}

void virt_desc_unclaim(struct virt_device *v, struct virt_desc *desc)
{
}

void virt_desc_deliver(struct virt_device *v, const struct virt_desc *desc)
{
}

u32 virt_burst(struct virt_engine *e, struct virt_chan *vc, struct virt_desc *desc,
	       ktime_t *again)
{
	return 0;
}

void edu_dma_ended(struct edu_chan *ec, struct edu_desc *desc)
{
	list_del_init(&desc->node);
}

static void space_exit(struct kunit_resource *res)
{
	virt_space_exit(res->data);
}

struct virt_device *kunit_virt_device(struct kunit *test)
{
	struct virt_device *v = kunit_kzalloc(test, sizeof(*v), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, v);
	v->pdev = kunit_kzalloc(test, sizeof(*v->pdev), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, v->pdev);
	v->address_bits = 64;
	v->alignment = 1;
	v->max_segment = UINT_MAX;
	KUNIT_ASSERT_EQ(test, virt_space_init(v), 0);
	KUNIT_ASSERT_NOT_NULL(test, kunit_alloc_resource(test, NULL, space_exit, GFP_KERNEL, v));
	stub_found = (struct stub_found) { };
	return v;
}

struct dmaspan_mapping *kunit_mapping(struct kunit *test, const u64 *lengths,
				      unsigned int count, dma_addr_t address, u64 gap)
{
	struct dmaspan_mapping *map = kunit_kzalloc(test, sizeof(*map), GFP_KERNEL);
	struct dmaspan_buffer *buf = kunit_kzalloc(test, sizeof(*buf), GFP_KERNEL);
	u64 offset = 0;
	unsigned int i;

	KUNIT_ASSERT_NOT_NULL(test, map);
	KUNIT_ASSERT_NOT_NULL(test, buf);
	map->segments = kunit_kcalloc(test, count, sizeof(*map->segments), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, map->segments);
	for (i = 0; i < count; i++) {
		map->segments[i].offset = offset;
		map->segments[i].length = lengths[i];
		map->segments[i].address = address;
		offset += lengths[i];
		address += lengths[i] + gap;
	}
	map->num_segments = count;
	buf->size = offset;
	map->view.buf = buf;
	map->view.dir = DMA_BIDIRECTIONAL;
	kref_init(&map->ref);
	return map;
}

MODULE_DESCRIPTION("KUnit tests of dmaspan's arithmetic");
MODULE_LICENSE("GPL");
DMASPAN_IMPORT_DMA_BUF;
