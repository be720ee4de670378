/* SPDX-License-Identifier: MIT */
/*
 * What the library's files share. Nothing here is exported.
 */
#ifndef DMASPAN_PRIVATE_H
#define DMASPAN_PRIVATE_H

#include <dmaspan.h>

#define ARRAY_SIZE(array) (sizeof(array) / sizeof((array)[0]))

struct dmaspan_device {
	int fd;
};

/*
 * Constant after it was made, so that the functions that may be called from
 * several threads need no lock.
 */
struct dmaspan_buffer {
	struct dmaspan_device *dev;
	int fd;
	void *data;		/* NULL: no CPU view */
	size_t length;
	uint32_t mapping;	/* 0: no mapping */
	uint32_t segments;
	enum dmaspan_class class;
	bool needs_sync;
};

struct dmaspan_channel {
	struct dmaspan_device *dev;
	int fd;
	char name[DMASPAN_NAME_LEN];
};

int dmaspan_ioctl(int fd, unsigned long command, void *arg);

int dmaspan_map_data(struct dmaspan_buffer *buf,
		     const struct dmaspan_buffer_info *info);
void dmaspan_unmap_data(struct dmaspan_buffer *buf);

int dmaspan_map_device(struct dmaspan_buffer *buf,
		       enum dmaspan_direction direction);
void dmaspan_unmap_device(struct dmaspan_buffer *buf);

int dmaspan_check_range(const struct dmaspan_buffer *buf, uint64_t offset,
			uint64_t length);

#endif /* DMASPAN_PRIVATE_H */
