// SPDX-License-Identifier: MIT
/* An ordinary user with a node tries to get at what another opener of it has.  timeout: 120 */
#include <sys/syscall.h>

#include "user.h"
#include "virt.h"

#define OWN	(2 * PAGE)
#define CANARY	0xc3
#define AROUND	8	/* buffers of the other one */

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

	span_open(&own, node, DMASPAN_KIND_CACHED, DMASPAN_BIDIRECTIONAL, OWN);
	for (const struct dmaspan_range *r = beyond; r < beyond + ARRAY_SIZE(beyond); r++) {
		const struct dmaspan_range second[] = { { 0, PAGE }, *r };

		REFUSED(do_sync_ranges(node, own.map.out_mapping, DMASPAN_SYNC_FOR_CPU, r, 1));
		REFUSED(do_sync_ranges(node, own.map.out_mapping, DMASPAN_SYNC_FOR_DEVICE, r, 1));
		REFUSED(do_sync_ranges(node, own.map.out_mapping, DMASPAN_SYNC_FOR_CPU, second, 2));
	}
	CHECK(all_zero(own.data, OWN));
}

static void sync_ranges(void)
{
	against_the_other(sync_beyond);
}

static void submit_beyond_on(int node, const char *name)
{
	bool copies = !strncmp(name, "copy", 4);
	struct span own;
	int channel;

	span_open(&own, node, DMASPAN_KIND_CACHED, DMASPAN_BIDIRECTIONAL, OWN);
	CHECK(do_channel_open(node, name, O_CLOEXEC | O_NONBLOCK, &channel) == 0);
	for (const struct dmaspan_range *r = beyond; r < beyond + ARRAY_SIZE(beyond); r++) {
		struct dmaspan_transfer t = {
			.mapping = own.map.out_mapping,
			.offset = r->offset,
			.length = r->length,
			.src_mapping = copies ? own.map.out_mapping : 0,
		};

		REFUSED(do_submit_array(channel, &t, 1));
		if (!copies)
			continue;
		t.offset = 0;
		t.src_offset = r->offset;
		REFUSED(do_submit_array(channel, &t, 1));
	}
	CHECK_ERRNO(read(channel, own.data, sizeof(struct dmaspan_completion)), EAGAIN);
	CHECK(!holds_canary(own.data, OWN));
	close(channel);
	span_close(&own);
}

static void submit_beyond(int node)
{
	if (device_is_virt()) {
		submit_beyond_on(node, "copy0");
		submit_beyond_on(node, "source");
		submit_beyond_on(node, "sink");
	} else {
		submit_beyond_on(node, "tx");
		submit_beyond_on(node, "rx");
	}
}

static void transfers(void)
{
	against_the_other(submit_beyond);
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
