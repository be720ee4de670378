// SPDX-License-Identifier: MIT
/* An ordinary user with a node tries to get at what another opener of it has.  timeout: 120 */
#include <sys/syscall.h>

#include "user.h"
#include "virt.h"

#define OWN	(2 * PAGE)
#define CANARY	0xc3
#define AROUND	8	/* buffers of the other one */
#define ROOM	8	/* of an array */

/* What the other one has: memory around the user's, mapped for both ways */
static struct other {
	int node;
	struct span spans[AROUND];
} other;

static void other_open(void)
{
	other.node = node_open(O_RDWR);
	for (size_t i = 0; i < AROUND; i++) {
		struct span *s = &other.spans[i];

		span_open(s, other.node, i % 3, DMASPAN_BIDIRECTIONAL, OWN);
		memset(s->data, CANARY, OWN);
		hand_over(s, DMASPAN_SYNC_FOR_DEVICE, 0, OWN);
	}
}

static bool all_canary(const unsigned char *data, size_t length)
{
	return data[0] == CANARY && !memcmp(data, data + 1, length - 1);
}

/* Untouched, for the CPU and for the device, and each mapping still there */
static void other_close(void)
{
	struct dmaspan_buffer_info info;

	for (size_t i = 0; i < AROUND; i++) {
		struct span *s = &other.spans[i];

		CHECK(all_canary(s->data, OWN));
		hand_over(s, DMASPAN_SYNC_FOR_CPU, 0, OWN);
		CHECK(all_canary(s->data, OWN));
		CHECK(do_buffer_info(other.node, s->fd, &info) == 0);
		CHECK_EQ(info.out_mappings, 1);
		span_close(s);
	}
	close(other.node);
}

static void against_the_other(void (*attack)(int node))
{
	other_open();
	as_user_with_node(attack);
	other_close();
}

static bool holds_canary(const unsigned char *data, size_t length)
{
	for (size_t i = 0; i + 16 <= length; i++)
		if (data[i] == CANARY && !memcmp(data + i, data + i + 1, 15))
			return true;
	return false;
}

/* Each reaches beyond OWN bytes, or would if a sum wrapped at 2^32 or 2^64. */
static const struct dmaspan_range beyond[] = {
	{ OWN, 1 }, { 0, OWN + 1 }, { OWN - 1, 2 }, { PAGE, OWN },
	{ UINT64_MAX, 1 }, { UINT64_MAX, 2 }, { 1, UINT64_MAX }, { 0, UINT64_MAX },
	{ UINT64_MAX - PAGE + 1, PAGE }, { UINT64_MAX - PAGE + 1, OWN },
	{ -PAGE, PAGE }, { -PAGE, OWN }, { -OWN, 2 * OWN },
	{ 1ULL << 32, PAGE }, { (1ULL << 32) - PAGE, PAGE }, { (1ULL << 32) - PAGE, OWN },
	{ PAGE, 1ULL << 32 }, { 0, (1ULL << 32) + PAGE }, { PAGE, (1ULL << 32) - PAGE },
	{ 1ULL << 63, PAGE }, { 1ULL << 63, 1ULL << 63 }, { PAGE, (1ULL << 63) + PAGE },
	{ INT64_MAX, 1 }, { 1, INT64_MAX },
};

#define REFUSED(call) do {							\
	CHECK((call) == -1);							\
	if (errno != EINVAL && errno != EOVERFLOW)				\
		test_fail(__FILE__, __LINE__, "offset %#llx, length %#llx: %s",	\
			  (unsigned long long)r->offset,			\
			  (unsigned long long)r->length, strerror(errno));	\
} while (0)

