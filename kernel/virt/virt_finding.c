// SPDX-License-Identifier: GPL-2.0-only
/*
 * Findings: a trace event each, the last of them in debugfs, and a count for
 * each device in sysfs.
 *
 * debugfs dmaspan_virt/findings has a line for each, its columns separated by
 * tabs, as its first line names them; what does not apply is "-". Writing to
 * the file forgets them all.
 */
#include <linux/ctype.h>
#include <linux/debugfs.h>
#include <linux/kallsyms.h>
#include <linux/ktime.h>
#include <linux/minmax.h>
#include <linux/module.h>
#include <linux/seq_file.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/uaccess.h>

#include "virt.h"
#include "virt_debugfs.h"
#include "virt_record.h"

#define CREATE_TRACE_POINTS
#include "virt_trace.h"

static const struct {
	const char *name;
	const char *message;
} kinds[VIRT_KINDS] = {
	[VIRT_UNMAPPED] = { "unmapped", "nothing is mapped at this address, or not any more" },
	[VIRT_OUTSIDE] = { "outside", "beyond what was mapped" },
	[VIRT_DIRECTION] = { "direction", "the mapping's direction does not allow it" },
	[VIRT_WIDTH] = { "width",
		"more address bits than the device has: its DMA mask must say so" },
	[VIRT_UNALIGNED] = { "unaligned", "the device cannot start at this address" },
	[VIRT_SEGMENT] = { "segment", "the segment is longer than the device's largest" },
	[VIRT_STALE_READ] = { "stale-read",
		"the device read old bytes: the CPU changed them after the last sync_for_device" },
	[VIRT_STALE_WRITE] = { "stale-write",
		"the CPU wrote here after the last sync_for_device: this may undo the device's" },
	[VIRT_CPU_WRITE] = { "cpu-write",
		"the CPU wrote here while the device owned it: the sync would discard that" },
	[VIRT_NOT_TAKEN] = { "not-taken",
		"what the device wrote was never taken with sync_for_cpu, and is lost" },
	[VIRT_IN_FLIGHT] = { "in-flight", "a transfer that uses it has not completed yet" },
	[VIRT_NOT_MAPPED] = { "not-mapped", "not mapped, or not any more" },
	[VIRT_MISMATCH] = { "mismatch", "size or direction are not those it was mapped with" },
	[VIRT_OVERLAP] = { "overlap", "another mapping lets the device write the same memory" },
	[VIRT_MASK] = { "mask", "the DMA mask is too narrow for this device" },
	[VIRT_LEAK] = { "leak", "still mapped when its driver left the device" },
};

static const char *const acts[VIRT_ACTS] = {
	[VIRT_DEVICE_READ] = "device-read",
	[VIRT_DEVICE_WRITE] = "device-write",
	[VIRT_DO_MAP] = "map",
	[VIRT_DO_UNMAP] = "unmap",
	[VIRT_DO_SYNC_FOR_CPU] = "sync-for-cpu",
	[VIRT_DO_SYNC_FOR_DEVICE] = "sync-for-device",
	[VIRT_DO_REMOVE] = "remove",
};

static DEFINE_SPINLOCK(records_lock);	/* the records */
static struct virt_records records;

static const struct virt_origin no_origin = { .dir = DMA_NONE };

const char *virt_direction_name(enum dma_data_direction dir)
{
	switch (dir) {
	case DMA_BIDIRECTIONAL:
		return "bidirectional";
	case DMA_TO_DEVICE:
		return "to-device";
	case DMA_FROM_DEVICE:
		return "from-device";
	default:
		return "-";
	}
}

/* The first address that is not inside the DMA API; symbols of its functions begin so. */
static unsigned int origin_caller(const struct virt_origin *origin)
{
	char name[KSYM_SYMBOL_LEN];
	unsigned int i;

	for (i = 0; i < origin->depth; i++) {
		sprint_symbol(name, origin->site[i]);
		if (strncmp(name, "dma_", 4) && strncmp(name, "__dma_", 6))
			return i;
	}
	return 0;
}

/**
 * virt_found() - record a finding
 * @v: the device
 * @kind: what was done wrong
 * @act: doing what
 * @origin: of the mapping, NULL if there is none
 * @addr: bus address
 * @len: in bytes
 *
 * Context: any; virt_space.lock may be held.
 */
