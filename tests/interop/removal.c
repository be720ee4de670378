// SPDX-License-Identifier: MIT
/* Removal waits for other drivers' use of device memory, and says whose. */
#include <linux/videodev2.h>
#include <sys/wait.h>

#include "log.h"

/* Two devices at once: the reminder comes after ten seconds */
struct waiter {
	const char *device;
	const char *video;	/* which takes addresses, or a kernel mapping */
	const char *says;
	int capture;
	int log;
	int fd;
	pid_t pid;
};

static struct waiter waiters[] = {
	{ .device = NODE_NAME, .video = "/dev/video0",
	  .says = NODE_NAME ": removal waits for a driver with a kernel mapping to let go",
	  .capture = -1 },
	{ .device = VIRT_NAME, .video = "/dev/video1",
	  .says = VIRT_NAME ": removal waits for vivid", .capture = -1 },
};

/* One frame's memory, queued for capture, which is not started: the driver keeps it mapped. */
static void hold(struct waiter *w)
{
	struct v4l2_format format = { .type = V4L2_BUF_TYPE_VIDEO_CAPTURE };
	struct v4l2_requestbuffers request = {
		.count = 1,
		.type = V4L2_BUF_TYPE_VIDEO_CAPTURE,
		.memory = V4L2_MEMORY_DMABUF,
	};
	struct v4l2_buffer buffer = {
		.type = V4L2_BUF_TYPE_VIDEO_CAPTURE,
		.memory = V4L2_MEMORY_DMABUF,
	};
	int node;

	w->log = log_open();
	test_device(w->device);
	node = node_open(O_RDWR);
	w->capture = open(w->video, O_RDWR | O_CLOEXEC);
	CHECK(w->capture >= 0);
	CHECK(ioctl(w->capture, VIDIOC_G_FMT, &format) == 0);
	buffer.length = (format.fmt.pix.sizeimage + PAGE - 1) / PAGE * PAGE;
	CHECK(do_alloc_flags(node, DMASPAN_KIND_WC, DMASPAN_ALLOC_CONTIGUOUS, O_RDWR | O_CLOEXEC,
			     buffer.length, &w->fd) == 0);
	CHECK(ioctl(w->capture, VIDIOC_REQBUFS, &request) == 0);
	buffer.m.fd = w->fd;
	CHECK(ioctl(w->capture, VIDIOC_QBUF, &buffer) == 0);
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
	int ret;

	if (RUN("modprobe", "vivid", "n_devs=2", "node_types=0x1,0x1", "allocators=0,1",
		"num_inputs=1,1", "input_types=0,0"))
		return test_skip_all("the kernel has no vivid");
	ret = test_main(cases, ARRAY_SIZE(cases));
	RUN("modprobe", "-r", "vivid");
	return ret;
}
