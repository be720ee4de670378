// SPDX-License-Identifier: MIT
/* What a command writes: its outputs and nothing else, and nothing where it fails. */
#include <sys/resource.h>

#include "virt.h"

#define FILL		0xa5
#define OTHER_FILL	0x5a

/* A struct, with bytes behind it that are none of the kernel's business */
struct probe {
	unsigned char bytes[256];
	size_t size;
	unsigned char fill;
};

static void probe_begin(struct probe *p, size_t size, unsigned char with)
{
	memset(p->bytes, with, sizeof(p->bytes));
	p->size = size;
	p->fill = with;
	memcpy(p->bytes, &(uint32_t) { (uint32_t)size }, 4);
	memset(p->bytes + 4, 0, 4);
}

/* Inputs */
static void put32(struct probe *p, size_t offset, uint32_t value)
{
	memcpy(p->bytes + offset, &value, sizeof(value));
}

static void put64(struct probe *p, size_t offset, uint64_t value)
{
	memcpy(p->bytes + offset, &value, sizeof(value));
}

static void probe_end(const struct probe *p)
{
	for (size_t i = p->size; i < sizeof(p->bytes); i++)
		CHECK_EQ(p->bytes[i], p->fill);
}

/* Every byte is an input, or was written: a byte that keeps what was there differs. */
static void probes_agree(const struct probe *one, const struct probe *two)
{
	probe_end(one);
	probe_end(two);
	CHECK_EQ(one->size, two->size);
	for (size_t i = 0; i < one->size; i++)
		if (one->bytes[i] != two->bytes[i])
			test_fail(__FILE__, __LINE__, "byte %zu: %02x and %02x", i, one->bytes[i],
				  two->bytes[i]);
}

static void padded(const char *name, size_t size)
{
	CHECK(strnlen(name, size) < size);
	CHECK(all_zero(name + strlen(name), size - strlen(name)));
}

static const unsigned char fills[] = { FILL, OTHER_FILL };

static void info(void)
{
	int node = node_open(O_RDONLY);
	struct dmaspan_info got;
	struct probe p[2];

	for (size_t i = 0; i < 2; i++) {
		probe_begin(&p[i], sizeof(got), fills[i]);
		put32(&p[i], offsetof(struct dmaspan_info, __reserved), 0);
		CHECK(ioctl(node, DMASPAN_INFO, p[i].bytes) == 0);
	}
	probes_agree(&p[0], &p[1]);
	memcpy(&got, p[0].bytes, sizeof(got));
	CHECK_EQ(got.__reserved, 0);
	padded(got.out_name, sizeof(got.out_name));
	padded(got.out_bus_name, sizeof(got.out_bus_name));
	close(node);
}

static void channel_info(void)
{
	int node = node_open(O_RDONLY);
	struct dmaspan_channel_info got;
	struct probe p[2];

	for (uint32_t channel = 0; channel < 2; channel++) {
		for (size_t i = 0; i < 2; i++) {
			probe_begin(&p[i], sizeof(got), fills[i]);
			put32(&p[i], offsetof(struct dmaspan_channel_info, index), channel);
			CHECK(ioctl(node, DMASPAN_CHANNEL_INFO, p[i].bytes) == 0);
		}
		probes_agree(&p[0], &p[1]);
		memcpy(&got, p[0].bytes, sizeof(got));
		padded(got.out_name, sizeof(got.out_name));
	}
	close(node);
}

static void probe_alloc(struct probe *p, uint32_t kind, uint64_t length, unsigned char with)
{
	probe_begin(p, sizeof(struct dmaspan_alloc), with);
	put32(p, offsetof(struct dmaspan_alloc, kind), kind);
	put32(p, offsetof(struct dmaspan_alloc, fd_flags), O_RDWR | O_CLOEXEC);
	put64(p, offsetof(struct dmaspan_alloc, length), length);
	put32(p, offsetof(struct dmaspan_alloc, __reserved), 0);
}

static void probe_map(struct probe *p, int fd, uint32_t direction, unsigned char with)
{
	probe_begin(p, sizeof(struct dmaspan_map), with);
	put32(p, offsetof(struct dmaspan_map, fd), (uint32_t)fd);
	put32(p, offsetof(struct dmaspan_map, direction), direction);
}

