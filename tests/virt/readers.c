// SPDX-License-Identifier: MIT
/* Several who wait on one channel: nobody sleeps over what another one gave back. */
#include <linux/userfaultfd.h>
#include <pthread.h>
#include <sys/syscall.h>

#include "virt.h"

#define ASLEEP_MS	300	/* until who was started waits */

static struct stream s;
static unsigned char *page;

/* A page whose first access waits until somebody answers for it. An fd that blocks has no poll. */
static int page_nobody_has(void)
{
	struct uffdio_api api = { .api = UFFD_API };
	struct uffdio_register reg = { .mode = UFFDIO_REGISTER_MODE_MISSING };
	int fd = (int)syscall(SYS_userfaultfd, O_CLOEXEC | O_NONBLOCK);

	page = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	CHECK(fd >= 0 && page != MAP_FAILED);
	CHECK(ioctl(fd, UFFDIO_API, &api) == 0);
	reg.range.start = PTR(page);
	reg.range.len = PAGE;
	CHECK(ioctl(fd, UFFDIO_REGISTER, &reg) == 0);
	return fd;
}

static void answer_that_there_is_none(int fd)
{
	struct uffdio_range range = { .start = PTR(page), .len = PAGE };

	CHECK(mprotect(page, PAGE, PROT_NONE) == 0);
	CHECK(ioctl(fd, UFFDIO_UNREGISTER, &range) == 0);
	close(fd);
}

static void *read_to_the_page(void *unused)
{
	(void)unused;
	CHECK_ERRNO(read(s.channel, page, sizeof(struct dmaspan_completion)), EFAULT);
	return NULL;
}

static void read_what_there_is(void *unused)
{
	struct dmaspan_completion done;

	(void)unused;
	CHECK_EQ(read(s.channel, &done, sizeof(done)), sizeof(done));
	CHECK_EQ(done.cookie, 7);
}

static void completion_that_goes_back(void)
{
	struct pollfd fault = { .events = POLLIN };
	pthread_t thread;
	pid_t pid;

	stream_open(&s, "source", PAGE);
	fault.fd = page_nobody_has();
	CHECK(pthread_create(&thread, NULL, read_to_the_page, NULL) == 0);
	CHECK(stream_submit(&s, 0, 64, 7) == 0);
	CHECK_EQ(poll(&fault, 1, WAIT_MS), 1);
	CHECK_EQ(fault.revents, POLLIN);
	pid = spawn(read_what_there_is, NULL);
	msleep(ASLEEP_MS);
	answer_that_there_is_none(fault.fd);
	pthread_join(thread, NULL);
	CHECK_EQ(reap(pid), 0);
	hand_over(&s.span, DMASPAN_SYNC_FOR_CPU, 0, PAGE);
	stream_close(&s);
}

static void wait_for_room(void *unused)
{
	struct pollfd pfd = { .fd = s.channel, .events = POLLOUT };

	(void)unused;
	CHECK_EQ(poll(&pfd, 1, WAIT_MS), 1);
	CHECK_EQ(pfd.revents, POLLOUT);
}

static void room_that_another_makes(void)
{
	struct dmaspan_completion done;
	pid_t pid;

	stream_open(&s, "source", PAGE);
	for (uint64_t i = 0; i < DMASPAN_MAX_TRANSFERS; i++)
		CHECK(stream_submit(&s, i % 16 * 64, 64, i) == 0);
	CHECK_ERRNO(stream_submit(&s, 0, 64, 0), EAGAIN);
	pid = spawn(wait_for_room, NULL);
	msleep(ASLEEP_MS);
	CHECK_EQ(read(s.channel, &done, sizeof(done)), sizeof(done));
	CHECK_EQ(reap(pid), 0);
	for (uint64_t i = 1; i < DMASPAN_MAX_TRANSFERS; i++)
		CHECK_EQ(read(s.channel, &done, sizeof(done)), sizeof(done));
	hand_over(&s.span, DMASPAN_SYNC_FOR_CPU, 0, PAGE);
	stream_close(&s);
}

static const struct test_case cases[] = {
	CASE(completion_that_goes_back),
	CASE(room_that_another_makes),
};

int main(void)
{
	test_device(VIRT_NAME);
	return test_main(cases, ARRAY_SIZE(cases));
}