static void sync_beyond(int node)
{
	struct span own;

	for (uint32_t kind = 0; kind < 3; kind++) {
		span_open(&own, node, kind, DMASPAN_BIDIRECTIONAL, OWN);
		CHECK(do_sync(node, own.map.out_mapping, DMASPAN_SYNC_FOR_DEVICE, 0, PAGE) == 0);
		CHECK(do_sync(node, own.map.out_mapping, DMASPAN_SYNC_FOR_CPU, 0, OWN) == 0);
		for (const struct dmaspan_range *r = beyond; r < beyond + ARRAY_SIZE(beyond); r++) {
			const struct dmaspan_range two[] = { { 0, PAGE }, *r };
			uint32_t id = own.map.out_mapping;

			REFUSED(do_sync_ranges(node, id, DMASPAN_SYNC_FOR_CPU, r, 1));
			REFUSED(do_sync_ranges(node, id, DMASPAN_SYNC_FOR_DEVICE, r, 1));
			REFUSED(do_sync_ranges(node, id, DMASPAN_SYNC_FOR_CPU, two, 2));
		}
		CHECK(all_zero(own.data, OWN));
		span_close(&own);
	}
}

static void sync_ranges(void)
{
	against_the_other(sync_beyond);
}

/* What an opener uses a channel with; copies go from one buffer to the other. */
struct desk {
	int node;
	int channel;
	bool copies;
	struct span to;
	struct span from;
};

static void desk_open(struct desk *d, int node, const char *name, uint32_t kind)
{
	d->node = node;
	d->copies = !strncmp(name, "copy", 4);
	span_open(&d->to, node, kind, DMASPAN_BIDIRECTIONAL, OWN);
	span_open(&d->from, node, kind, DMASPAN_BIDIRECTIONAL, OWN);
	CHECK(do_channel_open(node, name, O_CLOEXEC | O_NONBLOCK, &d->channel) == 0);
}

static struct dmaspan_transfer desk_transfer(const struct desk *d, uint64_t offset,
					     uint64_t length)
{
	return (struct dmaspan_transfer) {
		.mapping = d->to.map.out_mapping,
		.offset = offset,
		.length = length,
		.src_mapping = d->copies ? d->from.map.out_mapping : 0,
	};
}

static void nothing_is_queued(const struct desk *d)
{
	struct dmaspan_completion done;
	uint32_t cancelled;

	CHECK_ERRNO(read(d->channel, &done, sizeof(done)), EAGAIN);
	CHECK(do_cancel(d->channel, &cancelled) == 0);
	CHECK_EQ(cancelled, 0);
	CHECK_ERRNO(read(d->channel, &done, sizeof(done)), EAGAIN);
}

/* Nothing else was wrong with what was refused. */
static void desk_works(const struct desk *d)
{
	const struct dmaspan_transfer good = desk_transfer(d, 0, PAGE);
	struct dmaspan_completion done;
	uint32_t cancelled;

	hand_over(&d->to, DMASPAN_SYNC_FOR_DEVICE, 0, OWN);
	hand_over(&d->from, DMASPAN_SYNC_FOR_DEVICE, 0, OWN);
	CHECK(do_submit_array(d->channel, &good, 1) == 0);
	CHECK(do_cancel(d->channel, &cancelled) == 0);
	CHECK(do_wait(d->channel, &done, WAIT_MS) == 0);
	hand_over(&d->to, DMASPAN_SYNC_FOR_CPU, 0, OWN);
	hand_over(&d->from, DMASPAN_SYNC_FOR_CPU, 0, OWN);
}

static void desk_close(struct desk *d)
{
	close(d->channel);
	span_close(&d->from);
	span_close(&d->to);
}

static void submit_beyond_on(int node, const char *name, uint32_t kind)
{
	struct desk d;

	desk_open(&d, node, name, kind);
	for (const struct dmaspan_range *r = beyond; r < beyond + ARRAY_SIZE(beyond); r++) {
		struct dmaspan_transfer good = desk_transfer(&d, 0, PAGE);
		struct dmaspan_transfer bad = desk_transfer(&d, r->offset, r->length);
		const struct dmaspan_transfer all[] = { bad, good, bad };

		REFUSED(do_submit_array(d.channel, all, 1));
		REFUSED(do_submit_array(d.channel, all, 2));
		REFUSED(do_submit_array(d.channel, all + 1, 2));
		if (!d.copies)
			continue;
		bad.offset = 0;
		bad.src_offset = r->offset;
		REFUSED(do_submit_array(d.channel, &bad, 1));
	}
	nothing_is_queued(&d);
	desk_works(&d);
	CHECK(!holds_canary(d.to.data, OWN));
	CHECK(!holds_canary(d.from.data, OWN));
	desk_close(&d);
}

