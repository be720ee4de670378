// SPDX-License-Identifier: MIT
/* CHANNEL_OPEN: names, ownership, and what a channel's fd is. */
#include <signal.h>

#include "harness.h"

static void names(void)
{
	struct dmaspan_channel_open arg = { .size = sizeof(arg) };
	int node = node_open(O_RDWR), fd;

	CHECK_ERRNO(do_channel_open(node, "", O_CLOEXEC, &fd), ENOENT);
	CHECK_ERRNO(do_channel_open(node, "t", O_CLOEXEC, &fd), ENOENT);
	CHECK_ERRNO(do_channel_open(node, "txx", O_CLOEXEC, &fd), ENOENT);
	CHECK_ERRNO(do_channel_open(node, "TX", O_CLOEXEC, &fd), ENOENT);
	CHECK_ERRNO(do_channel_open(node, "/tx", O_CLOEXEC, &fd), ENOENT);
	memset(arg.name, 'x', sizeof(arg.name));
	CHECK_ERRNO(ioctl(node, DMASPAN_CHANNEL_OPEN, &arg), EINVAL);
	arg.name[sizeof(arg.name) - 1] = 0;
	CHECK_ERRNO(ioctl(node, DMASPAN_CHANNEL_OPEN, &arg), ENOENT);
	close(node);
}

static void directions(void)
{
	struct dmaspan_channel_open tx = { .size = sizeof(tx), .name = "tx" };
	struct dmaspan_channel_open rx = { .size = sizeof(rx), .name = "rx" };
	int node = node_open(O_RDWR);

	CHECK(ioctl(node, DMASPAN_CHANNEL_OPEN, &tx) == 0);
	CHECK(ioctl(node, DMASPAN_CHANNEL_OPEN, &rx) == 0);
	CHECK_EQ(tx.out_direction, DMASPAN_TO_DEVICE);
	CHECK_EQ(rx.out_direction, DMASPAN_FROM_DEVICE);
	CHECK(tx.out_fd >= 0 && rx.out_fd >= 0 && tx.out_fd != rx.out_fd);
	close(tx.out_fd);
	close(rx.out_fd);
	close(node);
}

static void fd_flags(void)
{
	static const uint32_t wrong[] = {
		O_RDWR, O_WRONLY, O_APPEND, O_CLOEXEC | O_CREAT, 1U << 31,
	};
	int node = node_open(O_RDWR), fd;

	for (uint32_t i = 0; i < 4; i++) {
		uint32_t flags = (i & 1 ? O_CLOEXEC : 0) | (i & 2 ? O_NONBLOCK : 0);

		CHECK(do_channel_open(node, "rx", flags, &fd) == 0);
		CHECK_EQ(fcntl(fd, F_GETFD), i & 1 ? FD_CLOEXEC : 0);
		CHECK_EQ(fcntl(fd, F_GETFL) & O_NONBLOCK, i & 2 ? O_NONBLOCK : 0);
		close(fd);
	}
	for (size_t i = 0; i < ARRAY_SIZE(wrong); i++)
		CHECK_ERRNO(do_channel_open(node, "rx", wrong[i], &fd), EINVAL);
	CHECK(do_channel_open(node, "rx", 0, &fd) == 0);
	close(fd);
	close(node);
}

static void try_open(void *arg)
{
	int node = node_open(O_RDWR), fd;

	CHECK_ERRNO(do_channel_open(node, arg, O_CLOEXEC, &fd), EBUSY);
}

static void one_owner(void)
{
	int one = node_open(O_RDWR), two = node_open(O_RDWR), channel, fd;

	CHECK(do_channel_open(one, "tx", O_CLOEXEC, &channel) == 0);
	CHECK_ERRNO(do_channel_open(one, "tx", O_CLOEXEC, &fd), EBUSY);
	CHECK_ERRNO(do_channel_open(two, "tx", O_CLOEXEC, &fd), EBUSY);
	CHECK_EQ(reap(spawn(try_open, "tx")), 0);
	close(channel);
	CHECK(do_channel_open(two, "tx", O_CLOEXEC, &fd) == 0);
	close(fd);
	close(one);
	close(two);
}

static void last_reference_counts(void)
{
	int node = node_open(O_RDWR), channel, copy, fd;

	CHECK(do_channel_open(node, "rx", O_CLOEXEC, &channel) == 0);
	copy = fcntl(channel, F_DUPFD_CLOEXEC, 0);
	close(channel);
	CHECK_ERRNO(do_channel_open(node, "rx", O_CLOEXEC, &fd), EBUSY);
	close(copy);
	CHECK(do_channel_open(node, "rx", O_CLOEXEC, &fd) == 0);
	close(fd);
	close(node);
}