static void alloc_and_map(void)
{
	int node = node_open(O_RDWR);
	struct probe p[2], m[2];

	for (uint32_t kind = 0; kind < 3; kind++) {
		for (size_t i = 0; i < 2; i++) {
			struct dmaspan_alloc got;
			struct dmaspan_map map;

			probe_alloc(&p[i], kind, PAGE, fills[i]);
			CHECK(ioctl(node, DMASPAN_ALLOC, p[i].bytes) == 0);
			memcpy(&got, p[i].bytes, sizeof(got));
			probe_map(&m[i], got.out_fd, DMASPAN_TO_DEVICE, fills[i]);
			CHECK(ioctl(node, DMASPAN_MAP, m[i].bytes) == 0);
			memcpy(&map, m[i].bytes, sizeof(map));
			CHECK(do_unmap(node, map.out_mapping) == 0);
			close(got.out_fd);
		}
		probes_agree(&p[0], &p[1]);
		probes_agree(&m[0], &m[1]);
	}
	close(node);
}

static void probe_buffer_info(struct probe *p, int fd, unsigned char with)
{
	probe_begin(p, sizeof(struct dmaspan_buffer_info), with);
	put32(p, offsetof(struct dmaspan_buffer_info, fd), (uint32_t)fd);
	put64(p, offsetof(struct dmaspan_buffer_info, __reserved), 0);
}

static void probe_segments(struct probe *p, uint32_t mapping, struct dmaspan_segment *room,
			   uint32_t count, unsigned char with)
{
	probe_begin(p, sizeof(struct dmaspan_segments), with);
	put32(p, offsetof(struct dmaspan_segments, mapping), mapping);
	put32(p, offsetof(struct dmaspan_segments, count), count);
	put64(p, offsetof(struct dmaspan_segments, segments), PTR(room));
	put32(p, offsetof(struct dmaspan_segments, __reserved), 0);
}

static void buffer_info_and_segments(void)
{
	int node = node_open(O_RDWR);
	struct dmaspan_segment room[8];
	struct probe p[2], q[2];
	struct span span;

	span_open(&span, node, DMASPAN_KIND_CACHED, DMASPAN_TO_DEVICE, PAGE);
	for (size_t i = 0; i < 2; i++) {
		probe_buffer_info(&p[i], span.fd, fills[i]);
		CHECK(ioctl(node, DMASPAN_BUFFER_INFO, p[i].bytes) == 0);
		memset(room, fills[i], sizeof(room));
		probe_segments(&q[i], span.map.out_mapping, room, ARRAY_SIZE(room), fills[i]);
		CHECK(ioctl(node, DMASPAN_SEGMENTS, q[i].bytes) == 0);
		/* One page, one segment; the room behind it is the caller's. */
		CHECK_EQ(room[0].length, PAGE);
		for (size_t k = sizeof(room[0]); k < sizeof(room); k++)
			CHECK_EQ(((unsigned char *)room)[k], fills[i]);
	}
	probes_agree(&p[0], &p[1]);
	probes_agree(&q[0], &q[1]);
	span_close(&span);
	close(node);
}

static void probe_channel_open(struct probe *p, const char *name, unsigned char with)
{
	char padded_name[DMASPAN_NAME_LEN] = "";

	memcpy(padded_name, name, strlen(name));
	probe_begin(p, sizeof(struct dmaspan_channel_open), with);
	memcpy(p->bytes + offsetof(struct dmaspan_channel_open, name), padded_name,
	       sizeof(padded_name));
	put32(p, offsetof(struct dmaspan_channel_open, fd_flags), O_CLOEXEC);
	put32(p, offsetof(struct dmaspan_channel_open, __reserved), 0);
}

static const char *a_channel(void)
{
	return device_is_virt() ? "copy0" : "tx";
}

static void channel_open_and_cancel(void)
{
	int node = node_open(O_RDWR);
	struct probe p[2], c[2];

	for (size_t i = 0; i < 2; i++) {
		struct dmaspan_channel_open got;

		probe_channel_open(&p[i], a_channel(), fills[i]);
		CHECK(ioctl(node, DMASPAN_CHANNEL_OPEN, p[i].bytes) == 0);
		memcpy(&got, p[i].bytes, sizeof(got));
		probe_begin(&c[i], sizeof(struct dmaspan_cancel), fills[i]);
		put32(&c[i], offsetof(struct dmaspan_cancel, __reserved), 0);
		CHECK(ioctl(got.out_fd, DMASPAN_CANCEL, c[i].bytes) == 0);
		close(got.out_fd);
	}
	probes_agree(&p[0], &p[1]);
	probes_agree(&c[0], &c[1]);
	close(node);
}