void virt_found(struct virt_device *v, enum virt_kind kind, enum virt_act act,
		const struct virt_origin *origin, dma_addr_t addr, size_t len)
{
	struct virt_record new = {
		.time = ktime_get_ns(), .times = 1, .kind = kind, .act = act,
		.origin = origin ? *origin : no_origin, .addr = addr, .len = len,
	};
	unsigned long flags;

	strscpy(new.device, v->name, sizeof(new.device));
	atomic64_inc(&v->findings);
	if (trace_dmaspan_virt_finding_enabled())
		trace_dmaspan_virt_finding(v->name, kinds[kind].name, acts[act], &new.origin,
					   origin_caller(&new.origin), addr, len);
	spin_lock_irqsave(&records_lock, flags);
	virt_records_add(&records, &new);
	spin_unlock_irqrestore(&records_lock, flags);
}

/* A process may have any bytes in its name. */
void virt_comm_show(struct seq_file *m, const char *comm)
{
	for (; *comm; comm++)
		seq_putc(m, isascii(*comm) && isgraph(*comm) ? *comm : '_');
}

/**
 * virt_origin_show() - four columns: direction, process, its name, call site
 * @m: debugfs file
 * @origin: what made a mapping
 */
void virt_origin_show(struct seq_file *m, const struct virt_origin *origin)
{
	unsigned int i, caller = origin_caller(origin);

	seq_printf(m, "%s\t%d\t", virt_direction_name(origin->dir), origin->pid);
	virt_comm_show(m, origin->comm[0] ? origin->comm : "-");
	seq_putc(m, '\t');
	for (i = caller; i < origin->depth; i++)
		seq_printf(m, "%s%pS", i > caller ? " < " : "", (void *)origin->site[i]);
	if (!i)
		seq_putc(m, '-');
}

static void record_show(struct seq_file *m, const struct virt_record *r)
{
	const struct virt_origin *origin = &r->origin;
	u64 us = div_u64(r->time, NSEC_PER_USEC);
	u32 part;
	u64 seconds = div_u64_rem(us, USEC_PER_SEC, &part);

	seq_printf(m, "%llu\t%llu.%06u\t%s\t%s\t%llu\t%s\t%#llx\t%zu\t", r->seq, seconds, part,
		   r->device, kinds[r->kind].name, r->times, acts[r->act], (u64)r->addr, r->len);
	if (origin->serial)
		seq_printf(m, "%llu\t%lld\t%zu\t", origin->serial,
			   (s64)(r->addr - origin->start), origin->size);
	else
		seq_puts(m, "-\t-\t-\t");
	virt_origin_show(m, origin);
	seq_printf(m, "\t%s\n", kinds[r->kind].message);
}

static int findings_show(struct seq_file *m, void *unused)
{
	const struct virt_record *copy = m->private;
	unsigned int i, first = virt_records_oldest(copy);

	seq_puts(m, "#seq\ttime\tdevice\tkind\ttimes\taccess\taddress\tlength\tmapping\toffset\tsize\tdirection\tpid\tcomm\tsite\tmessage\n");
	for (i = 0; i < VIRT_RECORDS; i++)
		if (copy[(first + i) % VIRT_RECORDS].seq)
			record_show(m, &copy[(first + i) % VIRT_RECORDS]);
	return 0;
}

/* The file shows what there is when it is opened. */
static int findings_open(struct inode *inode, struct file *file)
{
	struct virt_record *copy = kvmalloc_array(VIRT_RECORDS, sizeof(*copy), GFP_KERNEL);
	int ret;

	if (!copy)
		return -ENOMEM;
	spin_lock_irq(&records_lock);
	memcpy(copy, records.ring, VIRT_RECORDS * sizeof(*copy));
	spin_unlock_irq(&records_lock);
	ret = single_open(file, findings_show, copy);
	if (ret)
		kvfree(copy);
	return ret;
}

static int findings_release(struct inode *inode, struct file *file)
{
	kvfree(((struct seq_file *)file->private_data)->private);
	return single_release(inode, file);
}

static ssize_t findings_write(struct file *file, const char __user *from, size_t size,
			      loff_t *offset)
{
	spin_lock_irq(&records_lock);
	virt_records_forget(&records);
	spin_unlock_irq(&records_lock);
	return size;
}

static const struct file_operations findings_fops = {
	.owner = THIS_MODULE,
	.open = findings_open,
	.read = seq_read,
	.write = findings_write,
	.llseek = seq_lseek,
	.release = findings_release,
};

int virt_finding_init(void)
{
	records.ring = kvcalloc(VIRT_RECORDS, sizeof(*records.ring), GFP_KERNEL);
	if (!records.ring)
		return -ENOMEM;
	debugfs_create_file("findings", 0600, virt_debugfs, NULL, &findings_fops);
	return 0;
}

/* After debugfs and all devices are gone. */
void virt_finding_exit(void)
{
	kvfree(records.ring);
}
