// SPDX-License-Identifier: MIT
/* The commands, right and wrong. */
#include "fuzz.h"

/* Arguments of each command: COMMAND_TAIL */
struct tail {
	uint64_t size;
	uint64_t reserved;
	uint64_t byte;
	uint64_t at;
};

/* What SUBMIT has behind its tail */
struct transfer_tail {
	uint64_t reserved;	/* the last transfer's */
	uint64_t byte;		/* behind it, if it is larger than a struct */
	uint64_t mapping;	/* every other transfer's, unless 0 */
	uint64_t src_mapping;
};

static const struct tail *tail_of(const uint64_t *a, const struct call *c)
{
	return (const struct tail *)(a + ops[c->op].tail);
}

/* One number says which byte, and to what it is set. */
static void put_byte(unsigned char *to, size_t room, uint64_t byte)
{
	to[byte % room] = byte >> 32 ? byte >> 56 : byte;
}

/*
 * The struct is in @r->arg, but for its size. It is where the tail says during
 * the call, and there again afterwards.
 */
static long command(struct run *r, int fd, unsigned long number, size_t size,
		    const struct tail *tail)
{
	uint32_t said = tail->size ? tail->size : size;
	size_t length = said < size ? size : said;
	long ret;

	if (length > ARG_BYTES)
		length = ARG_BYTES;
	memcpy(r->arg, &said, sizeof(said));
	if (length > size)
		put_byte(r->arg + size, length - size, tail->byte);
	if (!tail->at)
		return ioctl(fd, number, r->arg);
	guarded_write(tail->at, r->arg, length);
	ret = ioctl(fd, number, tail->at);
	if (!ret)
		guarded_read(r->arg, tail->at, length);
	return ret;
}

/* A cleared struct */
static void *fresh(struct run *r)
{
	return memset(r->arg, 0, ARG_BYTES);
}

/* Where the array is, with its contents */
static uint64_t array_at(struct run *r, uint64_t at, size_t bytes)
{
	if (!at)
		return PTR(r->array);
	guarded_write(at, r->array, bytes < 2 * PAGE ? bytes : 2 * PAGE);
	return at;
}

long call_info(struct run *r, const uint64_t *a, const struct call *c)
{
	const struct tail *tail = tail_of(a, c);
	struct dmaspan_info *arg = fresh(r);

	arg->flags = tail->reserved >> 32;
	arg->__reserved = tail->reserved;
	return command(r, a[0], DMASPAN_INFO, sizeof(*arg), tail);
}

long call_channel_info(struct run *r, const uint64_t *a, const struct call *c)
{
	const struct tail *tail = tail_of(a, c);
	struct dmaspan_channel_info *arg = fresh(r);

	arg->flags = tail->reserved;
	arg->index = a[1];
	return command(r, a[0], DMASPAN_CHANNEL_INFO, sizeof(*arg), tail);
}

long call_buffer_info(struct run *r, const uint64_t *a, const struct call *c)
{
	const struct tail *tail = tail_of(a, c);
	struct dmaspan_buffer_info *arg = fresh(r);

	arg->fd = a[1];
	arg->flags = tail->reserved >> 32;
	arg->__reserved = tail->reserved;
	return command(r, a[0], DMASPAN_BUFFER_INFO, sizeof(*arg), tail);
}

long call_alloc(struct run *r, const uint64_t *a, const struct call *c)
{
	const struct tail *tail = tail_of(a, c);
	struct dmaspan_alloc *arg = fresh(r);
	long ret;

	arg->kind = a[1];
	arg->length = a[2];
	arg->flags = a[3];
	arg->fd_flags = a[4];
	arg->__reserved = tail->reserved;
	ret = command(r, a[0], DMASPAN_ALLOC, sizeof(*arg), tail);
	if (!ret)
		pool_add(r, REF_BUFFER, arg->out_fd, a[2]);
	return ret;
}

long call_map(struct run *r, const uint64_t *a, const struct call *c)
{
	const struct tail *tail = tail_of(a, c);
	struct dmaspan_map *arg = fresh(r);
	long ret;

	arg->flags = tail->reserved;
	arg->fd = a[1];
	arg->direction = a[2];
	ret = command(r, a[0], DMASPAN_MAP, sizeof(*arg), tail);
	if (!ret)
		pool_add(r, REF_MAPPING, arg->out_mapping, arg->out_segments);
	return ret;
}

long call_segments(struct run *r, const uint64_t *a, const struct call *c)
{
	const struct tail *tail = tail_of(a, c);
	struct dmaspan_segments *arg = fresh(r);
	const uint64_t room = ARRAY_BYTES / sizeof(struct dmaspan_segment);

	arg->flags = tail->reserved >> 32;
	arg->__reserved = tail->reserved;
	arg->mapping = a[1];
	arg->count = a[3] || a[2] <= room ? a[2] : room;
	arg->segments = array_at(r, a[3], 0);
	return command(r, a[0], DMASPAN_SEGMENTS, sizeof(*arg), tail);
}

