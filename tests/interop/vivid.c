// SPDX-License-Identifier: MIT
/* V4L2's vivid captures into our buffers: by vmap, and by DMA addresses. */
#include <linux/videodev2.h>
#include <sys/wait.h>

#include "harness.h"

#define WIDTH	320
#define HEIGHT	180
#define LENGTH	(64 * KIB)	/* one segment; a grey frame is 57600 bytes */
#define SLOTS	2

static int video_ioctl(int video, unsigned long request, void *arg, const char *name)
{
	if (ioctl(video, request, arg))
		test_fail(__FILE__, __LINE__, "%s: %s", name, strerror(errno));
	return 0;
}

#define VIDEO(request, arg)	video_ioctl(video, request, arg, #request)

/* The devices come in the order of their numbers: 0 vmaps, 1 takes addresses. */
static int open_video(unsigned int instance)
{
	unsigned int seen = 0;

	for (int i = 0; i < 16; i++) {
		char path[32];
		int video;

		snprintf(path, sizeof(path), "/dev/video%d", i);
		video = open(path, O_RDWR | O_CLOEXEC);
		if (video < 0)
			continue;
		if (seen++ == instance)
			return video;
		close(video);
	}
	test_fail(__FILE__, __LINE__, "no video device %u", instance);
}

static size_t set_up(int video)
{
	struct v4l2_requestbuffers request = {
		.count = SLOTS,
		.type = V4L2_BUF_TYPE_VIDEO_CAPTURE,
		.memory = V4L2_MEMORY_DMABUF,
	};
	struct v4l2_format format = {
		.type = V4L2_BUF_TYPE_VIDEO_CAPTURE,
		.fmt.pix = {
			.width = WIDTH,
			.height = HEIGHT,
			.pixelformat = V4L2_PIX_FMT_GREY,
		},
	};
	int input = 0;

	VIDEO(VIDIOC_S_INPUT, &input);
	VIDEO(VIDIOC_S_FMT, &format);
	CHECK(format.fmt.pix.sizeimage <= LENGTH);
	VIDEO(VIDIOC_REQBUFS, &request);
	CHECK(request.count >= SLOTS);
	return format.fmt.pix.sizeimage;
}

static struct v4l2_buffer slot(unsigned int index, int fd)
{
	struct v4l2_buffer buffer = {
		.type = V4L2_BUF_TYPE_VIDEO_CAPTURE,
		.memory = V4L2_MEMORY_DMABUF,
		.index = index,
		.length = LENGTH,
		.m.fd = fd,
	};

	return buffer;
}

static unsigned int dequeue(int video)
{
	struct v4l2_buffer buffer = slot(0, -1);
	struct pollfd pfd = { .fd = video, .events = POLLIN };

	CHECK_EQ(poll(&pfd, 1, WAIT_MS), 1);
	VIDEO(VIDIOC_DQBUF, &buffer);
	CHECK(!(buffer.flags & V4L2_BUF_FLAG_ERROR));
	return buffer.index;
}

/* A picture: colour bars, of more than a few shades */
static bool pictured(const unsigned char *data, size_t length)
{
	bool seen[256] = { false };
	unsigned int shades = 0;

	for (size_t i = 0; i < length; i++) {
		shades += !seen[data[i]];
		seen[data[i]] = true;
	}
	return shades > 4;
}

static void stream(unsigned int instance, uint32_t kind, uint32_t flags, bool look)
{
	int node = node_open(O_RDWR), video = open_video(instance), fds[SLOTS];
	int type = V4L2_BUF_TYPE_VIDEO_CAPTURE;
	struct dmaspan_buffer_info info;
	unsigned char *data[SLOTS];
	size_t size = set_up(video);

	for (unsigned int i = 0; i < SLOTS; i++) {
		struct v4l2_buffer buffer;

		CHECK(do_alloc_flags(node, kind, flags, O_RDWR | O_CLOEXEC, LENGTH,
				     &fds[i]) == 0);
		data[i] = view(fds[i], LENGTH);
		buffer = slot(i, fds[i]);
		VIDEO(VIDIOC_QBUF, &buffer);
		CHECK(do_buffer_info(node, fds[i], &info) == 0);
		/* Who only vmaps does not attach. */
		CHECK_EQ(info.out_attachments, instance);
	}
	VIDEO(VIDIOC_STREAMON, &type);
	for (unsigned int i = 0; i < SLOTS; i++) {
		unsigned int got = dequeue(video);

		CHECK(got < SLOTS);
		if (look)
			CHECK(pictured(data[got], size));
		CHECK(all_zero(data[got] + size, LENGTH - size));
	}
	VIDEO(VIDIOC_STREAMOFF, &type);
	close(video);
	for (unsigned int i = 0; i < SLOTS; i++) {
		CHECK(do_buffer_info(node, fds[i], &info) == 0);
		CHECK_EQ(info.out_attachments, 0);
		munmap(data[i], LENGTH);
		close(fds[i]);
	}
	close(node);
}

static void by_vmap_cached(void)
{
	stream(0, DMASPAN_KIND_CACHED, 0, true);
}

static void by_vmap_coherent(void)
{
	stream(0, DMASPAN_KIND_COHERENT, 0, true);
}

static void by_vmap_wc(void)
{
	stream(0, DMASPAN_KIND_WC, 0, true);
}

/*
 * This instance asks for addresses and then writes by vmap all the same, which
 * a bounce buffer undoes: there is nothing to see then.
 */
static void by_addresses(void)
{
	stream(1, DMASPAN_KIND_CACHED, DMASPAN_ALLOC_CONTIGUOUS, !is_bounce());
}

static void unbind(void *arg)
{
	close(*(int *)arg);
	unbind_device();
}

/* Device memory that the kernel itself uses cannot be taken from it. */
static void removal_waits_for_a_vmap(void)
{
	int node = node_open(O_RDWR), video = open_video(0), fd;
	struct v4l2_buffer buffer;
	pid_t pid;

	set_up(video);
	CHECK(do_alloc(node, DMASPAN_KIND_WC, LENGTH, &fd) == 0);
	buffer = slot(0, fd);
	VIDEO(VIDIOC_QBUF, &buffer);
	pid = spawn(unbind, &video);
	msleep(1500);
	CHECK_EQ(waitpid(pid, NULL, WNOHANG), 0);
	close(video);
	CHECK_EQ(reap(pid), 0);
	close(fd);
	close(node);
	bind_device();
}

static const struct test_case cases[] = {
	CASE(by_vmap_cached),
	CASE(by_vmap_coherent),
	CASE(by_vmap_wc),
	CASE(by_addresses),
	CASE(removal_waits_for_a_vmap),
};

int main(void)
{
	int ret;

	if (RUN("modprobe", "vivid", "n_devs=2", "node_types=0x1,0x1",
		"allocators=0,1", "num_inputs=1,1", "input_types=0,0"))
		return test_skip_all("the kernel has no vivid");
	ret = test_main(cases, ARRAY_SIZE(cases));
	RUN("modprobe", "-r", "vivid");
	return ret;
}