static void nothing_to_read(void)
{
	struct dmaspan_completion done[2];
	struct pollfd pfd = { .events = POLLIN };
	int node = node_open(O_RDWR), fd;

	CHECK(do_channel_open(node, "rx", O_CLOEXEC | O_NONBLOCK, &fd) == 0);
	CHECK_ERRNO(read(fd, done, sizeof(done)), EAGAIN);
	CHECK_ERRNO(read(fd, done, sizeof(done[0]) - 1), EINVAL);
	CHECK_ERRNO(read(fd, done, 0), EINVAL);
	pfd.fd = fd;
	CHECK_EQ(poll(&pfd, 1, 0), 0);
	CHECK(write(fd, done, sizeof(done)) == -1);
	CHECK(lseek(fd, 0, SEEK_CUR) == -1 || lseek(fd, 0, SEEK_END) <= 0);
	close(fd);
	close(node);
}

static void bad_read_loses_nothing(void)
{
	struct dmaspan_completion done[2];
	int node = node_open(O_RDWR);
	struct pollfd pfd = { .events = POLLIN };
	struct span span;
	struct loop loop;

	loop_open(&loop, node);
	span_open(&span, node, DMASPAN_KIND_CACHED, DMASPAN_TO_DEVICE, PAGE);
	CHECK(do_submit(loop.tx, span.map.out_mapping, 0, 16, 1) == 0);
	CHECK(do_submit(loop.tx, span.map.out_mapping, 0, 16, 2) == 0);
	pfd.fd = loop.tx;
	CHECK_EQ(poll(&pfd, 1, WAIT_MS), 1);
	CHECK_ERRNO(read(loop.tx, (void *)PAGE, sizeof(done)), EFAULT);
	CHECK_ERRNO(read(loop.tx, done, sizeof(done[0]) - 1), EINVAL);
	CHECK(do_wait(loop.tx, &done[0], WAIT_MS) == 0);
	CHECK(do_wait(loop.tx, &done[1], WAIT_MS) == 0);
	CHECK_EQ(done[0].cookie, 1);
	CHECK_EQ(done[1].cookie, 2);
	span_close(&span);
	loop_close(&loop);
	close(node);
}

static void on_alarm(int number)
{
	(void)number;
}

static void waiting_read_is_interrupted(void)
{
	struct sigaction action = { .sa_handler = on_alarm };
	struct dmaspan_completion done;
	int node = node_open(O_RDWR), fd;

	CHECK(do_channel_open(node, "rx", O_CLOEXEC, &fd) == 0);
	CHECK(sigaction(SIGALRM, &action, NULL) == 0);
	alarm(1);
	CHECK_ERRNO(read(fd, &done, sizeof(done)), EINTR);
	close(fd);
	close(node);
}

static void outlives_its_node(void)
{
	int node = node_open(O_RDWR), fd, other;
	struct dmaspan_submit submit = { .size = sizeof(submit) };
	uint32_t cancelled;

	CHECK(do_channel_open(node, "tx", O_CLOEXEC, &fd) == 0);
	close(node);
	CHECK(do_cancel(fd, &cancelled) == 0);
	CHECK_EQ(cancelled, 0);
	CHECK_ERRNO(ioctl(fd, DMASPAN_SUBMIT, &submit), EINVAL);
	CHECK_ERRNO(do_submit(fd, 1, 0, 16, 0), ENOENT);
	node = node_open(O_RDWR);
	CHECK_ERRNO(do_channel_open(node, "tx", O_CLOEXEC, &other), EBUSY);
	close(fd);
	close(node);
}

static void commands_of_other_fds(void)
{
	struct dmaspan_submit submit = { .size = sizeof(submit), .count = 1 };
	struct dmaspan_cancel cancel = { .size = sizeof(cancel) };
	struct dmaspan_info info = { .size = sizeof(info) };
	int node = node_open(O_RDWR), fd;

	CHECK(do_channel_open(node, "tx", O_CLOEXEC, &fd) == 0);
	CHECK_ERRNO(ioctl(node, DMASPAN_SUBMIT, &submit), ENOTTY);
	CHECK_ERRNO(ioctl(node, DMASPAN_CANCEL, &cancel), ENOTTY);
	CHECK_ERRNO(ioctl(fd, DMASPAN_INFO, &info), ENOTTY);
	CHECK_ERRNO(ioctl(fd, DMASPAN_ALLOC, &info), ENOTTY);
	close(fd);
	close(node);
}

static const struct test_case cases[] = {
	CASE(names),
	CASE(directions),
	CASE(fd_flags),
	CASE(one_owner),
	CASE(last_reference_counts),
	CASE(nothing_to_read),
	CASE(bad_read_loses_nothing),
	CASE(waiting_read_is_interrupted),
	CASE(outlives_its_node),
	CASE(commands_of_other_fds),
};

TEST_MAIN(cases)