static void refused(int fd, unsigned long command, const struct probe *p, int error)
{
	struct probe after = *p;

	CHECK_EQ(ioctl(fd, command, after.bytes), -1);
	CHECK_EQ(errno, error);
	probes_agree(p, &after);
}

/* A command that fails writes nothing - but for too_few_segments(). */
static void refused_inputs(void)
{
	static const struct {
		unsigned long command;
		size_t size;
	} commands[] = {
		{ DMASPAN_INFO, sizeof(struct dmaspan_info) },
		{ DMASPAN_CHANNEL_INFO, sizeof(struct dmaspan_channel_info) },
		{ DMASPAN_BUFFER_INFO, sizeof(struct dmaspan_buffer_info) },
		{ DMASPAN_ALLOC, sizeof(struct dmaspan_alloc) },
		{ DMASPAN_MAP, sizeof(struct dmaspan_map) },
		{ DMASPAN_SEGMENTS, sizeof(struct dmaspan_segments) },
		{ DMASPAN_CHANNEL_OPEN, sizeof(struct dmaspan_channel_open) },
	};
	int node = node_open(O_RDWR);

	for (size_t i = 0; i < ARRAY_SIZE(commands); i++) {
		struct probe before, after;

		probe_begin(&before, commands[i].size, FILL);
		after = before;
		CHECK_EQ(ioctl(node, commands[i].command, after.bytes), -1);
		probes_agree(&before, &after);
	}
	close(node);
}

/* What looks right and is not there */
static void refused_values(void)
{
	int node = node_open(O_RDWR), fd = read_only_buffer(node, DMASPAN_KIND_CACHED, PAGE);
	struct dmaspan_segment room;
	struct probe p;

	probe_begin(&p, sizeof(struct dmaspan_channel_info), FILL);
	put32(&p, offsetof(struct dmaspan_channel_info, index), 1000);
	refused(node, DMASPAN_CHANNEL_INFO, &p, ENOENT);
	probe_buffer_info(&p, -1, FILL);
	refused(node, DMASPAN_BUFFER_INFO, &p, EBADF);
	probe_map(&p, -1, DMASPAN_TO_DEVICE, FILL);
	refused(node, DMASPAN_MAP, &p, EBADF);
	probe_map(&p, node, DMASPAN_TO_DEVICE, FILL);
	refused(node, DMASPAN_MAP, &p, EINVAL);
	probe_map(&p, fd, DMASPAN_FROM_DEVICE, FILL);
	refused(node, DMASPAN_MAP, &p, EACCES);
	probe_segments(&p, 1000, &room, 1, FILL);
	refused(node, DMASPAN_SEGMENTS, &p, ENOENT);
	probe_channel_open(&p, "none", FILL);
	refused(node, DMASPAN_CHANNEL_OPEN, &p, ENOENT);
	close(fd);
	close(node);
}

/* Structs without outputs, too: nothing is written back */
static void refused_without_outputs(void)
{
	int node = node_open(O_RDWR), channel;
	struct dmaspan_transfer t = { .mapping = 1000, .length = 16 }, t_before = t;
	struct dmaspan_range range = { 0, PAGE }, range_before = range;
	struct probe p;

	CHECK(do_channel_open(node, a_channel(), O_CLOEXEC, &channel) == 0);
	probe_begin(&p, sizeof(struct dmaspan_unmap), FILL);
	put32(&p, offsetof(struct dmaspan_unmap, mapping), 1000);
	put32(&p, offsetof(struct dmaspan_unmap, __reserved), 0);
	refused(node, DMASPAN_UNMAP, &p, ENOENT);
	probe_begin(&p, sizeof(struct dmaspan_sync), FILL);
	put32(&p, offsetof(struct dmaspan_sync, flags), DMASPAN_SYNC_FOR_CPU);
	put32(&p, offsetof(struct dmaspan_sync, mapping), 1000);
	put32(&p, offsetof(struct dmaspan_sync, count), 1);
	put64(&p, offsetof(struct dmaspan_sync, ranges), PTR(&range));
	refused(node, DMASPAN_SYNC, &p, ENOENT);
	CHECK(!memcmp(&range, &range_before, sizeof(range)));
	probe_begin(&p, sizeof(struct dmaspan_submit), FILL);
	put64(&p, offsetof(struct dmaspan_submit, transfers), PTR(&t));
	put32(&p, offsetof(struct dmaspan_submit, count), 1);
	put32(&p, offsetof(struct dmaspan_submit, transfer_size), sizeof(t));
	refused(channel, DMASPAN_SUBMIT, &p, ENOENT);
	CHECK(!memcmp(&t, &t_before, sizeof(t)));
	/* A node has nothing to cancel. */
	probe_begin(&p, sizeof(struct dmaspan_cancel), FILL);
	put32(&p, offsetof(struct dmaspan_cancel, __reserved), 0);
	refused(node, DMASPAN_CANCEL, &p, ENOTTY);
	close(channel);
	close(node);
}

