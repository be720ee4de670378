/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * dmaspan_virt: a DMA device without hardware, strict by default.
 *
 * Terms:
 *
 *   device     a platform device "dmaspan_virt.N", offered to programs as "virtN"
 *   space      its bus addresses. Strict: a software IOMMU that is not coherent,
 *              put under the device as its struct dma_map_ops. Coherent: the
 *              machine's memory, as the kernel's own DMA API maps it
 *   map        a range of a strict space: what one dma_map_*() or dma_alloc_*()
 *              call made, with one page of nothing behind it at least
 *   shadow     a map's memory as the device sees it; the sync calls copy between
 *              it and the CPU's pages. Memory of dma_alloc_*() has none: there
 *              both see the same
 *   line       64 bytes of a page, as a cache would keep them
 *   claim      a range that a queued transfer will touch
 *   finding    something a driver or program did wrong, recorded
 *   fault      a finding that also makes the transfer fail
 *   engine     what moves bytes: channels "copy0", "copy1", ... "source", "sink"
 *   signal     what is behind "source" and "sink": a converter with a rate, a
 *              FIFO and a pattern
 *
 * Layers, calls go down only:
 *
 *   virt_main.c, virt_params.c   module, devices; their knobs
 *   virt_dma.c, virt_prep.c   the dmaengine provider: descriptors, cookies, callbacks
 *   virt_engine.c   the mover: one thread per device, channels in turn
 *   virt_signal.c   patterns, rates, FIFOs and their counts
 *   virt_ops.c      struct dma_map_ops
 *   virt_memory.c   the device's accesses: a bus address becomes bytes
 *   virt_shadow.c   hand-overs between a shadow and the CPU
 *   virt_map.c, virt_overlap.c, virt_claim.c   the space: maps by address and by
 *                   memory, and what uses them
 *   virt_finding.c, virt_record.c   findings: counts, trace event, debugfs; their ring
 *
 * Who outlives whom: struct virt_device and its space live from module init to
 * module exit, beyond any binding: a map that is unmapped after an unbind is
 * still found. The engine lives from probe() until the last client lets go of
 * its channels; a client holds the module. Findings are the module's.
 *
 * What a line of a shadow is (virt_shadow.c):
 *
 *   clean      as the CPU's, or as it was at the last hand-over
 *   written    the device wrote it since
 *   delivered  ... and the transfer that did has completed: somebody is
 *              expected to take it with sync_for_cpu, or with an unmap
 *
 * Locks, outermost first; all are taken with interrupts off, from any context:
 *
 *   the engine's lock
 *   virt_space.lock     maps, shadows, claims
 *   the findings' lock
 */
#ifndef _DMASPAN_VIRT_H
#define _DMASPAN_VIRT_H

#include <linux/atomic.h>
#include <linux/device.h>
#include <linux/dma-direction.h>
#include <linux/list.h>
#include <linux/platform_device.h>
#include <linux/rbtree.h>
#include <linux/spinlock.h>
#include <linux/types.h>

struct dmaspan_device;
struct seq_file;
struct virt_engine;
struct virt_map;
struct virt_signals;

#define VIRT_MAX_DEVICES	16
#define VIRT_MAX_CHANNELS	32	/* without source and sink */

/**
 * struct virt_space - a device's bus addresses
 * @lock: guards what follows
 * @maps: struct virt_map by address
 * @next: where the search for free addresses begins: an address is not used
 *	again until all others have been
 * @past: the last maps that were unmapped, to explain late accesses
 * @past_next: the oldest of @past
 * @serial: maps ever made
 * @writable: pages that the device may write, by the CPU's page
 * @writable_order: log2 of its size
 * @stage: a page for virt_copy()
 */
struct virt_space {
	spinlock_t lock;	/* what follows */
	struct rb_root maps;
	dma_addr_t next;
	struct virt_past *past;
	unsigned int past_next;
	u64 serial;
	struct hlist_head *writable;
	unsigned int writable_order;
	void *stage;
};

