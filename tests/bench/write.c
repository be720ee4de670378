// SPDX-License-Identifier: MIT
/*
 * 256 MiB from a DMA buffer to the NVMe disk, 1 MiB a write, one at a time,
 * over the blocks of a file that is there already.
 *
 * Ours is written with O_DIRECT from its view. The view of the peer, the
 * system heap's, is VM_PFNMAP: O_DIRECT from it fails with EFAULT, which is
 * checked. What is left is a copy to anonymous memory, and O_DIRECT from there.
 * Where there is no heap, a block of our own device memory, VM_PFNMAP, too,
 * stands in for it; it is read again and again, to the peer's advantage.
 *
 * A write() through the page cache is no figure here: the kernel's copy is
 * "rep movs", which an emulated CPU does byte by byte.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "bench.h"

#define LENGTH		(256 * MIB)
#define CHUNK		MIB
#define BLOCK		(4 * MIB) /* what one alloc_pages() gives everywhere */
#define TARGET		"/mnt/nvme/bench.data"

/**
 * struct writer - who writes
 * @file: open with O_DIRECT
 * @data: the buffer's view
 * @length: of it
 * @bounce: aligned anonymous memory of CHUNK bytes, NULL: not needed
 * @copy: to @bounce
 */
struct writer {
	int file;
	char *data;
	size_t length;
	void *bounce;
	copy_fn copy;
};

static double write_all(void *arg)
{
	const struct writer *w = arg;
	uint64_t start = now_ns();
	size_t at;

	for (at = 0; at < LENGTH; at += CHUNK) {
		const void *from = w->data + at % w->length;

		if (w->bounce) {
			w->copy(w->bounce, from);
			from = w->bounce;
		}
		if (pwrite(w->file, from, CHUNK, (off_t)at) != (ssize_t)CHUNK)
			die("write to %s: %s", TARGET, strerror(errno));
	}
	return (double)LENGTH * 1000 / (double)(now_ns() - start);
}

static int open_target(void)
{
	int file = open(TARGET, O_RDWR | O_CREAT | O_CLOEXEC | O_DIRECT, 0600);

	if (file < 0)
		die("%s: %s", TARGET, strerror(errno));
	return file;
}

/* The peer's premise. */
static void must_refuse_direct(const struct writer *w)
{
	if (pwrite(w->file, w->data, CHUNK, 0) != -1 || errno != EFAULT)
		die("O_DIRECT from the peer's view: EFAULT was expected");
}

static void *must_anonymous(size_t length)
{
	void *data = mmap(NULL, length, PROT_READ | PROT_WRITE,
			  MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);

	if (data == MAP_FAILED)
		die("mmap: %s", strerror(errno));
	return data;
}

static void measure(struct writer *own, struct writer *copied)
{
	const struct figure fig = {
		.name = "nvme_write_256m",
		.unit = "MB/s",
		.higher = true,
		.goal = 1.5,
		.limit = NO_LIMIT,
		.rounds = 15,
	};

	must_refuse_direct(copied);
	copied->copy = fastest_copy(copied->bounce, copied->data, copied->length);
	compare(&fig, &(struct subject) { "dmaspan", write_all, own },
		&(struct subject) { "copy from VM_PFNMAP, then O_DIRECT", write_all, copied }, 1);
}

void bench_write(struct bench *b)
{
	const struct dmaspan_buffer_opts opts = {
		.size = sizeof(opts),
		.direction = DMASPAN_FROM_DEVICE,
	};
	struct writer own = { .length = LENGTH }, copied;
	struct dmaspan_buffer *buf;
	int fd;

	must(dmaspan_alloc(b->dev, LENGTH, &opts, &buf), "dmaspan_alloc");
	own.data = dmaspan_data(buf);
	own.file = open_target();
	touch(own.data, LENGTH);

	copied = own;
	if (heap_exists()) {
		fd = heap_alloc(copied.length);
	} else {
		note("no dma_heap/system: the peer's memory is dmaspan's, write-combined");
		copied.length = BLOCK;
		fd = our_alloc(b, DMASPAN_KIND_WC, copied.length);
	}
	copied.data = must_map(fd, copied.length);
	touch(copied.data, copied.length);
	copied.bounce = must_anonymous(CHUNK);

	measure(&own, &copied);

	unlink(TARGET);
	munmap(copied.bounce, CHUNK);
	munmap(copied.data, copied.length);
	close(fd);
	close(own.file);
	dmaspan_free(buf);
}
