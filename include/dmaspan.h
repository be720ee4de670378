/* SPDX-License-Identifier: MIT */
/*
 * libdmaspan: DMA memory for programs.
 *
 * Every function that can fail returns an int: 0 (or a count) on success, a
 * negative errno on failure; linux/dmaspan.h says what each errno means, and
 * dmaspan_strerror() says it in words. Outputs are written on success only.
 * Every fd made here is close-on-exec. The library prints nothing, keeps no
 * global state and reads no environment variable. Options structs start with
 * their own size, set by the caller; NULL stands for all defaults.
 *
 * Threads: an object may be used from any thread, but by one at a time,
 * except that dmaspan_sync_*(), dmaspan_data(), dmaspan_length() and
 * dmaspan_*_fd() may be called on one object from several threads at once.
 * A device must outlive the buffers and channels made on it.
 */
#ifndef DMASPAN_H
#define DMASPAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <linux/dmaspan.h>

#ifdef __cplusplus
extern "C" {
#endif

/** struct dmaspan_device - an open node, /dev/dmaspan/NAME */
struct dmaspan_device;
/** struct dmaspan_buffer - a buffer, its CPU view and its mapping for one device */
struct dmaspan_buffer;
/** struct dmaspan_channel - one DMA engine channel, exclusively owned */
struct dmaspan_channel;

/**
 * dmaspan_strerror() - an error in words
 * @error: a negative errno that a function here returned
 *
 * Return: a constant string: what it means for dmaspan, and what to do.
 */
const char *dmaspan_strerror(int error);

/* Devices */

/**
 * dmaspan_list() - names of the devices on this machine
 * @names: set to a NULL-terminated array, sorted; give it to
 *	dmaspan_list_free()
 *
 * Return: how many there are (0: none, or the module is not loaded).
 */
int dmaspan_list(char ***names);
void dmaspan_list_free(char **names);

/**
 * dmaspan_open() - open a device for reading and writing
 * @name: as dmaspan_list() gives it, or a path with a '/' in it
 * @dev: set to the device
 */
int dmaspan_open(const char *name, struct dmaspan_device **dev);

/** dmaspan_open_readonly() - the same, for the info functions alone */
int dmaspan_open_readonly(const char *name, struct dmaspan_device **dev);

/** dmaspan_close() - after all buffers and channels of it; NULL is allowed */
void dmaspan_close(struct dmaspan_device *dev);

int dmaspan_device_fd(const struct dmaspan_device *dev);

/** dmaspan_device_info() - facts about a device */
int dmaspan_device_info(struct dmaspan_device *dev, struct dmaspan_info *info);

/** dmaspan_device_channel() - facts about its channel @index; -ENOENT past the last */
int dmaspan_device_channel(struct dmaspan_device *dev, unsigned int index,
			   struct dmaspan_channel_info *info);

/* Buffers */

/**
 * struct dmaspan_buffer_opts - how a buffer is made
 * @size: sizeof(struct dmaspan_buffer_opts)
 * @kind: where the memory comes from (dmaspan_alloc() only)
 * @direction: who writes; what the mapping allows the device to do
 * @contiguous: one physical range, or -ENOMEM (dmaspan_alloc() only)
 * @no_data: do not map it into this process; dmaspan_data() is then NULL
 * @no_mapping: do not give the device addresses: no segments, no transfers
 */
struct dmaspan_buffer_opts {
	size_t size;
	enum dmaspan_kind kind;
	enum dmaspan_direction direction;
	bool contiguous;
	bool no_data;
	bool no_mapping;
};

/**
 * dmaspan_alloc() - a new buffer, zeroed, mapped for a device and for the CPU
 * @dev: the device
 * @length: in bytes, not zero; rounded up to whole pages
 * @opts: NULL: cached, bidirectional
 * @buf: set to the buffer
 */
int dmaspan_alloc(struct dmaspan_device *dev, size_t length,
		  const struct dmaspan_buffer_opts *opts,
		  struct dmaspan_buffer **buf);

/**
 * dmaspan_import() - a buffer that another process or device made
 * @dev: the device that is to use it
 * @fd: its dma-buf fd; stays the caller's
 * @opts: NULL: bidirectional
 * @buf: set to the buffer
 */
int dmaspan_import(struct dmaspan_device *dev, int fd,
		   const struct dmaspan_buffer_opts *opts,
		   struct dmaspan_buffer **buf);

/** dmaspan_free() - NULL is allowed; the memory goes with its last fd and mapping */
void dmaspan_free(struct dmaspan_buffer *buf);

/** dmaspan_data() - its CPU view, dmaspan_length() bytes */
void *dmaspan_data(const struct dmaspan_buffer *buf);
size_t dmaspan_length(const struct dmaspan_buffer *buf);

/** dmaspan_buffer_fd() - its dma-buf fd, for other drivers and processes; stays the buffer's */
int dmaspan_buffer_fd(const struct dmaspan_buffer *buf);

/** dmaspan_buffer_query() - what the buffer is made of */
int dmaspan_buffer_query(const struct dmaspan_buffer *buf,
			 struct dmaspan_buffer_info *info);

/** dmaspan_mapping() - the mapping's id on the device's fd, 0 if there is none */
uint32_t dmaspan_mapping(const struct dmaspan_buffer *buf);

/** dmaspan_class() - how the device reaches it */
enum dmaspan_class dmaspan_class(const struct dmaspan_buffer *buf);

/** dmaspan_needs_sync() - whether the sync functions have anything to do */
bool dmaspan_needs_sync(const struct dmaspan_buffer *buf);

/**
 * dmaspan_segments() - the addresses that the device must use
 * @buf: the buffer
 * @segments: array of @count, filled as far as it goes; may be NULL if @count is 0
 *
 * Return: the number of segments there are, which may exceed @count.
 */
int dmaspan_segments(const struct dmaspan_buffer *buf,
		     struct dmaspan_segment *segments, size_t count);

/**
 * dmaspan_sync_for_device() - hand a range to the device
 * dmaspan_sync_for_cpu() - take a range back
 *
 * Exactly the range is synced. Where the device needs no sync, there is no
 * system call.
 */
int dmaspan_sync_for_device(struct dmaspan_buffer *buf, size_t offset, size_t length);
int dmaspan_sync_for_cpu(struct dmaspan_buffer *buf, size_t offset, size_t length);

/**
 * dmaspan_sync_ranges() - several ranges in one system call
 * @direction: DMASPAN_SYNC_FOR_DEVICE or DMASPAN_SYNC_FOR_CPU
 * @count: 1 to DMASPAN_MAX_RANGES
 */
int dmaspan_sync_ranges(struct dmaspan_buffer *buf, uint32_t direction,
			const struct dmaspan_range *ranges, size_t count);

/* Channels */

/**
 * dmaspan_channel_open() - own a channel of a device
 * @name: its name; NULL: the first free one with @direction
 * @direction: DMASPAN_TO_DEVICE, DMASPAN_FROM_DEVICE, or
 *	DMASPAN_BIDIRECTIONAL: from memory to memory; with a name, -EINVAL if
 *	it has another
 */
int dmaspan_channel_open(struct dmaspan_device *dev, const char *name,
			 enum dmaspan_direction direction,
			 struct dmaspan_channel **ch);

/** dmaspan_channel_close() - stops what is queued; NULL is allowed */
void dmaspan_channel_close(struct dmaspan_channel *ch);

/** dmaspan_channel_fd() - for poll(): POLLIN when a completion waits */
int dmaspan_channel_fd(const struct dmaspan_channel *ch);

/** dmaspan_channel_name() - its name, also if the first free one was opened */
const char *dmaspan_channel_name(const struct dmaspan_channel *ch);

/**
 * dmaspan_submit() - queue one transfer between a buffer and the device
 * @cookie: given back in its completion
 *
 * The caller syncs: for the device before, for the CPU after.
 */
int dmaspan_submit(struct dmaspan_channel *ch, struct dmaspan_buffer *buf,
		   size_t offset, size_t length, uint64_t cookie);

/**
 * dmaspan_submit_copy() - queue one copy on a memory-to-memory channel
 * @dst: what the device may write, DMASPAN_FROM_DEVICE or _BIDIRECTIONAL
 * @src: what it may read, DMASPAN_TO_DEVICE or _BIDIRECTIONAL; may be @dst if
 *	the ranges do not overlap
 * @cookie: given back in its completion
 *
 * The caller syncs: both ranges for the device before, the range of @dst for
 * the CPU after.
 */
int dmaspan_submit_copy(struct dmaspan_channel *ch,
			struct dmaspan_buffer *dst, size_t dst_offset,
			struct dmaspan_buffer *src, size_t src_offset,
			size_t length, uint64_t cookie);

/**
 * dmaspan_submit_array() - queue several, in order, all or none
 * @transfers: with the ids that dmaspan_mapping() gives
 * @count: 1 to DMASPAN_MAX_TRANSFERS
 */
int dmaspan_submit_array(struct dmaspan_channel *ch,
			 const struct dmaspan_transfer *transfers, size_t count);

/**
 * dmaspan_wait() - completions
 * @completions: array of @count, filled from the start
 * @timeout_ms: how long to wait for the first; 0: not at all; -1: for ever
 *
 * Return: how many were filled, at least 1; -ETIMEDOUT, -EINTR, -ENODEV.
 */
int dmaspan_wait(struct dmaspan_channel *ch, struct dmaspan_completion *completions,
		 size_t count, int timeout_ms);

/**
 * dmaspan_cancel() - stop all that is queued
 *
 * Return: how many transfers were stopped; each has a completion.
 */
int dmaspan_cancel(struct dmaspan_channel *ch);

/**
 * dmaspan_transfer() - move one range and wait for it, syncs included
 * @timeout_ms: -1: for ever; when it runs out the transfer is cancelled
 *
 * For a channel on which nothing else is queued.
 * Return: the number of bytes moved, or a negative errno (-ETIMEDOUT: cancelled).
 */
int64_t dmaspan_transfer(struct dmaspan_channel *ch, struct dmaspan_buffer *buf,
			 size_t offset, size_t length, int timeout_ms);

/**
 * dmaspan_copy() - copy one range and wait for it, syncs included
 * @timeout_ms: -1: for ever; when it runs out the copy is cancelled
 *
 * For a memory-to-memory channel on which nothing else is queued; buffers as
 * dmaspan_submit_copy() takes them.
 * Return: the number of bytes copied, or a negative errno (-ETIMEDOUT: cancelled).
 */
int64_t dmaspan_copy(struct dmaspan_channel *ch,
		     struct dmaspan_buffer *dst, size_t dst_offset,
		     struct dmaspan_buffer *src, size_t src_offset,
		     size_t length, int timeout_ms);

#ifdef __cplusplus
}
#endif

#endif /* DMASPAN_H */