/**
 * struct virt_device - one device
 * @pdev: the platform device
 * @id: its number
 * @name: "virtN"
 * @coherent: its space is the machine's memory
 * @channels: number of "copy" channels
 * @address_bits: address lines: it cannot put more on its bus
 * @max_segment: bytes of one segment of a transfer
 * @max_segments: segments of one transfer; 0: any number
 * @alignment: of each segment's addresses; a power of two
 * @latency_us: time from the start of a transfer to its first byte
 * @jitter_us: up to so much is added to each @latency_us
 * @fail_nth: every so many transfers one fails; 0: none. Likewise:
 * @hang_nth: ... one never ends
 * @short_nth: ... one ends after half of its bytes
 * @findings: ever found
 * @space: see above
 * @signals: source and sink; outlive the engine
 * @engine: while the driver is bound
 * @ddev: while the driver is bound
 *
 * latency_us to short_nth may change at any time (READ_ONCE); what is above
 * them is fixed.
 */
struct virt_device {
	struct platform_device *pdev;
	unsigned int id;
	char name[16];
	bool coherent;
	unsigned int channels;
	unsigned int address_bits;
	unsigned int max_segment;
	unsigned int max_segments;
	unsigned int alignment;
	unsigned int latency_us;
	unsigned int jitter_us;
	unsigned int fail_nth;
	unsigned int hang_nth;
	unsigned int short_nth;
	atomic64_t findings;
	struct virt_space space;
	struct virt_signals *signals;
	struct virt_engine *engine;
	struct dmaspan_device *ddev;
};

static inline struct virt_device *to_virt(struct device *dev)
{
	return *(struct virt_device **)dev_get_platdata(dev);
}

/**
 * struct virt_params - what all devices have; as in struct virt_device, but for:
 * @devices: how many there are
 */
struct virt_params {
	unsigned int devices;
	unsigned int channels;
	unsigned int address_bits;
	unsigned int max_segment;
	unsigned int alignment;
};

/* virt_params.c */
bool virt_params_valid(const struct virt_params *params);
extern const struct attribute_group virt_group;

/* Findings. The texts are in virt_finding.c, in this order. */
enum virt_kind {
	/* faults: the transfer fails */
	VIRT_UNMAPPED,		/* no map is there, or not any more */
	VIRT_OUTSIDE,		/* beyond the end of a map, or between its pieces */
	VIRT_DIRECTION,		/* read of a map made for writing, or the reverse */
	VIRT_WIDTH,		/* more address bits than the device has */
	VIRT_UNALIGNED,
	VIRT_SEGMENT,		/* too long, or too many */
	/* data that CPU and device see differently */
	VIRT_STALE_READ,	/* device read what the CPU has changed since the hand-over */
	VIRT_STALE_WRITE,	/* device wrote where the CPU has written since the hand-over */
	VIRT_CPU_WRITE,		/* CPU wrote while the device owned it; a sync undoes it */
	VIRT_NOT_TAKEN,		/* delivered data that no sync_for_cpu took */
	/* misuse of the DMA API */
	VIRT_IN_FLIGHT,		/* sync or unmap while a transfer uses it */
	VIRT_NOT_MAPPED,	/* sync or unmap of what is not mapped, or not any more */
	VIRT_MISMATCH,		/* sync or unmap with another size or direction */
	VIRT_OVERLAP,		/* two maps let the device write the same memory */
	VIRT_MASK,		/* a DMA mask that the device cannot work with */
	VIRT_LEAK,		/* still mapped when the device went */
	VIRT_KINDS
};

/* What was done when something was found. */
enum virt_act {
	VIRT_DEVICE_READ,
	VIRT_DEVICE_WRITE,
	VIRT_DO_MAP,
	VIRT_DO_UNMAP,
	VIRT_DO_SYNC_FOR_CPU,
	VIRT_DO_SYNC_FOR_DEVICE,
	VIRT_DO_REMOVE,
	VIRT_ACTS
};

#define VIRT_SITE_DEPTH	6

/**
 * struct virt_origin - which call made a map, for findings
 * @serial: of the map, from 1; 0: there is none
 * @start: first address
 * @size: from the first byte to the last
 * @dir: who writes
 * @pid: of the process that was running
 * @comm: its name
 * @depth: number of @site
 * @site: return addresses, innermost first
 */
struct virt_origin {
	u64 serial;
	dma_addr_t start;
	size_t size;
	enum dma_data_direction dir;
	pid_t pid;
	char comm[16];
	unsigned int depth;
	unsigned long site[VIRT_SITE_DEPTH];
};

/* virt_finding.c: needs no lock, takes only its own; any context */
int virt_finding_init(void);
void virt_finding_exit(void);
void virt_found(struct virt_device *v, enum virt_kind kind, enum virt_act act,
		const struct virt_origin *origin, dma_addr_t addr, size_t len);
