// SPDX-License-Identifier: MIT
/*
 * Bad input, the same for every command: one row each, one fault at a time.
 * After each fault nothing is lost: fds, bytes and mappings are as before.
 */
#include "harness.h"

#define ROOM	256	/* for the largest struct, and a tail */

/* What the rows refer to; fields are filled in by prepare() */
static struct {
	int node;
	int buffer;
	int channel;
	struct dmaspan_map map;
	struct dmaspan_segment segments[64];
	struct dmaspan_range range;
	struct dmaspan_transfer transfer;
} world;

union arg {
	unsigned char bytes[ROOM];
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
};

struct command {
	const char *name;
	unsigned long number;
	bool of_channel;
	bool replies;
	uint32_t size;
	uint32_t flags;		/* those that may be set */
	size_t reserved;	/* offset, 0: none */
	size_t reserved_size;
	void (*prepare)(union arg *arg);
	void (*undo)(const union arg *arg);
};

static void prepare_buffer_info(union arg *arg)
{
	arg->buffer_info.fd = world.buffer;
}

static void prepare_alloc(union arg *arg)
{
	arg->alloc.fd_flags = O_RDWR | O_CLOEXEC;
	arg->alloc.length = PAGE;
}

static void undo_alloc(const union arg *arg)
{
	close(arg->alloc.out_fd);
}

static void prepare_map(union arg *arg)
{
	arg->map.fd = world.buffer;
	arg->map.direction = DMASPAN_TO_DEVICE;
}

static void undo_map(const union arg *arg)
{
	do_unmap(world.node, arg->map.out_mapping);
}

static void prepare_segments(union arg *arg)
{
	arg->segments.mapping = world.map.out_mapping;
	arg->segments.count = ARRAY_SIZE(world.segments);
	arg->segments.segments = PTR(world.segments);
}

/* Each run unmaps a mapping of its own, if it comes so far */
static void prepare_unmap(union arg *arg)
{
	arg->unmap.mapping = world.map.out_mapping;
}

static void undo_unmap(const union arg *arg)
{
	(void)arg;
	CHECK(do_map(world.node, world.buffer, DMASPAN_TO_DEVICE, &world.map) == 0);
}

static void prepare_sync(union arg *arg)
{
	arg->sync.flags = DMASPAN_SYNC_FOR_DEVICE;
	arg->sync.mapping = world.map.out_mapping;
	arg->sync.count = 1;
	arg->sync.ranges = PTR(&world.range);
}

static void prepare_channel_open(union arg *arg)
{
	memcpy(arg->channel_open.name, "rx", 3);
	arg->channel_open.fd_flags = O_CLOEXEC;
}

static void undo_channel_open(const union arg *arg)
{
	close(arg->channel_open.out_fd);
}

static void prepare_submit(union arg *arg)
{
	world.transfer.mapping = world.map.out_mapping;
	arg->submit.transfers = PTR(&world.transfer);
	arg->submit.count = 1;
}

static void undo_submit(const union arg *arg)
{
	struct dmaspan_completion done;
	uint32_t cancelled;

	(void)arg;
	CHECK(do_cancel(world.channel, &cancelled) == 0);
	CHECK(do_wait(world.channel, &done, WAIT_MS) == 0);
}

#define ROW(_name, _number) \
	.name = #_name, .number = _number, .size = sizeof(struct dmaspan_##_name)
