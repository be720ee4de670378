/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the nouns of dmaspan.ko know of each other.
 *
 * References, all downwards:
 *
 *   node file      -> context -> device
 *   channel file   -> channel -> open node's context
 *   mapping id     -> mapping -> buffer (its dma-buf), device
 *   transfer       -> mapping, of a copy both
 *   dma-buf file   -> buffer  -> device (for its account, and for memory that
 *                                belongs to it)
 *
 * A device object outlives its hardware: dmaspan_withdraw() sets gone, undoes
 * all that touches the hardware, and leaves the object to its references.
 *
 * Lock order, outermost first:
 *
 *   dmaspan_device.lock     read: hardware may be touched until released, if
 *                           not gone. write: dmaspan_withdraw(). Never held
 *                           while user memory is accessed: a caller could
 *                           stall it and with it the removal of the device.
 *   dmaspan_channel.lock    order of submission; stop against submit
 *   mmap_lock, dma_resv     held by callers of the dma-buf operations
 *   dmaspan_buffer.lock     read: its DMA views and device memory stay.
 *                           write: they change.
 *   i_mmap_rwsem            taken by unmap_mapping_range()
 *   xa_lock of dmaspan_context.mappings
 *   dmaspan_device.list_lock
 *   dmaspan_channel.list_lock   also taken by an engine's callback
 *   the engine's own locks
 */
#ifndef DMASPAN_PRIVATE_H
#define DMASPAN_PRIVATE_H

#include <linux/cdev.h>
#include <linux/device.h>
#include <linux/dma-buf.h>
#include <linux/dma-mapping.h>
#include <linux/dmaengine.h>
#include <linux/dmaspan.h>
#include <linux/kref.h>
#include <linux/list.h>
#include <linux/overflow.h>
#include <linux/rwsem.h>
#include <linux/scatterlist.h>
#include <linux/xarray.h>
#include <uapi/linux/dmaspan.h>

struct dmaspan_channel;
struct dmaspan_memory_ops;

/*
 * How a buffer and what describes it are allocated: beyond its memory cgroup's
 * limit the caller gets -ENOMEM, and the OOM killer is not called for it.
 */
#define DMASPAN_GFP_BUFFER	(GFP_KERNEL_ACCOUNT | __GFP_NOWARN | __GFP_RETRY_MAYFAIL)

/**
 * enum dmaspan_translation - who makes the addresses that a device uses
 * @DMASPAN_UNTRANSLATED: nobody: physical addresses, or the bounce memory's
 * @DMASPAN_BY_IOMMU: the kernel's IOMMU layer
 * @DMASPAN_BY_OPS: the device's own struct dma_map_ops
 */
enum dmaspan_translation {
	DMASPAN_UNTRANSLATED = 0,
	DMASPAN_BY_IOMMU,
	DMASPAN_BY_OPS,
};

/**
 * struct dmaspan_slot - a channel that a device offers, owned or not
 * @name: what programs open
 * @dma_name: what dma_request_chan() is asked for
 * @config: for dmaengine_slave_config(), except of a channel whose direction in
 *	it is DMA_MEM_TO_MEM
 * @owner: process that has it open, NULL if nobody; under list_lock
 */
struct dmaspan_slot {
	char name[DMASPAN_NAME_LEN];
	char *dma_name;
	struct dma_slave_config config;
	struct pid *owner;
};

/**
 * struct dmaspan_device - a device offered to programs
 * @node: the class device; its reference count is this object's
 * @cdev: the character device, child of @node
 * @dma: the device that masters the bus; not to be touched once @gone
 * @snoops: ordinary pages are coherent for it, and are not bounced
 * @bus_name: bus and address of @dma, readable when it is gone
 * @lock: see above
 * @gone: withdrawn; under @lock
 * @list_lock: guards the lists below and dmaspan_slot.owner
 * @mappings: every live struct dmaspan_mapping
 * @buffers: buffers whose memory belongs to @dma
 * @channels: every open struct dmaspan_channel
 * @used: bytes charged
 * @limit: bytes that may be charged
 * @num_slots: number of @slots
 * @slots: channels offered
 */
struct dmaspan_device {
	struct device node;
	struct cdev cdev;
	struct device *dma;
	bool snoops;
	char bus_name[2 * DMASPAN_NAME_LEN];
	struct rw_semaphore lock;
	bool gone;
	spinlock_t list_lock;	/* the lists, and dmaspan_slot.owner */
	struct list_head mappings;
	struct list_head buffers;
	struct list_head channels;
	atomic64_t used;
	u64 limit;
	unsigned int num_slots;
	struct dmaspan_slot *slots;
};

