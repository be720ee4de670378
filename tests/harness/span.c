// SPDX-License-Identifier: MIT
/* Buffers with everything on them, and the edu device as a FIFO. */
#include "harness.h"

void *view(int fd, size_t length)
{
	void *data = mmap(NULL, length, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);

	if (data == MAP_FAILED)
		test_fail(__FILE__, __LINE__, "mmap of %zu bytes: %s", length,
			  strerror(errno));
	return data;
}

int read_only_buffer(int node, uint32_t kind, size_t length)
{
	int fd;

	CHECK(do_alloc_flags(node, kind, 0, O_RDONLY | O_CLOEXEC, length, &fd) == 0);
	return fd;
}

void *read_only_view(int fd, size_t length)
{
	void *data = mmap(NULL, length, PROT_READ, MAP_SHARED, fd, 0);

	CHECK(data != MAP_FAILED);
	return data;
}

void span_open(struct span *span, int node, uint32_t kind, uint32_t direction,
	       size_t length)
{
	span->node = node;
	span->length = length;
	CHECK(do_alloc(node, kind, length, &span->fd) == 0);
	span->data = view(span->fd, length);
	CHECK(do_map(node, span->fd, direction, &span->map) == 0);
}

void span_close(struct span *span)
{
	CHECK(do_unmap(span->node, span->map.out_mapping) == 0);
	CHECK(munmap(span->data, span->length) == 0);
	CHECK(close(span->fd) == 0);
}

static unsigned char pattern(size_t i, unsigned int seed)
{
	return (unsigned char)((i * 7 + (i >> 8) * 13 + (i >> 16) * 31 + seed * 101) ^
			       0x5a);
}

void fill(void *data, size_t length, unsigned int seed)
{
	unsigned char *bytes = data;

	for (size_t i = 0; i < length; i++)
		bytes[i] = pattern(i, seed);
}

bool filled(const void *data, size_t length, unsigned int seed)
{
	const unsigned char *bytes = data;

	for (size_t i = 0; i < length; i++) {
		if (bytes[i] != pattern(i, seed)) {
			test_note("byte %zu of %zu is %02x, want %02x", i, length,
				  bytes[i], pattern(i, seed));
			return false;
		}
	}
	return true;
}

bool all_zero(const void *data, size_t length)
{
	const unsigned char *bytes = data;

	return !length || (!bytes[0] && !memcmp(bytes, bytes + 1, length - 1));
}

void loop_open(struct loop *loop, int node)
{
	CHECK(do_channel_open(node, "tx", O_CLOEXEC, &loop->tx) == 0);
	CHECK(do_channel_open(node, "rx", O_CLOEXEC, &loop->rx) == 0);
}

void loop_close(struct loop *loop)
{
	CHECK(close(loop->tx) == 0);
	CHECK(close(loop->rx) == 0);
}

void move(int channel, const struct span *span, size_t offset, size_t length)
{
	struct dmaspan_completion done;
	uint64_t cookie = offset << 20 | length;

	CHECK(do_submit(channel, span->map.out_mapping, offset, length, cookie) == 0);
	CHECK(do_wait(channel, &done, WAIT_MS) == 0);
	CHECK_EQ(done.status, 0);
	CHECK_EQ(done.length, length);
	CHECK_EQ(done.cookie, cookie);
}

void hand_over(const struct span *span, uint32_t to, size_t offset, size_t length)
{
	if (span->map.out_flags & DMASPAN_MAPPING_NEEDS_SYNC)
		CHECK(do_sync(span->node, span->map.out_mapping, to, offset,
			      length) == 0);
}

void play(struct loop *loop, const struct span *span, size_t offset, size_t length)
{
	hand_over(span, DMASPAN_SYNC_FOR_DEVICE, offset, length);
	move(loop->tx, span, offset, length);
}

void capture(struct loop *loop, const struct span *span, size_t offset,
	     size_t length)
{
	move(loop->rx, span, offset, length);
	hand_over(span, DMASPAN_SYNC_FOR_CPU, offset, length);
}

void rig_open(struct rig *rig, uint32_t kind)
{
	rig->node = node_open(O_RDWR);
	loop_open(&rig->loop, rig->node);
	span_open(&rig->out, rig->node, kind, DMASPAN_TO_DEVICE, RIG_LENGTH);
	span_open(&rig->in, rig->node, kind, DMASPAN_FROM_DEVICE, RIG_LENGTH);
}

void rig_close(struct rig *rig)
{
	span_close(&rig->in);
	span_close(&rig->out);
	loop_close(&rig->loop);
	CHECK(close(rig->node) == 0);
}

void rig_drop(struct rig *rig)
{
	munmap(rig->out.data, rig->out.length);
	munmap(rig->in.data, rig->in.length);
	close(rig->out.fd);
	close(rig->in.fd);
	close(rig->loop.tx);
	close(rig->loop.rx);
	close(rig->node);
}

void device_works(void)
{
	struct rig rig;

	CHECK_EQ(used_bytes(), 0);
	rig_open(&rig, DMASPAN_KIND_CACHED);
	fill(rig.out.data, 200, 9);
	play(&rig.loop, &rig.out, 0, 200);
	capture(&rig.loop, &rig.in, 0, 200);
	CHECK(filled(rig.in.data, 200, 9));
	rig_close(&rig);
}
