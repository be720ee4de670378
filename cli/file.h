/* SPDX-License-Identifier: MIT */
#ifndef DMASPAN_CLI_FILE_H
#define DMASPAN_CLI_FILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/**
 * struct file - one end of a flow
 * @path: for messages
 * @offset: bytes read or written
 * @size: of an input; UINT64_MAX: not known before its end
 * @align: O_DIRECT's unit for lengths and offsets
 * @direct: O_DIRECT is on
 * @copied: the CPU copies the data, at least in part
 * @padded: bytes beyond @offset were written, which file_finish() cuts off
 * @regular: it can be cut, and a signal does not end its I/O
 */
struct file {
	const char *path;
	int fd;
	uint64_t offset;
	uint64_t size;
	size_t align;
	bool direct;
	bool copied;
	bool padded;
	bool regular;
	bool ended;
};

/* Return an exit code; @direct_block: 0, or O_DIRECT with blocks of this size */
int file_open_input(struct file *file, const char *path, size_t direct_block);
int file_open_output(struct file *file, const char *path, size_t direct_block);

/**
 * file_read() - fill a slot
 * @data: room for @length rounded up to @file->align
 * @length: not zero
 *
 * Return: bytes read; 0: its end, or a signal asks to stop; -errno.
 */
int64_t file_read(struct file *file, void *data, size_t length);

/**
 * file_write() - write from a slot
 * @data: room for @length rounded up to @file->align, which may be written too
 *
 * Return: 0 or -errno; @file->offset says how much was written.
 */
int file_write(struct file *file, const void *data, size_t length);

/* file_finish() - an output's @offset bytes are on disk when it returns 0 */
int file_finish(struct file *file);

void file_close(struct file *file);

#endif /* DMASPAN_CLI_FILE_H */