/**
 * struct dmaspan_context - an open node: the name space of mapping ids
 * @ref: held by the node's file and by channels opened on it
 * @ddev: the device
 * @mappings: id to struct dmaspan_mapping; reserved ids hold no entry
 */
struct dmaspan_context {
	struct kref ref;
	struct dmaspan_device *ddev;
	struct xarray mappings;
};

/**
 * struct dmaspan_buffer - memory
 * @ref: held by its dma-buf, and by dmaspan_withdraw() while it revokes
 * @ddev: the device it was made on; has its charge
 * @inode: of its dma-buf, to find its CPU views
 * @ops: how its memory is handled
 * @kind: enum dmaspan_kind
 * @contiguous: one physical range was asked for
 * @size: in bytes
 * @charged: bytes charged to @ddev
 * @pages: every page of it, NULL where the memory has none
 * @nr_pages: number of @pages
 * @extents: physically contiguous pieces
 * @huge: but for its tail, all blocks fill a huge entry of a CPU view
 * @lock: see above
 * @allocated: its memory is there; device memory goes with its device; under
 *	@lock
 * @views: struct dmaspan_view of all importers, ours too; under @lock
 * @attachments: number of other drivers that have it attached; under @lock
 * @vaddr: kernel address while @vmaps is not 0; under @lock
 * @vmaps: kernel users of @vaddr; under @lock
 * @idle: woken when a view or a vmap goes
 * @entry: in dmaspan_device.buffers
 * @cpu_addr: of device memory
 * @dma_addr: of device memory, for @ddev
 * @attrs: of device memory, for the DMA API
 */
struct dmaspan_buffer {
	struct kref ref;
	struct dmaspan_device *ddev;
	struct inode *inode;
	const struct dmaspan_memory_ops *ops;
	u32 kind;
	bool contiguous;
	size_t size;
	u64 charged;
	struct page **pages;
	unsigned long nr_pages;
	unsigned long extents;
	bool huge;
	struct rw_semaphore lock;
	bool allocated;
	struct list_head views;
	unsigned int attachments;
	void *vaddr;
	unsigned int vmaps;
	wait_queue_head_t idle;
	struct list_head entry;
	void *cpu_addr;
	dma_addr_t dma_addr;
	unsigned long attrs;
};

/**
 * struct dmaspan_view - a buffer as one device sees it
 * @entry: in dmaspan_buffer.views
 * @buf: the buffer
 * @dev: the device
 * @dir: who writes
 * @sgt: pages and DMA addresses
 * @class: enum dmaspan_class
 * @needs_sync: a hand-over without a sync loses data
 * @foreign: made by another driver through the dma-buf
 * @mapped: it is live; under dmaspan_buffer.lock
 */
struct dmaspan_view {
	struct list_head entry;
	struct dmaspan_buffer *buf;
	struct device *dev;
	enum dma_data_direction dir;
	struct sg_table sgt;
	u32 class;
	bool needs_sync;
	bool foreign;
	bool mapped;
};

/**
 * struct dmaspan_mapping - a view that a program holds, by id
 * @ref: held by the id, and for the time of a command or a transfer
 * @ddev: the device
 * @dmabuf: reference that keeps the buffer
 * @entry: in dmaspan_device.mappings
 * @charged: bytes charged to @ddev for what the addresses cost
 * @bounced: bytes of bounce memory it holds
 * @view: the view
 * @in_flight: transfers that use it; raised under the context's xa_lock
 * @segments: DMA addresses, by offset; fixed while it lives
 * @num_segments: number of @segments
 */
struct dmaspan_mapping {
	struct kref ref;
	struct dmaspan_device *ddev;
	struct dma_buf *dmabuf;
	struct list_head entry;
	u64 charged;
	u64 bounced;
	struct dmaspan_view view;
	atomic_t in_flight;
	struct dmaspan_extent {
		u64 offset;
		u64 length;
		dma_addr_t address;
	} *segments;
	unsigned int num_segments;
};

/**
 * struct dmaspan_memory_ops - one kind of memory
 * @alloc: get dmaspan_buffer.size bytes, zeroed; sets what describes them
 * @free: give them back
 * @map: fill dmaspan_view.sgt with addresses for dmaspan_view.dev
 * @unmap: undo @map
 * @mmap: make a CPU view for a program; the flags are already checked
 * @vmap: kernel address, or NULL
 * @vunmap: undo @vmap
 * @device_memory: it belongs to the device and goes with it
 *
 * alloc, free: the device is there (dmaspan_device.lock, or withdrawal).
 * map, unmap, vmap, vunmap: under dmaspan_buffer.lock for writing.
 */