static void on_every_channel(int node, void (*fn)(int node, const char *name, uint32_t kind))
{
	static const char *const virt[] = { "copy0", "source", "sink" };
	static const char *const edu[] = { "tx", "rx" };
	const char *const *names = device_is_virt() ? virt : edu;
	size_t count = device_is_virt() ? ARRAY_SIZE(virt) : ARRAY_SIZE(edu);

	for (uint32_t kind = 0; kind < 3; kind++)
		for (size_t i = 0; i < count; i++)
			fn(node, names[i], kind);
}

static void submit_beyond(int node)
{
	on_every_channel(node, submit_beyond_on);
}

static void transfers(void)
{
	against_the_other(submit_beyond);
}

/* Numbers of things in an array of one; times 16, 32 or 56 some are small, or one. */
static const uint32_t counts[] = {
	0, 1025, 1U << 16, (1U << 26) + 1, 1U << 27, (1U << 27) + 1, 1U << 28, (1U << 28) + 1,
	613566757, INT32_MAX, 1U << 31, UINT32_MAX - 15, UINT32_MAX,
};

static void sync_counts(int node)
{
	const struct dmaspan_range good = { 0, PAGE };
	struct span own;

	span_open(&own, node, DMASPAN_KIND_CACHED, DMASPAN_BIDIRECTIONAL, OWN);
	for (size_t i = 0; i < ARRAY_SIZE(counts); i++)
		CHECK_ERRNO(do_sync_ranges(node, own.map.out_mapping, DMASPAN_SYNC_FOR_CPU, &good,
					   counts[i]), EINVAL);
	CHECK(do_sync_ranges(node, own.map.out_mapping, DMASPAN_SYNC_FOR_CPU, &good, 1) == 0);
	span_close(&own);
}

static void submit_counts(int node, const char *name, uint32_t kind)
{
	static const uint32_t short_or_odd[] = { 1, 7, 8, 24, 31, 33, 57, UINT32_MAX };
	static const uint32_t too_long[] = { 264, 4096, 1U << 16, 1U << 31, UINT32_MAX - 7 };
	struct dmaspan_transfer good;
	struct desk d;

	desk_open(&d, node, name, kind);
	good = desk_transfer(&d, 0, PAGE);
	for (size_t i = 0; i < ARRAY_SIZE(counts); i++)
		CHECK_ERRNO(do_submit_array(d.channel, &good, counts[i]), EINVAL);
	for (size_t i = 0; i < ARRAY_SIZE(short_or_odd); i++)
		CHECK_ERRNO(do_submit_sized(d.channel, &good, 1, short_or_odd[i]), EINVAL);
	for (size_t i = 0; i < ARRAY_SIZE(too_long); i++)
		CHECK_ERRNO(do_submit_sized(d.channel, &good, 1, too_long[i]), E2BIG);
	nothing_is_queued(&d);
	desk_works(&d);
	desk_close(&d);
}

/* However much room is said to be there, what there is to tell is written and no more. */
static void segment_counts(int node)
{
	static const uint32_t rooms[] = {
		ROOM, 1U << 16, (1U << 28) - 1, 1U << 28, (1U << 28) + 1, 1U << 31, UINT32_MAX,
	};
	struct dmaspan_segment segments[ROOM], guard[ROOM];
	struct span own;
	uint32_t count;

	memset(guard, CANARY, sizeof(guard));
	for (uint32_t kind = 0; kind < 3; kind++) {
		span_open(&own, node, kind, DMASPAN_BIDIRECTIONAL, OWN);
		for (size_t i = 0; i < ARRAY_SIZE(rooms); i++) {
			memcpy(segments, guard, sizeof(guard));
			CHECK(do_segments(node, own.map.out_mapping, segments, rooms[i],
					  &count) == 0);
			CHECK(count == own.map.out_segments && count <= 2);
			CHECK(!memcmp(segments + count, guard, (ROOM - count) * sizeof(*guard)));
		}
		memcpy(segments, guard, sizeof(guard));
		CHECK_ERRNO(do_segments(node, own.map.out_mapping, segments, count - 1, &count),
			    EMSGSIZE);
		CHECK(!memcmp(segments, guard, sizeof(guard)));
		span_close(&own);
	}
}