const char *virt_direction_name(enum dma_data_direction dir);
void virt_origin_show(struct seq_file *m, const struct virt_origin *origin);
void virt_comm_show(struct seq_file *m, const char *comm);

/**
 * struct virt_claim - a range that a queued transfer will touch
 * @node: in virt_map.reads or .writes
 * @last_below: the last byte of all claims below @node
 * @map: the map that @addr lies in, with a reference; NULL if there is none
 * @addr: bus address
 * @len: in bytes
 * @write: the device will write
 *
 * While it is held, a sync or unmap of the range is a finding.
 */
struct virt_claim {
	struct rb_node node;
	dma_addr_t last_below;
	struct virt_map *map;
	dma_addr_t addr;
	size_t len;
	bool write;
};

/**
 * virt_claim() - a segment of a transfer is queued
 * @v: the device
 * @claim: the caller's, until virt_unclaim()
 * @addr: bus address
 * @len: in bytes, not 0
 * @write: the device will write
 *
 * Checks what a device is built to: address lines, alignment, length. What is
 * mapped there is checked when the bytes move.
 *
 * Context: any.
 * Return: 0, or -EFAULT: the transfer must fail; @claim is held all the same.
 */
int virt_claim(struct virt_device *v, struct virt_claim *claim, dma_addr_t addr,
	       size_t len, bool write);
void virt_unclaim(struct virt_device *v, struct virt_claim *claim);

/**
 * typedef virt_visit_t - what virt_visit() does with memory
 * @context: the caller's
 * @data: memory as the device sees it
 * @len: bytes there
 *
 * Atomic context; strict: with virt_space.lock held, so it must be short.
 */
typedef void (*virt_visit_t)(void *context, void *data, size_t len);

/**
 * virt_visit() - the device reads or writes memory
 * @v: the device
 * @addr: bus address
 * @len: in bytes
 * @write: it writes
 * @visit: called for each piece, in order; pieces begin at multiples of 8 of
 *	@addr and end at such, but for the last
 * @context: for @visit
 *
 * What the device reads, somebody has taken: delivered bytes that it reads, and
 * then writes, are not lost.
 *
 * Context: process, may sleep between pieces.
 * Return: 0, or -EFAULT at the first byte that it may not touch; what was
 * visited before has taken effect.
 */
int virt_visit(struct virt_device *v, dma_addr_t addr, size_t len, bool write,
	       virt_visit_t visit, void *context);

/**
 * virt_copy() - the device reads and writes memory
 *
 * As virt_visit(); the ranges must not overlap. Only the mover calls it.
 */
int virt_copy(struct virt_device *v, dma_addr_t dst, dma_addr_t src, size_t len);

/**
 * virt_delivered() - a transfer that wrote @addr has completed
 *
 * From here on, somebody is expected to take the range. Context: any.
 */
void virt_delivered(struct virt_device *v, dma_addr_t addr, size_t len);

/* virt_map.c: the space, for virt_main.c; what else it has is in virt_map.h */
int virt_space_init(struct virt_device *v);
void virt_space_exit(struct virt_device *v);
unsigned int virt_space_leaks(struct virt_device *v);
extern const struct file_operations virt_maps_fops;

/* virt_dma.c, virt_engine.c: for virt_main.c */

/**
 * virt_engine_create() - probe(): start the engine, register it with dmaengine
 * @v: its space and signals are there, its masks set; v->engine is set
 *
 * Channels can be requested by name with dma_request_chan(&v->pdev->dev, ...).
 *
 * Return: 0 or a negative errno.
 */
int virt_engine_create(struct virt_device *v);

/**
 * virt_engine_destroy() - remove(): all that is queued fails, nothing moves any more
 * @v: v->engine is NULL after it; clients may go on holding channels
 */
void virt_engine_destroy(struct virt_device *v);

/* For debugfs: one line for each channel: name, client, state, queued, moved. */
void virt_engine_show(struct virt_device *v, struct seq_file *m);

/* virt_signal.c */
struct virt_signals *virt_signals_create(void);
void virt_signals_destroy(struct virt_signals *signals);
extern const struct attribute_group virt_source_group;	/* sysfs source/ */
extern const struct attribute_group virt_sink_group;	/* sysfs sink/ */

/* virt_ops.c; NULL where the kernel has no per-device operations */
extern const struct dma_map_ops *const virt_dma_ops;

#endif /* _DMASPAN_VIRT_H */