struct dmaspan_memory_ops {
	int (*alloc)(struct dmaspan_buffer *buf);
	void (*free)(struct dmaspan_buffer *buf);
	int (*map)(struct dmaspan_view *view);
	void (*unmap)(struct dmaspan_view *view);
	int (*mmap)(struct dmaspan_buffer *buf, struct vm_area_struct *vma);
	void *(*vmap)(struct dmaspan_buffer *buf);
	void (*vunmap)(struct dmaspan_buffer *buf);
	bool device_memory;
};

extern const struct dmaspan_memory_ops dmaspan_pages_ops;
extern const struct dmaspan_memory_ops dmaspan_coherent_ops;
int dmaspan_pages_table(struct dmaspan_view *view);

/**
 * dmaspan_buffer_usable() - whether new users of a buffer's memory may come
 * @buf: the buffer; its lock is held
 *
 * dmaspan_buffer_revoke() takes the lock after gone is set: a user that was
 * let in is seen by it.
 */
static inline bool dmaspan_buffer_usable(const struct dmaspan_buffer *buf)
{
	lockdep_assert_held(&buf->lock);
	return buf->allocated &&
	       !(buf->ops->device_memory && READ_ONCE(buf->ddev->gone));
}

/* A channel's direction as the ABI says it. */
static inline u32 dmaspan_slot_direction(const struct dmaspan_slot *slot)
{
	switch (slot->config.direction) {
	case DMA_MEM_TO_DEV:
		return DMASPAN_TO_DEVICE;
	case DMA_DEV_TO_MEM:
		return DMASPAN_FROM_DEVICE;
	default:
		return DMASPAN_BIDIRECTIONAL;
	}
}

/**
 * struct dmaspan_call - one command on its way
 * @ctx: the open node, or the one that the channel was opened on
 * @channel: of a command on a channel's fd
 * @arg: the struct, as this kernel knows it
 * @array: copied in by the check, or made by the run; freed after the reply
 * @array_to: where @array is copied out to
 * @array_bytes: how much of it; 0 if it is not copied out
 * @fd: reserved, installed after the reply with @file
 * @file: belongs to the call until then
 * @id: reserved, published after the reply with @map
 * @map: belongs to the call until then
 * @bad: mapping and range that a failure is about, as far as known
 */
struct dmaspan_call {
	struct dmaspan_context *ctx;
	struct dmaspan_channel *channel;
	union {
		struct dmaspan_info info;
		struct dmaspan_channel_info channel_info;
		struct dmaspan_buffer_info buffer_info;
		struct dmaspan_alloc alloc;
		struct dmaspan_map map;
		struct dmaspan_segments segments;
		struct dmaspan_unmap unmap;
		struct dmaspan_sync sync;
		struct dmaspan_channel_open channel_open;
		struct dmaspan_submit submit;
		struct dmaspan_cancel cancel;
	} arg;
	void *array;
	void __user *array_to;
	size_t array_bytes;
	int fd;
	struct file *file;
	u32 id;
	struct dmaspan_mapping *map;
	struct dmaspan_transfer bad;
};

/**
 * struct dmaspan_command - one row of a command table
 * @number: its ioctl number
 * @name: as its struct is called
 * @write: the node must be open for writing
 * @replies: it has outputs; else the caller's struct is only read
 * @size: of its struct, in this kernel
 * @min_size: of its struct, in the first version that had it
 * @check: flags, values, arrays of the caller; takes no lock
 * @run: does it; the device is there and stays
 */
struct dmaspan_command {
	unsigned int number;
	const char *name;
	bool write;
	bool replies;
	u16 size;
	u16 min_size;
	int (*check)(struct dmaspan_call *call);
	int (*run)(struct dmaspan_call *call);
};

/* call.c */
int dmaspan_call_command(const struct dmaspan_command *cmd, struct dmaspan_call *call,
			 void __user *uarg);

/* command.c */
long dmaspan_node_command(struct dmaspan_context *ctx, bool writable,
			  unsigned int number, void __user *uarg);
long dmaspan_channel_command(struct dmaspan_channel *ch,
			     struct dmaspan_context *ctx,
			     unsigned int number, void __user *uarg);

