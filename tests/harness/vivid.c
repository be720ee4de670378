// SPDX-License-Identifier: MIT
/* V4L2's vivid. */
#include "vivid.h"

#define WIDTH	320
#define HEIGHT	180

int vivid_ioctl(int video, unsigned long request, void *arg, const char *name)
{
	if (ioctl(video, request, arg))
		test_fail(__FILE__, __LINE__, "%s: %s", name, strerror(errno));
	return 0;
}

static bool video_can(int video, uint32_t what)
{
	struct v4l2_capability caps;

	VIDEO(video, VIDIOC_QUERYCAP, &caps);
	return caps.device_caps & what;
}

/* The devices come in the order of their numbers. */
int vivid_open(unsigned int instance, uint32_t what)
{
	unsigned int seen = 0;

	for (int i = 0; i < 16; i++) {
		char path[32];
		int video;

		snprintf(path, sizeof(path), "/dev/video%d", i);
		video = open(path, O_RDWR | O_CLOEXEC);
		if (video < 0)
			continue;
		if (video_can(video, what) && seen++ == instance)
			return video;
		close(video);
	}
	test_fail(__FILE__, __LINE__, "no video device %u", instance);
}

void vivid_request(int video, uint32_t type)
{
	struct v4l2_requestbuffers request = {
		.count = VIVID_SLOTS,
		.type = type,
		.memory = V4L2_MEMORY_DMABUF,
	};

	VIDEO(video, VIDIOC_REQBUFS, &request);
	CHECK(request.count >= VIVID_SLOTS);
}

size_t vivid_set_up(int video)
{
	struct v4l2_format format = {
		.type = V4L2_BUF_TYPE_VIDEO_CAPTURE,
		.fmt.pix = {
			.width = WIDTH,
			.height = HEIGHT,
			.pixelformat = V4L2_PIX_FMT_GREY,
		},
	};
	/* Who played to an output may have left none. */
	struct v4l2_control contrast = { V4L2_CID_CONTRAST, 128 };
	int input = 0;

	VIDEO(video, VIDIOC_S_INPUT, &input);
	VIDEO(video, VIDIOC_S_CTRL, &contrast);
	VIDEO(video, VIDIOC_S_FMT, &format);
	CHECK(format.fmt.pix.sizeimage <= VIVID_LENGTH);
	vivid_request(video, V4L2_BUF_TYPE_VIDEO_CAPTURE);
	return format.fmt.pix.sizeimage;
}

struct v4l2_buffer vivid_slot(uint32_t type, unsigned int index, int fd)
{
	struct v4l2_buffer buffer = {
		.type = type,
		.memory = V4L2_MEMORY_DMABUF,
		.index = index,
		.length = VIVID_LENGTH,
		.m.fd = fd,
	};

	return buffer;
}

int vivid_main(int (*with)(const struct test_case *cases, size_t count),
	       const struct test_case *cases, size_t count)
{
	int ret;

	if (RUN("modprobe", "vivid", "n_devs=2", "node_types=0x40001,0x1", "allocators=0,1",
		"num_inputs=1,1", "input_types=0,0"))
		return test_skip_all("the kernel has no vivid");
	ret = with(cases, count);
	RUN("modprobe", "-r", "vivid");
	return ret;
}
