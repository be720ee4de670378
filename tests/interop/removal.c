// SPDX-License-Identifier: MIT
/* Removal waits for other drivers' use of device memory, and says whose. */
#include <sys/wait.h>

#include "log.h"
#include "vivid.h"

/* Two devices at once: the reminder comes after ten seconds */
struct waiter {
	const char *device;
	unsigned int instance;	/* of vivid: by a kernel mapping, or by addresses */
	const char *says;
	int capture;
	int log;
	int fd;
	pid_t pid;
};

static struct waiter waiters[] = {
	{ .device = NODE_NAME, .instance = 0,
	  .says = NODE_NAME ": removal waits for a driver with a kernel mapping to let go",
	  .capture = -1 },
	{ .device = VIRT_NAME, .instance = 1,
	  .says = VIRT_NAME ": removal waits for vivid", .capture = -1 },
};

/* One frame's memory, queued for capture, which is not started: the driver keeps it mapped. */
static void hold(struct waiter *w)
{
	struct v4l2_buffer buffer;
	int node;

	w->log = log_open();
	test_device(w->device);
	node = node_open(O_RDWR);
	w->capture = vivid_open(w->instance, V4L2_CAP_VIDEO_CAPTURE);
	vivid_set_up(w->capture);
	CHECK(do_alloc_flags(node, DMASPAN_KIND_WC, DMASPAN_ALLOC_CONTIGUOUS, O_RDWR | O_CLOEXEC,
			     VIVID_LENGTH, &w->fd) == 0);
	buffer = vivid_slot(V4L2_BUF_TYPE_VIDEO_CAPTURE, 0, w->fd);
	VIDEO(w->capture, VIDIOC_QBUF, &buffer);
	close(node);
}

static void unbind(void *arg)
{
	const struct waiter *w = arg;

	for (size_t i = 0; i < ARRAY_SIZE(waiters); i++)
		close(waiters[i].capture);
	test_device(w->device);
	unbind_device();
}

static void says_who_it_waits_for(void)
{
	/* Where all is bounced, this memory has no addresses for another driver. */
	size_t count = is_bounce() ? 1 : ARRAY_SIZE(waiters);

	for (size_t i = 0; i < count; i++)
		hold(&waiters[i]);
	for (size_t i = 0; i < count; i++)
		waiters[i].pid = spawn(unbind, &waiters[i]);
	for (size_t i = 0; i < count; i++)
		CHECK(log_says(waiters[i].log, waiters[i].says));
	for (size_t i = 0; i < count; i++) {
		struct waiter *w = &waiters[i];

		CHECK_EQ(waitpid(w->pid, NULL, WNOHANG), 0);
		close(w->capture);
		CHECK_EQ(reap(w->pid), 0);
		close(w->fd);
		close(w->log);
		test_device(w->device);
		bind_device();
	}
}

static const struct test_case cases[] = {
	CASE(says_who_it_waits_for),
};

int main(void)
{
	return vivid_main(test_main, cases, ARRAY_SIZE(cases));
}