/* device.c */
extern struct class dmaspan_class;
void dmaspan_device_get(struct dmaspan_device *ddev);
void dmaspan_device_put(struct dmaspan_device *ddev);
enum dmaspan_translation dmaspan_device_translation(struct device *dev);
u32 dmaspan_device_flags(struct dmaspan_device *ddev);
struct dmaspan_slot *dmaspan_device_slot(struct dmaspan_device *ddev, const char *name);
u64 dmaspan_device_reach(struct device *dev);
bool dmaspan_device_bounces(struct device *dev);

/* main.c */
int dmaspan_node_add(struct dmaspan_device *ddev);
void dmaspan_node_remove(struct dmaspan_device *ddev);
struct dmaspan_context *dmaspan_context_get(struct dmaspan_context *ctx);
void dmaspan_context_put(struct dmaspan_context *ctx);

/* account.c */
int dmaspan_charge(struct dmaspan_device *ddev, u64 bytes);
void dmaspan_uncharge(struct dmaspan_device *ddev, u64 bytes);
int dmaspan_charge_bounce(struct device *dev, u64 bytes);
void dmaspan_uncharge_bounce(u64 bytes);
int dmaspan_parse_limit(const char *text, u64 *limit);
u64 dmaspan_default_limit(void);

/* buffer.c */
struct dma_buf *dmaspan_buffer_create(struct dmaspan_device *ddev,
				      const struct dmaspan_alloc *args);
struct dma_buf *dmaspan_buffer_get(int fd);
void dmaspan_buffer_revoke(struct dmaspan_buffer *buf);
void dmaspan_buffer_put(struct dmaspan_buffer *buf);
void dmaspan_buffer_query(struct dmaspan_buffer *buf,
			  struct dmaspan_buffer_info *info);

/* mapping.c */
int dmaspan_view_map(struct dmaspan_view *view);
void dmaspan_view_unmap(struct dmaspan_view *view);
struct dmaspan_mapping *dmaspan_mapping_create(struct dmaspan_device *ddev,
					       struct dma_buf *dmabuf,
					       enum dma_data_direction dir);
struct dmaspan_mapping *dmaspan_mapping_find(struct dmaspan_context *ctx, u32 id,
					     bool for_transfer);
void dmaspan_mapping_unmap(struct dmaspan_mapping *map);
void dmaspan_mapping_put(struct dmaspan_mapping *map);
unsigned int dmaspan_mapping_index(const struct dmaspan_mapping *map, u64 offset);
int dmaspan_mapping_reserve(struct dmaspan_context *ctx, u32 *id);
void dmaspan_mapping_publish(struct dmaspan_context *ctx, u32 id,
			     struct dmaspan_mapping *map);
int dmaspan_mapping_remove(struct dmaspan_context *ctx, u32 id);
void dmaspan_mapping_remove_all(struct dmaspan_context *ctx);

/* sync.c */
void dmaspan_sync_view(struct dmaspan_view *view);
int dmaspan_sync_buffer(struct dmaspan_buffer *buf, bool for_cpu);
int dmaspan_sync_mapping(struct dmaspan_mapping *map, bool for_cpu,
			 const struct dmaspan_range *ranges, unsigned int count);

/* mmap.c */
int dmaspan_mmap(struct dmaspan_buffer *buf, struct vm_area_struct *vma);
int dmaspan_mmap_pages(struct dmaspan_buffer *buf, struct vm_area_struct *vma);
int dmaspan_mmap_device(struct dmaspan_buffer *buf, struct vm_area_struct *vma);

/* channel.c */
struct file *dmaspan_channel_create(struct dmaspan_context *ctx,
				    struct dmaspan_channel_open *args);
int dmaspan_channel_fetch(const struct dmaspan_submit *arg,
			  struct dmaspan_transfer **to);
void dmaspan_channels_withdraw(struct dmaspan_device *ddev);

/* transfer.c */
unsigned int dmaspan_channel_stop(struct dmaspan_channel *ch, int status);
int dmaspan_channel_submit(struct dmaspan_channel *ch,
			   const struct dmaspan_transfer *transfers,
			   unsigned int count, struct dmaspan_transfer *bad);

/**
 * dmaspan_check_range() - a range inside a buffer
 * @offset: where it starts
 * @length: how long it is
 * @size: of the buffer
 *
 * Return: 0, -EINVAL (empty, or outside), -EOVERFLOW.
 */
static inline int dmaspan_check_range(u64 offset, u64 length, u64 size)
{
	u64 end;

	if (check_add_overflow(offset, length, &end))
		return -EOVERFLOW;
	return !length || end > size ? -EINVAL : 0;
}

#endif /* DMASPAN_PRIVATE_H */