static void count_beyond(int node)
{
	sync_counts(node);
	segment_counts(node);
	on_every_channel(node, submit_counts);
}

static void array_counts(void)
{
	against_the_other(count_beyond);
}

/* A channel that is none, by number and by a name that has no end within its field */
static void name_beyond(int node)
{
	struct dmaspan_channel_open arg = { .size = sizeof(arg), .out_fd = -7 };
	struct dmaspan_channel_info info, none;
	struct dmaspan_info node_info;

	CHECK(do_info(node, &node_info) == 0);
	CHECK(do_channel_info(node, node_info.out_channels - 1, &info) == 0);
	for (uint32_t over = 0; over < 40; over++) {
		CHECK_ERRNO(do_channel_info(node, node_info.out_channels + over, &none), ENOENT);
		CHECK_ERRNO(do_channel_info(node, UINT32_MAX - over, &none), ENOENT);
		CHECK_ERRNO(do_channel_info(node, 1U << (31 - over % 16), &none), ENOENT);
	}
	memset(arg.name, 'x', sizeof(arg.name));
	CHECK_ERRNO(ioctl(node, DMASPAN_CHANNEL_OPEN, &arg), EINVAL);
	/* The whole name is right, and goes on. */
	memcpy(arg.name, info.out_name, strlen(info.out_name));
	CHECK_ERRNO(ioctl(node, DMASPAN_CHANNEL_OPEN, &arg), EINVAL);
	arg.name[sizeof(arg.name) - 1] = 0;
	CHECK_ERRNO(ioctl(node, DMASPAN_CHANNEL_OPEN, &arg), ENOENT);
	CHECK_EQ(arg.out_fd, -7);
	arg.name[strlen(info.out_name)] = 0;
	CHECK(ioctl(node, DMASPAN_CHANNEL_OPEN, &arg) == 0);
	close(arg.out_fd);
}

static void channel_names(void)
{
	against_the_other(name_beyond);
}

static void view_beyond(int node)
{
	static const uint64_t pages[] = {
		2, 3, 1ULL << 20, (1ULL << 20) - 1, 1ULL << 32, 1ULL << 51, (1ULL << 51) - 1,
		(1ULL << 52) - 1, (1ULL << 52) - 2,
	};
	struct span own;

	for (uint32_t kind = 0; kind < 3; kind++) {
		span_open(&own, node, kind, DMASPAN_BIDIRECTIONAL, OWN);
		for (size_t i = 0; i < ARRAY_SIZE(pages); i++) {
			/* The system call, because libc checks the offset, too. */
			CHECK_EQ(syscall(SYS_mmap, NULL, PAGE, PROT_READ, MAP_SHARED, own.fd,
					 pages[i] * PAGE), -1);
			CHECK_EQ(syscall(SYS_mmap, NULL, (pages[i] + 1) * PAGE, PROT_READ,
					 MAP_SHARED, own.fd, PAGE), -1);
		}
		CHECK_ERRNO((long)mremap(own.data, 0, 2 * OWN, MREMAP_MAYMOVE), EFAULT);
		CHECK(munmap(own.data, OWN) == 0);
		close(own.fd);
	}
}

static void views(void)
{
	against_the_other(view_beyond);
}

static void guess(int node, int channel, uint32_t id)
{
	const struct dmaspan_transfer t = { .mapping = id, .length = 16, .src_mapping = id,
					    .src_offset = PAGE };
	const struct dmaspan_transfer plain = { .mapping = id, .length = 16 };
	struct dmaspan_segment segments[8];
	uint32_t count;

	CHECK_ERRNO(do_segments(node, id, segments, ARRAY_SIZE(segments), &count), ENOENT);
	CHECK_EQ(count, UINT32_MAX);
	CHECK_ERRNO(do_sync(node, id, DMASPAN_SYNC_FOR_CPU, 0, PAGE), ENOENT);
	CHECK_ERRNO(do_sync(node, id, DMASPAN_SYNC_FOR_DEVICE, 0, PAGE), ENOENT);
	CHECK_ERRNO(do_submit_array(channel, device_is_virt() ? &t : &plain, 1), ENOENT);
	CHECK_ERRNO(do_unmap(node, id), ENOENT);
}

