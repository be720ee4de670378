// SPDX-License-Identifier: MIT
/* Another driver that takes a kernel mapping: V4L2's vivid is given a buffer to capture into. */
#include "failnth.h"
#include "vivid.h"

static int node, fd, video;

static void open_video(void)
{
	video = vivid_open(0, V4L2_CAP_VIDEO_CAPTURE);
	vivid_set_up(video);
}

static int call_queue(void)
{
	struct v4l2_buffer buffer = vivid_slot(V4L2_BUF_TYPE_VIDEO_CAPTURE, 0, fd);

	return ioctl(video, VIDIOC_QBUF, &buffer);
}

static void close_video(void)
{
	CHECK(close(video) == 0);
}

static void queues(uint32_t kind)
{
	const struct action action = {
		.prepare = open_video,
		.call = call_queue,
		.undo = close_video,
		.failed = close_video,
		.errnos = { ENOMEM, EFAULT },
	};

	failnth_buffer(&node, &fd, kind, VIVID_LENGTH, &action);
}

static void vmaps_cached(void)
{
	queues(DMASPAN_KIND_CACHED);
}

static void vmaps_coherent(void)
{
	queues(DMASPAN_KIND_COHERENT);
}

static void vmaps_write_combined(void)
{
	queues(DMASPAN_KIND_WC);
}

static const struct test_case cases[] = {
	CASE(vmaps_cached),
	CASE(vmaps_coherent),
	CASE(vmaps_write_combined),
};

/*
 * __prepare_dmabuf() loses its reference to a buffer that cannot be attached:
 * seen in 7.3, not in 6.1.
 */
static bool loses_references(void)
{
	return kernel_major() >= 7;
}

int main(void)
{
	if (!failnth_possible())
		return failnth_main(cases, ARRAY_SIZE(cases));
	if (loses_references())
		return test_skip_all("V4L2 keeps a buffer that it had no memory to attach");
	return vivid_main(failnth_main, cases, ARRAY_SIZE(cases));
}
