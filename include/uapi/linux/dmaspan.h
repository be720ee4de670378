/* SPDX-License-Identifier: (GPL-2.0 WITH Linux-syscall-note) OR MIT */
/*
 * dmaspan: DMA memory for programs.
 *
 * A device is an open node /dev/dmaspan/NAME. A buffer is a dma-buf fd, and
 * nothing else: what is asked about a buffer is asked on a node, with the fd
 * as argument. A mapping is an id on the open node it was made on. A channel
 * is an fd of its own.
 *
 * Rules that hold for every command:
 *
 * - The struct starts with its own size, as the caller knows it, and flags.
 *   A larger struct is accepted as long as what this kernel does not know is
 *   zero; fields that a smaller one lacks are taken as zero.
 * - Fields named __reserved must be zero. Fields named out_ are written by
 *   the kernel on success only, unless their comment says otherwise.
 * - Lengths and offsets are in bytes. Pointers travel as __u64.
 *
 * What an errno means, for the whole device:
 *
 * ENOTTY      unknown command, or a command of another kind of fd
 * E2BIG       the struct's unknown tail is not zero, or it is absurdly large
 * EFAULT      a pointer cannot be read or written
 * EINVAL      a wrong value: unknown flag, reserved field, size, range, fd
 *             that is not a dma-buf, a copy onto itself
 * EINTR       the caller was killed
 * EOPNOTSUPP  a known field with a value that is not supported here, a
 *             dma-buf of another exporter, a transfer or channel that the DMA
 *             engine is not able to do
 * EOVERFLOW   an offset plus a length wraps
 * ENOENT      no mapping with this id, no channel of this name or index
 * EBADF       not an open fd
 * EACCES      the node or the buffer was opened for less, or the mapping's
 *             direction does not allow it
 * EXDEV       the buffer's memory belongs to another device, or this one can
 *             use it only with syncs, which its kind promises not to need
 * EBUSY       in use: a mapping by a transfer, a channel by an owner
 * EMSGSIZE    the array is too small; the needed count is written
 * ENOMEM      the kernel or the caller's memory cgroup has no memory left
 * EDQUOT      the device's limit is reached, or half of the bounce memory
 * EMFILE      the caller's fd table is full
 * ERANGE      the device cannot map this buffer: address width, or the
 *             bounce memory
 * EAGAIN      nothing to read yet (O_NONBLOCK), or the queue is full
 * ECANCELED   (in a completion) the transfer was cancelled
 * EIO         (in a completion) the DMA engine reported a failure
 * ENODEV      the device is gone
 */
#ifndef _UAPI_LINUX_DMASPAN_H
#define _UAPI_LINUX_DMASPAN_H

#include <linux/ioctl.h>
#include <linux/types.h>

#define DMASPAN_IOCTL_TYPE	0xDA

#define DMASPAN_NAME_LEN	32	/* with the terminating zero */
#define DMASPAN_MAX_RANGES	1024	/* in one SYNC */
#define DMASPAN_MAX_TRANSFERS	1024	/* in one SUBMIT, and queued on one channel */
#define DMASPAN_MAX_TRANSFER_SIZE 256	/* of one struct dmaspan_transfer, ever */

/* Commands of a node */
#define DMASPAN_INFO		_IO(DMASPAN_IOCTL_TYPE, 0x00)
#define DMASPAN_CHANNEL_INFO	_IO(DMASPAN_IOCTL_TYPE, 0x01)
#define DMASPAN_BUFFER_INFO	_IO(DMASPAN_IOCTL_TYPE, 0x02)
#define DMASPAN_ALLOC		_IO(DMASPAN_IOCTL_TYPE, 0x03)
#define DMASPAN_MAP		_IO(DMASPAN_IOCTL_TYPE, 0x04)
#define DMASPAN_SEGMENTS	_IO(DMASPAN_IOCTL_TYPE, 0x05)
#define DMASPAN_UNMAP		_IO(DMASPAN_IOCTL_TYPE, 0x06)
#define DMASPAN_SYNC		_IO(DMASPAN_IOCTL_TYPE, 0x07)
#define DMASPAN_CHANNEL_OPEN	_IO(DMASPAN_IOCTL_TYPE, 0x08)
/* Commands of a channel */
#define DMASPAN_SUBMIT		_IO(DMASPAN_IOCTL_TYPE, 0x20)
#define DMASPAN_CANCEL		_IO(DMASPAN_IOCTL_TYPE, 0x21)

/**
 * enum dmaspan_kind - where a buffer's memory comes from
 * @DMASPAN_KIND_CACHED: pages, cached for the CPU, mapped for streaming DMA
 * @DMASPAN_KIND_COHERENT: CPU and device agree without a sync
 * @DMASPAN_KIND_WC: write-combined for the CPU, where the architecture has it
 */