static void guess_ids(int node)
{
	uint64_t state = test_seed();
	int channel;

	CHECK(do_channel_open(node, device_is_virt() ? "copy1" : "tx", O_CLOEXEC, &channel) == 0);
	for (size_t i = 0; i < AROUND; i++)
		guess(node, channel, other.spans[i].map.out_mapping);
	for (uint32_t id = 0; id < 300; id++)
		guess(node, channel, id);
	for (unsigned int i = 0; i < test_rounds(300); i++)
		guess(node, channel, (uint32_t)test_draw(&state));
}

static void mapping_ids(void)
{
	against_the_other(guess_ids);
}

/* The ids of another context that it has a mapping of its own under */
static void mix_ids(int node)
{
	struct span own;
	int channel;

	span_open(&own, node, DMASPAN_KIND_CACHED, DMASPAN_BIDIRECTIONAL, OWN);
	CHECK(do_channel_open(node, "copy1", O_CLOEXEC, &channel) == 0);
	for (uint32_t id = 0; id < 300; id++) {
		const struct dmaspan_transfer from = {
			.mapping = own.map.out_mapping, .length = PAGE, .src_mapping = id,
		};
		const struct dmaspan_transfer to = {
			.mapping = id, .length = PAGE, .src_mapping = own.map.out_mapping,
		};

		if (id == own.map.out_mapping)
			continue;
		CHECK_ERRNO(do_submit_array(channel, &from, 1), ENOENT);
		CHECK_ERRNO(do_submit_array(channel, &to, 1), ENOENT);
	}
	CHECK(all_zero(own.data, OWN));
}

static void copies_between_openers(void)
{
	against_the_other(mix_ids);
}

static int others_channel;

static void take_channel(int node)
{
	const char *name = device_is_virt() ? "copy0" : "rx";
	struct dmaspan_channel_info info;
	uint32_t cancelled;
	int fd = -7;

	/* It has come over a fork() here, and would not to another program. */
	close(others_channel);
	CHECK_ERRNO(do_channel_open(node, name, O_CLOEXEC, &fd), EBUSY);
	CHECK_EQ(fd, -7);
	CHECK_ERRNO(do_cancel(node, &cancelled), ENOTTY);
	CHECK_ERRNO(do_submit(node, 1, 0, 16, 0), ENOTTY);
	CHECK(do_channel_info(node, device_is_virt() ? 0 : 1, &info) == 0);
	CHECK(!strcmp(info.out_name, name));
	CHECK_EQ(info.out_flags, DMASPAN_CHANNEL_BUSY);
	CHECK_EQ(info.out_owner, getppid());
}

static void channels(void)
{
	int node = node_open(O_RDWR);

	CHECK(do_channel_open(node, device_is_virt() ? "copy0" : "rx", O_CLOEXEC,
			      &others_channel) == 0);
	against_the_other(take_channel);
	close(others_channel);
	close(node);
}

static pid_t others_pid;

static void take_fds(int node)
{
	char path[64];
	int pidfd;

	for (int fd = 0; fd < 64; fd++) {
		snprintf(path, sizeof(path), "/proc/%d/fd/%d", others_pid, fd);
		CHECK(open(path, O_RDONLY | O_CLOEXEC) == -1 && errno == EACCES);
	}
	pidfd = (int)syscall(SYS_pidfd_open, others_pid, 0);
	CHECK(pidfd >= 0);
	CHECK_ERRNO(syscall(SYS_pidfd_getfd, pidfd, other.spans[0].fd, 0), EPERM);
	(void)node;
}

static void fds(void)
{
	others_pid = getpid();
	against_the_other(take_fds);
}

static const struct test_case cases[] = {
	CASE(sync_ranges),
	CASE(transfers),
	CASE(array_counts),
	CASE(channel_names),
	CASE(views),
	CASE(mapping_ids),
	VIRT_CASE(copies_between_openers),
	CASE(channels),
	CASE(fds),
};

int main(void)
{
	return test_main_by_device(cases, ARRAY_SIZE(cases));
}
