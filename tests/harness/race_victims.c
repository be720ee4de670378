// SPDX-License-Identifier: MIT
/* What programs do while they are attacked. No step may end the process: CHECK is not for here. */
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>

#include "race.h"

static int result(int ret)
{
	return ret ? -errno : 0;
}

static int map_and_unmap(const struct race_scene *s, uint64_t *state)
{
	struct dmaspan_map map;

	if (do_map(s->node, s->fd, (uint32_t)(test_draw(state) % 3), &map))
		return -errno;
	return result(do_unmap(s->node, map.out_mapping));
}

static int alloc_and_free(const struct race_scene *s, uint64_t *state)
{
	size_t length = (test_draw(state) % 8 + 1) * 8 * PAGE;
	void *data;
	int fd, error = 0;

	if (do_alloc(s->node, (uint32_t)(test_draw(state) % 3), length, &fd))
		return -errno;
	data = mmap(NULL, length, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (data == MAP_FAILED)
		error = -errno;
	else
		munmap(data, length);
	close(fd);
	return error;
}

static _Thread_local sigjmp_buf back;

static void on_fault(int number)
{
	siglongjmp(back, number);
}

static int touch_page(volatile unsigned char *page, size_t byte)
{
	int number = sigsetjmp(back, 1);

	if (number)
		return number == SIGSEGV ? -EFAULT : -ENXIO;
	madvise((void *)page, PAGE, MADV_DONTNEED);
	page[byte]++;
	return 0;
}

static int touch(const struct race_scene *s, uint64_t *state)
{
	const struct sigaction action = { .sa_handler = on_fault, .sa_flags = SA_NODEFER };

	sigaction(SIGSEGV, &action, NULL);
	sigaction(SIGBUS, &action, NULL);
	return touch_page(s->data + test_draw(state) % 4 * PAGE, test_draw(state) % PAGE);
}

static int make_view(const struct race_scene *s, uint64_t *state)
{
	size_t pages = test_draw(state) % 4 + 1;
	void *data = mmap(NULL, pages * PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, s->fd,
			  (off_t)((4 - pages) * PAGE));

	if (data == MAP_FAILED)
		return -errno;
	return result(munmap(data, pages * PAGE));
}

/* Where the kernel maps huge entries, this is one, and then is split. */
static int split_huge_view(const struct race_scene *s, uint64_t *state)
{
	const size_t huge = 2 * MIB;
	unsigned char *room, *data;
	int fd, error = 0;

	if (do_alloc(s->node, DMASPAN_KIND_CACHED, huge, &fd))
		return -errno;
	room = mmap(NULL, 2 * huge, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	data = (unsigned char *)(((uintptr_t)room + huge - 1) & ~(huge - 1));
	if (room == MAP_FAILED ||
	    mmap(data, huge, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_FIXED, fd, 0) != data) {
		error = -errno;
	} else {
		data[test_draw(state) % huge] = 1;
		mprotect(data, PAGE, PROT_READ);
		madvise(data + 8 * PAGE, 8 * PAGE, MADV_DONTNEED);
		data[8 * PAGE + test_draw(state) % PAGE] = 1;
	}
	if (room != MAP_FAILED)
		munmap(room, 2 * huge);
	close(fd);
	return error;
}

static int sync_ranges(const struct race_scene *s, uint64_t *state)
{
	struct dmaspan_range ranges[8];
	uint32_t to = test_draw(state) % 2 ? DMASPAN_SYNC_FOR_CPU : DMASPAN_SYNC_FOR_DEVICE;

	for (size_t i = 0; i < ARRAY_SIZE(ranges); i++) {
		ranges[i].offset = test_draw(state) % RACE_LENGTH;
		ranges[i].length = test_draw(state) % (RACE_LENGTH - ranges[i].offset) + 1;
	}
	return result(do_sync_ranges(s->node, s->map.out_mapping, to, ranges,
				     ARRAY_SIZE(ranges)));
}

static int ask(const struct race_scene *s, uint64_t *state)
{
	struct dmaspan_channel_info channel_info;
	struct dmaspan_segment segments[16];
	struct dmaspan_buffer_info info;
	uint32_t count;

	switch (test_draw(state) % 3) {
	case 0:
		return result(do_segments(s->node, s->map.out_mapping, segments,
					  ARRAY_SIZE(segments), &count));
	case 1:
		return result(do_buffer_info(s->node, s->fd, &info));
	default:
		return result(do_channel_info(s->node, 0, &channel_info));
	}
}

/* A completion, which comes: poll() with a limit, so that a lost one is noticed */
static int take_one(const struct race_scene *s, struct dmaspan_completion *done)
{
	struct pollfd pfd = { .fd = s->channel, .events = POLLIN };
	ssize_t n;

	if (poll(&pfd, 1, RACE_STEP_MS) == 0)
		return -ETIMEDOUT;
	n = read(s->channel, done, sizeof(*done));
	if (n < 0)
		return -errno;
	return n == sizeof(*done) ? 0 : -EBADF;
}

/*
 * To the end of each. An attack may have made an earlier step leave without its
 * completions: those have smaller cookies.
 */
static int submit(const struct race_scene *s, struct dmaspan_transfer *transfers, uint32_t count)
{
	static uint64_t cookie;
	struct dmaspan_completion done;
	int error = 0;

	for (uint32_t i = 0; i < count; i++)
		transfers[i].cookie = ++cookie;
	if (do_submit_array(s->channel, transfers, count))
		return -errno;
	for (uint32_t i = 0; i < count;) {
		int ret = take_one(s, &done);

		if (ret)
			return ret;
		if (done.cookie < transfers[i].cookie)
			continue;
		if (done.cookie != transfers[i].cookie ||
		    (!done.status && done.length != transfers[i].length))
			return -EBADMSG;
		if (done.status)
			error = done.status;
		i++;
	}
	return error;
}

static int transfer(const struct race_scene *s, uint64_t *state)
{
	struct dmaspan_transfer one = {
		.mapping = s->map.out_mapping,
		.offset = test_draw(state) % (RACE_LENGTH - PAGE),
		.length = device_is_virt() ? test_draw(state) % PAGE + 1 : 16,
	};

	return submit(s, &one, 1);
}

static int copy(const struct race_scene *s, uint64_t *state)
{
	uint64_t length = test_draw(state) % PAGE + 1;
	struct dmaspan_transfer several[4];

	for (size_t i = 0; i < ARRAY_SIZE(several); i++)
		several[i] = (struct dmaspan_transfer) {
			.mapping = s->map.out_mapping,
			.offset = test_draw(state) % PAGE,
			.length = length,
			.src_mapping = s->map.out_mapping,
			.src_offset = 2 * PAGE + test_draw(state) % PAGE,
		};
	return submit(s, several, ARRAY_SIZE(several));
}

/* Nothing is queued that ends: read() waits until somebody wakes it. */
static int wait_in_read(const struct race_scene *s, uint64_t *state)
{
	struct dmaspan_completion done;
	ssize_t n;

	(void)state;
	n = read(s->channel, &done, sizeof(done));
	if (n < 0)
		return -errno;
	return n ? done.status : 0;
}

static int wait_in_poll(const struct race_scene *s, uint64_t *state)
{
	struct pollfd pfd = { .fd = s->channel, .events = POLLIN };

	return poll(&pfd, 1, (int)(test_draw(state) % 5) - 1) < 0 ? -errno : 0;
}

static int open_channel(const struct race_scene *s, uint64_t *state)
{
	int fd;

	(void)state;
	if (do_channel_open(s->node, device_is_virt() ? "copy1" : "tx", O_CLOEXEC, &fd))
		return -errno;
	close(fd);
	return 0;
}

static int open_node(const struct race_scene *s, uint64_t *state)
{
	char path[64];
	struct dmaspan_info info;
	int node, error;

	(void)s;
	(void)state;
	snprintf(path, sizeof(path), "/dev/dmaspan/%s", device_name());
	node = open(path, O_RDWR | O_CLOEXEC);
	if (node < 0)
		return -errno;
	error = result(do_info(node, &info));
	close(node);
	return error;
}

#define NONE	RACE_NO_CHANNEL

const struct race_victim race_victims[] = {
	{ "map_and_unmap", NONE, NONE, map_and_unmap, 2, false, { 0 } },
	{ "alloc_and_free", NONE, NONE, alloc_and_free, 2, false, { 0 } },
	{ "touch", NONE, NONE, touch, 2, false, { 0 } },
	{ "make_view", NONE, NONE, make_view, 2, false, { 0 } },
	{ "split_huge_view", NONE, NONE, split_huge_view, 1, false, { 0 } },
	{ "sync_ranges", NONE, NONE, sync_ranges, 2, false, { 0 } },
	{ "ask", NONE, NONE, ask, 2, false, { 0 } },
	{ "open_channel", NONE, NONE, open_channel, 2, false, { EBUSY } },
	{ "open_node", NONE, NONE, open_node, 2, false, { 0 } },
	{ "tx", "tx", NULL, transfer, 1, false, { 0 } },
	{ "copy", NULL, "copy0", copy, 1, false, { 0 } },
	{ "source", NULL, "source", transfer, 1, false, { 0 } },
	{ "sink", NULL, "sink", transfer, 1, false, { 0 } },
	{ "wait_in_read", "rx", "copy0", wait_in_read, 2, true, { 0 } },
	{ "wait_in_poll", "rx", "copy0", wait_in_poll, 2, true, { 0 } },
};

const size_t race_num_victims = ARRAY_SIZE(race_victims);