enum dmaspan_kind {
	DMASPAN_KIND_CACHED = 0,
	DMASPAN_KIND_COHERENT = 1,
	DMASPAN_KIND_WC = 2,
};

/**
 * enum dmaspan_direction - who writes, as in the kernel's enum dma_data_direction
 * @DMASPAN_BIDIRECTIONAL: both
 * @DMASPAN_TO_DEVICE: the device only reads
 * @DMASPAN_FROM_DEVICE: the device only writes
 */
enum dmaspan_direction {
	DMASPAN_BIDIRECTIONAL = 0,
	DMASPAN_TO_DEVICE = 1,
	DMASPAN_FROM_DEVICE = 2,
};

/**
 * enum dmaspan_class - how a device reaches a mapped buffer
 * @DMASPAN_CLASS_DIRECT: at its physical addresses
 * @DMASPAN_CLASS_IOMMU: through an IOMMU, or mapping operations of its own
 * @DMASPAN_CLASS_BOUNCED: through a bounce buffer, copied at every sync
 */
enum dmaspan_class {
	DMASPAN_CLASS_DIRECT = 0,
	DMASPAN_CLASS_IOMMU = 1,
	DMASPAN_CLASS_BOUNCED = 2,
};

/*
 * struct dmaspan_info.out_flags. COHERENT: the device sees memory as the CPU
 * does, so that a mapping needs a sync only if it is bounced. A device that
 * snoops the CPU's caches is not COHERENT if its own mapping operations sync
 * all the same. IOMMU: its addresses are translated, by an IOMMU or by mapping
 * operations of its own.
 */
#define DMASPAN_DEVICE_COHERENT		(1U << 0)
#define DMASPAN_DEVICE_IOMMU		(1U << 1)

/**
 * struct dmaspan_info - DMASPAN_INFO: facts about the device
 * @size: sizeof(struct dmaspan_info)
 * @flags: must be zero
 * @out_abi: version of this interface, counted up when commands or fields are
 *	added: DMASPAN_ABI_VERSION
 * @out_flags: DMASPAN_DEVICE_*
 * @out_name: the node's name
 * @out_bus_name: bus and address of the device behind it, e.g. "pci/0000:00:04.0"
 * @out_dma_mask: the addresses the device can put on the bus
 * @out_max_mapping: longest single segment of a cached buffer for it
 * @out_limit: bytes that all its openers together may hold
 * @out_used: bytes that they hold now: buffers, and an IOMMU's page tables
 * @out_channels: number of channels
 * @__reserved: must be zero
 */
struct dmaspan_info {
	__u32 size;
	__u32 flags;
	__u32 out_abi;
	__u32 out_flags;
	char out_name[DMASPAN_NAME_LEN];
	char out_bus_name[2 * DMASPAN_NAME_LEN];
	__u64 out_dma_mask;
	__u64 out_max_mapping;
	__u64 out_limit;
	__u64 out_used;
	__u32 out_channels;
	__u32 __reserved;
};

/* 2: memory-to-memory channels: dmaspan_transfer.src_*, dmaspan_submit.transfer_size */
#define DMASPAN_ABI_VERSION	2

/* struct dmaspan_channel_info.out_flags */
#define DMASPAN_CHANNEL_BUSY		(1U << 0) /* it has an owner */

/**
 * struct dmaspan_channel_info - DMASPAN_CHANNEL_INFO: facts about one channel
 * @size: sizeof(struct dmaspan_channel_info)
 * @flags: must be zero
 * @index: 0 to dmaspan_info.out_channels - 1, else ENOENT
 * @out_flags: DMASPAN_CHANNEL_*
 * @out_direction: DMASPAN_TO_DEVICE, DMASPAN_FROM_DEVICE, or
 *	DMASPAN_BIDIRECTIONAL: from memory to memory
 * @out_owner: process that has it open, in the caller's pid namespace, or 0
 * @out_name: its name
 */
struct dmaspan_channel_info {
	__u32 size;
	__u32 flags;
	__u32 index;
	__u32 out_flags;
	__u32 out_direction;
	__u32 out_owner;
	char out_name[DMASPAN_NAME_LEN];
};

/* struct dmaspan_alloc.flags */
#define DMASPAN_ALLOC_CONTIGUOUS	(1U << 0) /* one physical range, or ENOMEM */

/**
 * struct dmaspan_alloc - DMASPAN_ALLOC: a new buffer, zeroed
 * @size: sizeof(struct dmaspan_alloc)
 * @flags: DMASPAN_ALLOC_*
 * @kind: enum dmaspan_kind
 * @fd_flags: O_CLOEXEC, and O_RDWR, without which the fd is read-only
 * @length: in bytes; a multiple of the page size, not zero
 * @out_fd: the buffer, a dma-buf fd owned by the caller
 * @__reserved: must be zero
 */