/* All is right, but there is no room, no fd, or somebody was first. */
static void refused_late(void)
{
	int node = node_open(O_RDWR), channel;
	struct rlimit before, none;
	struct probe p, c;

	probe_alloc(&p, DMASPAN_KIND_CACHED, (limit_bytes() / PAGE + 1) * PAGE, FILL);
	refused(node, DMASPAN_ALLOC, &p, EDQUOT);
	probe_channel_open(&c, a_channel(), FILL);
	CHECK(getrlimit(RLIMIT_NOFILE, &before) == 0);
	none = (struct rlimit) { 0, before.rlim_max };
	CHECK(setrlimit(RLIMIT_NOFILE, &none) == 0);
	for (uint32_t kind = 0; kind < 3; kind++) {
		probe_alloc(&p, kind, PAGE, FILL);
		refused(node, DMASPAN_ALLOC, &p, EMFILE);
	}
	refused(node, DMASPAN_CHANNEL_OPEN, &c, EMFILE);
	CHECK(setrlimit(RLIMIT_NOFILE, &before) == 0);
	CHECK(do_channel_open(node, a_channel(), O_CLOEXEC, &channel) == 0);
	refused(node, DMASPAN_CHANNEL_OPEN, &c, EBUSY);
	close(channel);
	close(node);
}

/* EMSGSIZE says how many there are, and that is all. */
static void too_few_segments(void)
{
	int node = node_open(O_RDWR);
	struct dmaspan_segment room;
	struct probe p, after;
	struct span span;

	memset(&room, FILL, sizeof(room));
	span_open(&span, node, DMASPAN_KIND_CACHED, DMASPAN_TO_DEVICE, PAGE);
	probe_segments(&p, span.map.out_mapping, &room, 0, FILL);
	after = p;
	CHECK_ERRNO(ioctl(node, DMASPAN_SEGMENTS, after.bytes), EMSGSIZE);
	put32(&p, offsetof(struct dmaspan_segments, out_count), 1);
	probes_agree(&p, &after);
	for (size_t i = 0; i < sizeof(room); i++)
		CHECK_EQ(((unsigned char *)&room)[i], FILL);
	span_close(&span);
	close(node);
}

static void completions(void)
{
	unsigned char records[3 * sizeof(struct dmaspan_completion)];
	struct dmaspan_completion done;
	struct stream s;

	stream_open(&s, "source", PAGE);
	for (uint64_t i = 0; i < 2; i++)
		CHECK(stream_submit(&s, i * KIB, 64, 0x1122334455667788 + i) == 0);
	for (size_t i = 0; i < 2; i++) {
		memset(records, FILL, sizeof(records));
		CHECK_EQ(read(s.channel, records, 2 * sizeof(done) - 1), sizeof(done));
		memcpy(&done, records, sizeof(done));
		CHECK_EQ(done.cookie, 0x1122334455667788 + i);
		CHECK_EQ(done.length, 64);
		CHECK_EQ(done.status, 0);
		CHECK_EQ(done.__reserved, 0);
		for (size_t k = sizeof(done); k < sizeof(records); k++)
			CHECK_EQ(records[k], FILL);
	}
	CHECK(do_sync(s.node, s.span.map.out_mapping, DMASPAN_SYNC_FOR_CPU, 0, PAGE) == 0);
	stream_close(&s);
}

static const struct test_case cases[] = {
	CASE(info),
	CASE(channel_info),
	CASE(alloc_and_map),
	CASE(buffer_info_and_segments),
	CASE(channel_open_and_cancel),
	CASE(refused_inputs),
	CASE(refused_values),
	CASE(refused_without_outputs),
	CASE(refused_late),
	CASE(too_few_segments),
	VIRT_CASE(completions),
};

int main(void)
{
	return test_main_by_device(cases, ARRAY_SIZE(cases));
}
