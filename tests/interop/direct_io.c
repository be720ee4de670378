// SPDX-License-Identifier: MIT
/* O_DIRECT between a buffer's view and ext4 on NVMe. */
#include "harness.h"

#define LENGTH	(2 * MIB + 3 * PAGE)

static const char path[] = DISK_DIR "/direct_io";

static int open_file(int flags)
{
	int file = open(path, O_RDWR | O_CREAT | O_CLOEXEC | flags, 0600);

	if (file < 0)
		test_fail(__FILE__, __LINE__, "%s: %s", path, strerror(errno));
	return file;
}

static void file_holds(unsigned int seed, size_t length)
{
	unsigned char *copy = malloc(length);
	int file = open_file(0);

	CHECK(copy);
	CHECK_EQ(pread(file, copy, length, 0), length);
	CHECK(filled(copy, length, seed));
	close(file);
	free(copy);
}

static void write_it(uint32_t kind)
{
	int node = node_open(O_RDWR), file = open_file(O_DIRECT | O_TRUNC);
	struct span span;

	span_open(&span, node, kind, DMASPAN_FROM_DEVICE, LENGTH);
	fill(span.data, LENGTH, kind + 1);
	CHECK_EQ(pwrite(file, span.data, LENGTH, 0), LENGTH);
	file_holds(kind + 1, LENGTH);
	span_close(&span);
	close(file);
	close(node);
}

static void read_it(uint32_t kind)
{
	int node = node_open(O_RDWR), file = open_file(O_TRUNC);
	unsigned char *copy = malloc(LENGTH);
	struct span span;

	CHECK(copy);
	fill(copy, LENGTH, kind + 7);
	CHECK_EQ(pwrite(file, copy, LENGTH, 0), LENGTH);
	CHECK(fsync(file) == 0);
	close(file);
	free(copy);
	file = open_file(O_DIRECT);
	span_open(&span, node, kind, DMASPAN_TO_DEVICE, LENGTH);
	CHECK_EQ(pread(file, span.data, LENGTH, 0), LENGTH);
	CHECK(filled(span.data, LENGTH, kind + 7));
	span_close(&span);
	close(file);
	close(node);
}

static void writes_cached(void)
{
	write_it(DMASPAN_KIND_CACHED);
}

static void reads_cached(void)
{
	read_it(DMASPAN_KIND_CACHED);
}

static void coherent(void)
{
	if (is_bounce())
		test_skip("coherent memory is the device's own");
	write_it(DMASPAN_KIND_COHERENT);
	read_it(DMASPAN_KIND_COHERENT);
}

static void write_combined_is_refused(void)
{
	int node = node_open(O_RDWR), file = open_file(O_DIRECT | O_TRUNC), fd;
	unsigned char *data;

	CHECK(do_alloc(node, DMASPAN_KIND_WC, 4 * PAGE, &fd) == 0);
	data = view(fd, 4 * PAGE);
	memset(data, 1, 4 * PAGE);
	CHECK_ERRNO(pwrite(file, data, 4 * PAGE, 0), EFAULT);
	munmap(data, 4 * PAGE);
	close(fd);
	close(file);
	close(node);
}

/* From places that are no page's start, and across pieces */
static void parts(void)
{
	int node = node_open(O_RDWR), file = open_file(O_DIRECT | O_TRUNC), fd;
	unsigned char *data;

	CHECK(do_alloc(node, DMASPAN_KIND_CACHED, LENGTH, &fd) == 0);
	data = view(fd, LENGTH);
	fill(data + 512, 9 * 512, 3);
	CHECK_EQ(pwrite(file, data + 512, 9 * 512, 0), 9 * 512);
	file_holds(3, 9 * 512);
	fill(data + LENGTH - PAGE - 1024, PAGE, 4);
	CHECK_EQ(pwrite(file, data + LENGTH - PAGE - 1024, PAGE, 0), PAGE);
	file_holds(4, PAGE);
	munmap(data, LENGTH);
	close(fd);
	close(file);
	close(node);
}

/* The main job: from the device into the buffer, from there to the disk */
static void from_the_device(void)
{
	int file = open_file(O_DIRECT | O_TRUNC);
	struct rig rig;

	rig_open(&rig, DMASPAN_KIND_CACHED);
	fill(rig.out.data, EDU_CHUNK, 5);
	play(&rig.loop, &rig.out, 0, EDU_CHUNK);
	capture(&rig.loop, &rig.in, PAGE, EDU_CHUNK);
	CHECK_EQ(pwrite(file, rig.in.data + PAGE, EDU_CHUNK, 0), EDU_CHUNK);
	file_holds(5, EDU_CHUNK);
	rig_close(&rig);
	close(file);
}

/* The disk writes what the device plays */
static void to_the_device(void)
{
	int file = open_file(O_TRUNC);
	unsigned char data[EDU_CHUNK];
	struct rig rig;

	fill(data, sizeof(data), 6);
	CHECK_EQ(pwrite(file, data, sizeof(data), 0), sizeof(data));
	CHECK(fsync(file) == 0);
	close(file);
	file = open_file(O_DIRECT);
	rig_open(&rig, DMASPAN_KIND_CACHED);
	CHECK_EQ(pread(file, rig.out.data, EDU_CHUNK, 0), EDU_CHUNK);
	play(&rig.loop, &rig.out, 0, EDU_CHUNK);
	capture(&rig.loop, &rig.in, 0, EDU_CHUNK);
	CHECK(filled(rig.in.data, EDU_CHUNK, 6));
	rig_close(&rig);
	close(file);
}

static const struct test_case cases[] = {
	CASE(writes_cached),
	CASE(reads_cached),
	CASE(coherent),
	CASE(write_combined_is_refused),
	CASE(parts),
	CASE(from_the_device),
	CASE(to_the_device),
};

TEST_MAIN(cases)