struct dmaspan_alloc {
	__u32 size;
	__u32 flags;
	__u32 kind;
	__u32 fd_flags;
	__u64 length;
	__s32 out_fd;
	__u32 __reserved;
};

/* struct dmaspan_buffer_info.out_flags */
#define DMASPAN_BUFFER_DIRECT_IO	(1U << 0) /* its CPU mapping takes O_DIRECT etc. */
#define DMASPAN_BUFFER_CPU_CACHED	(1U << 1) /* the CPU's view is cached */
#define DMASPAN_BUFFER_FAULTED		(1U << 2) /* a CPU view is filled by faults, a
						   * huge page each; MAP_POPULATE does
						   * it at once
						   */
#define DMASPAN_BUFFER_GONE		(1U << 3) /* its memory went with its device */

/**
 * struct dmaspan_buffer_info - DMASPAN_BUFFER_INFO: what a buffer is made of
 * @size: sizeof(struct dmaspan_buffer_info)
 * @flags: must be zero
 * @fd: the buffer
 * @out_kind: enum dmaspan_kind
 * @out_flags: DMASPAN_BUFFER_*
 * @out_huge: size of the huge entries that a CPU view can be mapped with, if it
 *	starts at a multiple of it; 0: only pages
 * @out_length: in bytes
 * @out_extents: number of physically contiguous pieces
 * @out_mappings: number of live mappings, of all openers
 * @out_attachments: number of other drivers that have it attached
 * @__reserved: must be zero
 */
struct dmaspan_buffer_info {
	__u32 size;
	__u32 flags;
	__s32 fd;
	__u32 out_kind;
	__u32 out_flags;
	__u32 out_huge;
	__u64 out_length;
	__u64 out_extents;
	__u32 out_mappings;
	__u32 out_attachments;
	__u64 __reserved;
};

/* struct dmaspan_map.out_flags */
#define DMASPAN_MAPPING_NEEDS_SYNC	(1U << 0) /* SYNC is a must at every hand-over */

/**
 * struct dmaspan_map - DMASPAN_MAP: give the device addresses for a buffer
 * @size: sizeof(struct dmaspan_map)
 * @flags: must be zero
 * @fd: the buffer; a read-only fd can only be mapped DMASPAN_TO_DEVICE
 * @direction: enum dmaspan_direction
 * @out_mapping: the id, not zero, valid on this open node only
 * @out_class: enum dmaspan_class
 * @out_segments: number of DMA segments
 * @out_flags: DMASPAN_MAPPING_*
 *
 * The buffer is the device's from here on: the CPU's writes before the call
 * are seen by the device; later ones need a SYNC.
 */
struct dmaspan_map {
	__u32 size;
	__u32 flags;
	__s32 fd;
	__u32 direction;
	__u32 out_mapping;
	__u32 out_class;
	__u32 out_segments;
	__u32 out_flags;
};

/**
 * struct dmaspan_segment - one range of device addresses
 * @address: as the device must put it on the bus
 * @length: in bytes
 */
struct dmaspan_segment {
	__u64 address;
	__u64 length;
};

/**
 * struct dmaspan_segments - DMASPAN_SEGMENTS: a mapping's device addresses
 * @size: sizeof(struct dmaspan_segments)
 * @flags: must be zero
 * @mapping: the id
 * @count: room in the array
 * @segments: pointer to an array of struct dmaspan_segment
 * @out_count: number of segments; also written with EMSGSIZE
 * @__reserved: must be zero
 */
struct dmaspan_segments {
	__u32 size;
	__u32 flags;
	__u32 mapping;
	__u32 count;
	__u64 segments;
	__u32 out_count;
	__u32 __reserved;
};

/**
 * struct dmaspan_unmap - DMASPAN_UNMAP: take the device's addresses back
 * @size: sizeof(struct dmaspan_unmap)
 * @flags: must be zero
 * @mapping: the id; EBUSY while a transfer uses it
 * @__reserved: must be zero
 *
 * After it the device can no longer reach the buffer through this mapping. It
 * moves no data, no more than closing the node does: what the device wrote is
 * taken back by a SYNC before it. Behind an IOMMU that is not strict
 * (iommu.strict=0) the kernel may let the device go on for some milliseconds.
 */
struct dmaspan_unmap {
	__u32 size;
	__u32 flags;
	__u32 mapping;
	__u32 __reserved;
};

/* struct dmaspan_sync.flags: exactly one */
#define DMASPAN_SYNC_FOR_DEVICE		(1U << 0) /* hand the ranges to the device */
#define DMASPAN_SYNC_FOR_CPU		(1U << 1) /* take the ranges back */

/**
 * struct dmaspan_range - a piece of a buffer
 * @offset: from the buffer's start
 * @length: in bytes, not zero
 */