long call_unmap(struct run *r, const uint64_t *a, const struct call *c)
{
	const struct tail *tail = tail_of(a, c);
	struct dmaspan_unmap *arg = fresh(r);

	arg->flags = tail->reserved >> 32;
	arg->__reserved = tail->reserved;
	arg->mapping = a[1];
	return command(r, a[0], DMASPAN_UNMAP, sizeof(*arg), tail);
}

static uint64_t at_most(uint64_t n, uint64_t most)
{
	return n < most ? n : most;
}

long call_sync(struct run *r, const uint64_t *a, const struct call *c)
{
	struct dmaspan_range *ranges = r->array;
	struct dmaspan_sync *arg = fresh(r);
	uint64_t count = a[5] ? a[5] : 1;

	/* The same range again and again, or one behind the other */
	for (uint64_t i = 0; i < at_most(count, DMASPAN_MAX_RANGES + 1); i++) {
		ranges[i].offset = a[3] + i * a[7] * a[4];
		ranges[i].length = a[4];
	}
	arg->flags = a[2];
	arg->mapping = a[1];
	arg->count = count;
	arg->ranges = array_at(r, a[6], count * sizeof(*ranges));
	return command(r, a[0], DMASPAN_SYNC, sizeof(*arg), tail_of(a, c));
}

static const char *const channel_names[] = {
	"copy0", "copy1", "source", "sink", "tx", "rx", "copy2", "copy3", "", "none",
	"0123456789abcdef0123456789abcdef",
};

long call_channel_open(struct run *r, const uint64_t *a, const struct call *c)
{
	const char *name = channel_names[a[1] % ARRAY_SIZE(channel_names)];
	const struct tail *tail = tail_of(a, c);
	struct dmaspan_channel_open *arg = fresh(r);
	long ret;

	memcpy(arg->name, name, strnlen(name, sizeof(arg->name)));
	arg->flags = tail->reserved >> 32;
	arg->__reserved = tail->reserved;
	arg->fd_flags = a[2];
	ret = command(r, a[0], DMASPAN_CHANNEL_OPEN, sizeof(*arg), tail);
	if (!ret)
		pool_add(r, REF_CHANNEL, arg->out_fd, 0);
	return ret;
}

/* Each as long as @size says, one behind the other by @step lengths, or all alike */
static void fill_transfers(struct run *r, const uint64_t *a, const struct transfer_tail *later,
			   uint64_t count, uint64_t size)
{
	const struct dmaspan_transfer first = {
		.mapping = a[1],
		.flags = a[11],
		.offset = a[2],
		.length = a[3],
		.cookie = a[4],
		.src_mapping = a[5],
		.src_offset = a[6],
	};
	unsigned char *to = r->array;

	memset(r->array, 0, at_most(count * size, ARRAY_BYTES));
	for (uint64_t i = 0; i < count; i++, to += size) {
		struct dmaspan_transfer t = first;

		t.offset += i * a[10] * t.length;
		t.src_offset += i * a[10] * t.length;
		t.cookie += i;
		if (i % 2 && later->mapping)
			t.mapping = later->mapping;
		if (i % 2 && later->src_mapping)
			t.src_mapping = later->src_mapping;
		if (i == count - 1)
			t.__reserved = later->reserved;
		memcpy(to, &t, at_most(sizeof(t), size));
		if (i == count - 1 && size > sizeof(t))
			put_byte(to + sizeof(t), size - sizeof(t), later->byte);
	}
}

long call_submit(struct run *r, const uint64_t *a, const struct call *c)
{
	struct dmaspan_submit *arg = fresh(r);
	uint64_t count = a[7] ? a[7] : 1, size = a[8] ? a[8] : 32;
	const struct tail *tail = tail_of(a, c);

	fill_transfers(r, a, (const struct transfer_tail *)(tail + 1),
		       at_most(count, DMASPAN_MAX_TRANSFERS + 1),
		       at_most(size, DMASPAN_MAX_TRANSFER_SIZE));
	arg->flags = tail->reserved;
	arg->transfers = array_at(r, a[9], count * size);
	arg->count = count;
	arg->transfer_size = a[8];
	return command(r, a[0], DMASPAN_SUBMIT, sizeof(*arg), tail);
}

long call_cancel(struct run *r, const uint64_t *a, const struct call *c)
{
	const struct tail *tail = tail_of(a, c);
	struct dmaspan_cancel *arg = fresh(r);

	arg->flags = tail->reserved >> 32;
	arg->__reserved = tail->reserved;
	return command(r, a[0], DMASPAN_CANCEL, sizeof(*arg), tail);
}

long call_ioctl(struct run *r, const uint64_t *a, const struct call *c)
{
	const uint64_t *words = a + 3;
	uint64_t at = a[2];

	(void)c;
	if (at) {
		guarded_write(at, words, 8 * sizeof(*words));
	} else {
		memcpy(fresh(r), words, 8 * sizeof(*words));
		at = PTR(r->arg);
	}
	return ioctl(a[0], a[1], at);
}