#define RESERVED(_name) \
	.reserved = offsetof(struct dmaspan_##_name, __reserved), \
	.reserved_size = sizeof(((struct dmaspan_##_name *)0)->__reserved)

static const struct command commands[] = {
	{ ROW(info, DMASPAN_INFO), RESERVED(info), .replies = true },
	{ ROW(channel_info, DMASPAN_CHANNEL_INFO), .replies = true },
	{ ROW(buffer_info, DMASPAN_BUFFER_INFO), RESERVED(buffer_info),
	  .replies = true, .prepare = prepare_buffer_info },
	{ ROW(alloc, DMASPAN_ALLOC), RESERVED(alloc), .replies = true,
	  .flags = DMASPAN_ALLOC_CONTIGUOUS,
	  .prepare = prepare_alloc, .undo = undo_alloc },
	{ ROW(map, DMASPAN_MAP), .replies = true,
	  .prepare = prepare_map, .undo = undo_map },
	{ ROW(segments, DMASPAN_SEGMENTS), RESERVED(segments), .replies = true,
	  .prepare = prepare_segments },
	{ ROW(unmap, DMASPAN_UNMAP), RESERVED(unmap),
	  .prepare = prepare_unmap, .undo = undo_unmap },
	{ ROW(sync, DMASPAN_SYNC),
	  .flags = DMASPAN_SYNC_FOR_DEVICE | DMASPAN_SYNC_FOR_CPU,
	  .prepare = prepare_sync },
	{ ROW(channel_open, DMASPAN_CHANNEL_OPEN), RESERVED(channel_open),
	  .replies = true,
	  .prepare = prepare_channel_open, .undo = undo_channel_open },
	{ ROW(submit, DMASPAN_SUBMIT), .of_channel = true,
	  .prepare = prepare_submit, .undo = undo_submit },
	{ ROW(cancel, DMASPAN_CANCEL), RESERVED(cancel), .of_channel = true,
	  .replies = true },
};

static const struct command *cmd;	/* the row at hand */

static void world_open(void)
{
	world.node = node_open(O_RDWR);
	CHECK(do_alloc(world.node, DMASPAN_KIND_CACHED, 4 * PAGE, &world.buffer) == 0);
	CHECK(do_map(world.node, world.buffer, DMASPAN_TO_DEVICE, &world.map) == 0);
	CHECK(do_channel_open(world.node, "tx", O_CLOEXEC, &world.channel) == 0);
	world.range = (struct dmaspan_range) { 0, PAGE };
	world.transfer = (struct dmaspan_transfer) { .length = 16 };
}

static void world_close(void)
{
	close(world.channel);
	close(world.buffer);
	close(world.node);
}

static union arg *fresh(void)
{
	static union arg arg;

	memset(&arg, 0, sizeof(arg));
	arg.info.size = cmd->size;
	if (cmd->prepare)
		cmd->prepare(&arg);
	return &arg;
}

static int call(void *arg)
{
	return ioctl(cmd->of_channel ? world.channel : world.node, cmd->number, arg);
}

struct state {
	int fds;
	uint64_t used;
	uint32_t mappings;
	uint32_t owned;
};

static struct state state(void)
{
	struct dmaspan_buffer_info buffer;
	struct dmaspan_channel_info info;
	struct state now = { .fds = count_fds() };
	struct dmaspan_info device;

	CHECK(do_info(world.node, &device) == 0);
	CHECK(do_buffer_info(world.node, world.buffer, &buffer) == 0);
	now.used = device.out_used;
	now.mappings = buffer.out_mappings;
	for (uint32_t i = 0; i < device.out_channels; i++) {
		CHECK(do_channel_info(world.node, i, &info) == 0);
		now.owned += info.out_flags & DMASPAN_CHANNEL_BUSY;
	}
	return now;
}

static void same(const struct state *before, const char *what)
{
	const struct state now = state();

	if (now.fds != before->fds || now.used != before->used ||
	    now.mappings != before->mappings || now.owned != before->owned)
		test_fail(cmd->name, 0, "%s: %d fds, %llu used, %u mappings, %u channels; "
			  "before: %d, %llu, %u, %u", what, now.fds,
			  (unsigned long long)now.used, now.mappings, now.owned,
			  before->fds, (unsigned long long)before->used,
			  before->mappings, before->owned);
}

/* The call fails with @want, and nothing is lost. */
static void refused(void *arg, int want, const char *what)
{
	const struct state before = state();
	int ret;

	errno = 0;
	ret = call(arg);
	if (ret != -1 || errno != want)
		test_fail(cmd->name, 0, "%s: %d, errno %d (%s), want %s", what, ret,
			  errno, strerror(errno), strerror(want));
	same(&before, what);
}

static void accepted(union arg *arg, const char *what)
{
	const struct state before = state();
	int ret = call(arg);

	if (ret)
		test_fail(cmd->name, 0, "%s: %s", what, strerror(errno));
	if (cmd->undo)
		cmd->undo(arg);
	same(&before, what);
}

static void generic_pointers(void)
{
	unsigned char *pages, *at;

	refused(NULL, EFAULT, "no struct");
	refused((void *)PAGE, EFAULT, "a struct nowhere");

	pages = mmap(NULL, 2 * PAGE, PROT_READ | PROT_WRITE,
		     MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	CHECK(pages != MAP_FAILED);
	CHECK(mprotect(pages + PAGE, PAGE, PROT_NONE) == 0);
	at = pages + PAGE - 4;
	memcpy(at, &cmd->size, 4);
	refused(at, EFAULT, "a struct that ends beyond its page");
	at = pages + PAGE - cmd->size;
	memcpy(at, fresh(), cmd->size);
	*(uint32_t *)at = cmd->size + 8;
	refused(at, EFAULT, "a tail that cannot be read");

	memcpy(pages, fresh(), cmd->size);
	CHECK(mprotect(pages, PAGE, PROT_READ) == 0);
	if (cmd->replies)
		refused(pages, EFAULT, "a struct that cannot be written");
	else
		accepted((union arg *)pages, "a struct that need not be written");
	munmap(pages, 2 * PAGE);
	accepted(fresh(), "after bad pointers");
}

static void generic_sizes(void)
{
	static const uint32_t small[] = { 0, 1, 4, 7, 8 };
	union arg *arg;

	for (size_t i = 0; i < ARRAY_SIZE(small); i++) {
		arg = fresh();
		arg->info.size = small[i];
		refused(arg, EINVAL, "a small size");
	}
	arg = fresh();
	arg->info.size--;
	refused(arg, EINVAL, "size - 1");

	arg = fresh();
	arg->info.size += 8;
	accepted(arg, "a tail of zeros");
	for (size_t at = 0; at < 8; at++) {
		arg = fresh();
		arg->info.size += 8;
		arg->bytes[cmd->size + at] = 1;
		refused(arg, E2BIG, "a tail");
	}
	arg = fresh();
	arg->info.size = ROOM;
	arg->bytes[ROOM - 1] = 0x80;
	refused(arg, E2BIG, "a long tail");
	arg = fresh();
	arg->info.size = UINT32_MAX;
	refused(arg, E2BIG, "the largest size");
}

static void generic_flags(void)
{
	union arg *arg;

	for (unsigned int bit = 0; bit < 32; bit++) {
		if (cmd->flags & (1U << bit))
			continue;
		arg = fresh();
		arg->info.flags |= 1U << bit;
		refused(arg, EINVAL, "an unknown flag");
	}
	for (size_t i = 0; i < 8 * cmd->reserved_size; i++) {
		arg = fresh();
		arg->bytes[cmd->reserved + i / 8] |= 1U << i % 8;
		refused(arg, EINVAL, "a reserved field");
	}
}

static void every(void (*what)(void))
{
	world_open();
	for (cmd = commands; cmd < commands + ARRAY_SIZE(commands); cmd++) {
		accepted(fresh(), "the valid call");
		what();
	}
	world_close();
}

static void pointers(void)
{
	every(generic_pointers);
}

static void sizes(void)
{
	every(generic_sizes);
}

static void flags_and_reserved(void)
{
	every(generic_flags);
}

static void unknown_commands(void)
{
	union arg arg = { .info.size = sizeof(arg) };

	world_open();
	for (unsigned int number = 0; number < 256; number++) {
		bool of_node = number <= 8, of_channel = number == 0x20 || number == 0x21;

		if (!of_node)
			CHECK_ERRNO(ioctl(world.node, _IO(DMASPAN_IOCTL_TYPE, number), &arg),
				    ENOTTY);
		if (!of_channel)
			CHECK_ERRNO(ioctl(world.channel, _IO(DMASPAN_IOCTL_TYPE, number),
					  &arg), ENOTTY);
		CHECK_ERRNO(ioctl(world.node, _IO(0xDB, number), &arg), ENOTTY);
	}
	CHECK_ERRNO(ioctl(world.node, _IOR(DMASPAN_IOCTL_TYPE, 0, struct dmaspan_info),
			  &arg), ENOTTY);
	CHECK_ERRNO(ioctl(world.node, _IOWR(DMASPAN_IOCTL_TYPE, 3, struct dmaspan_alloc),
			  &arg), ENOTTY);
	CHECK_ERRNO(ioctl(world.channel, _IOW(DMASPAN_IOCTL_TYPE, 0x20,
					      struct dmaspan_submit), &arg), ENOTTY);
	world_close();
}

static const struct test_case cases[] = {
	CASE(pointers),
	CASE(sizes),
	CASE(flags_and_reserved),
	CASE(unknown_commands),
};

TEST_MAIN(cases)