struct dmaspan_range {
	__u64 offset;
	__u64 length;
};

/**
 * struct dmaspan_sync - DMASPAN_SYNC: hand ranges over, exactly these
 * @size: sizeof(struct dmaspan_sync)
 * @flags: DMASPAN_SYNC_*
 * @mapping: the id
 * @count: number of ranges, 1 to DMASPAN_MAX_RANGES
 * @ranges: pointer to an array of struct dmaspan_range; all are checked
 *	before the first is synced
 */
struct dmaspan_sync {
	__u32 size;
	__u32 flags;
	__u32 mapping;
	__u32 count;
	__u64 ranges;
};

/**
 * struct dmaspan_channel_open - DMASPAN_CHANNEL_OPEN: own a channel
 * @size: sizeof(struct dmaspan_channel_open)
 * @flags: must be zero
 * @name: the channel's name, zero-terminated
 * @fd_flags: O_CLOEXEC, O_NONBLOCK
 * @out_fd: the channel, an fd owned by the caller
 * @out_direction: DMASPAN_TO_DEVICE, DMASPAN_FROM_DEVICE, or
 *	DMASPAN_BIDIRECTIONAL: from memory to memory
 * @__reserved: must be zero
 *
 * The channel takes mappings of the open node that it was opened on.
 */
struct dmaspan_channel_open {
	__u32 size;
	__u32 flags;
	char name[DMASPAN_NAME_LEN];
	__u32 fd_flags;
	__s32 out_fd;
	__u32 out_direction;
	__u32 __reserved;
};

/**
 * struct dmaspan_transfer - one piece of work for a channel
 * @mapping: the id, whose direction includes the channel's; on a
 *	memory-to-memory channel the destination, whose direction lets the
 *	device write
 * @flags: must be zero
 * @offset: from the buffer's start
 * @length: in bytes, not zero
 * @cookie: the caller's own, given back in the completion
 * @src_mapping: on a memory-to-memory channel the source's id, whose direction
 *	lets the device read; else zero
 * @__reserved: must be zero
 * @src_offset: from the start of the source's buffer; zero on other channels
 *
 * Source and destination may be one buffer, but not overlap.
 */
struct dmaspan_transfer {
	__u32 mapping;
	__u32 flags;
	__u64 offset;
	__u64 length;
	__u64 cookie;
	__u32 src_mapping;
	__u32 __reserved;
	__u64 src_offset;
};

/**
 * struct dmaspan_submit - DMASPAN_SUBMIT: queue transfers, in order
 * @size: sizeof(struct dmaspan_submit)
 * @flags: must be zero
 * @transfers: pointer to an array of struct dmaspan_transfer
 * @count: number of transfers, 1 to DMASPAN_MAX_TRANSFERS
 * @transfer_size: sizeof(struct dmaspan_transfer), as the caller knows it, a
 *	multiple of 8; zero: 32, up to and with @cookie. What a smaller one
 *	lacks is zero; of a larger one, up to DMASPAN_MAX_TRANSFER_SIZE, what
 *	this kernel does not know must be zero (E2BIG)
 *
 * All or nothing: either each transfer is queued and will be completed once,
 * or none is. EAGAIN if they do not fit: completions that were not read yet
 * count as queued.
 */
struct dmaspan_submit {
	__u32 size;
	__u32 flags;
	__u64 transfers;
	__u32 count;
	__u32 transfer_size;
};

/**
 * struct dmaspan_cancel - DMASPAN_CANCEL: stop all queued transfers
 * @size: sizeof(struct dmaspan_cancel)
 * @flags: must be zero
 * @out_cancelled: number of transfers stopped
 * @__reserved: must be zero
 *
 * When it returns the engine has stopped; each stopped transfer's completion
 * says ECANCELED and how much was moved for certain.
 */
struct dmaspan_cancel {
	__u32 size;
	__u32 flags;
	__u32 out_cancelled;
	__u32 __reserved;
};

/**
 * struct dmaspan_completion - what read() on a channel returns, any number
 * @cookie: the transfer's
 * @length: bytes moved. If @status is 0: the first ones, all of them unless the
 *	device ended the transfer early. Else: as many for certain, of a copy
 *	not necessarily the first ones
 * @time: when it ended, CLOCK_MONOTONIC, in nanoseconds
 * @status: 0, or a negative errno: -ECANCELED, -EIO, -ENODEV
 * @__reserved: zero
 *
 * read() blocks until there is at least one (unless O_NONBLOCK). Once the
 * device is gone it returns what there is, then ENODEV. poll() says POLLIN
 * when there is one to read, and POLLHUP when the device is gone.
 */
struct dmaspan_completion {
	__u64 cookie;
	__u64 length;
	__u64 time;
	__s32 status;
	__u32 __reserved;
};

#endif /* _UAPI_LINUX_DMASPAN_H */
