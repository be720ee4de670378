// SPDX-License-Identifier: MIT
/* V4L2's vivid writes our buffers, by vmap and by addresses, and reads them.  timeout: 120 */
#include <sys/wait.h>

#include "virt.h"
#include "vivid.h"

#define FRAMES	5

static int open_video(unsigned int instance)
{
	return vivid_open(instance, V4L2_CAP_VIDEO_CAPTURE);
}

static struct v4l2_buffer slot(unsigned int index, int fd)
{
	return vivid_slot(V4L2_BUF_TYPE_VIDEO_CAPTURE, index, fd);
}

static unsigned int dequeue_as(int video, uint32_t type)
{
	struct v4l2_buffer buffer = vivid_slot(type, 0, -1);
	struct pollfd pfd = { .fd = video, .events = POLLIN | POLLOUT };

	CHECK_EQ(poll(&pfd, 1, WAIT_MS), 1);
	VIDEO(video, VIDIOC_DQBUF, &buffer);
	CHECK(!(buffer.flags & V4L2_BUF_FLAG_ERROR));
	return buffer.index;
}

static unsigned int dequeue(int video)
{
	return dequeue_as(video, V4L2_BUF_TYPE_VIDEO_CAPTURE);
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
	int node = node_open(O_RDWR), video = open_video(instance), fds[VIVID_SLOTS];
	int type = V4L2_BUF_TYPE_VIDEO_CAPTURE;
	struct dmaspan_buffer_info info;
	unsigned char *data[VIVID_SLOTS];
	size_t size = vivid_set_up(video);

	for (unsigned int i = 0; i < VIVID_SLOTS; i++) {
		struct v4l2_buffer buffer;

		CHECK(do_alloc_flags(node, kind, flags, O_RDWR | O_CLOEXEC, VIVID_LENGTH,
				     &fds[i]) == 0);
		data[i] = view(fds[i], VIVID_LENGTH);
		buffer = slot(i, fds[i]);
		VIDEO(video, VIDIOC_QBUF, &buffer);
		CHECK(do_buffer_info(node, fds[i], &info) == 0);
		/* Who only vmaps does not attach. */
		CHECK_EQ(info.out_attachments, instance);
	}
	VIDEO(video, VIDIOC_STREAMON, &type);
	for (unsigned int i = 0; i < VIVID_SLOTS; i++) {
		unsigned int got = dequeue(video);

		CHECK(got < VIVID_SLOTS);
		if (look)
			CHECK(pictured(data[got], size));
		CHECK(all_zero(data[got] + size, VIVID_LENGTH - size));
	}
	VIDEO(video, VIDIOC_STREAMOFF, &type);
	close(video);
	for (unsigned int i = 0; i < VIVID_SLOTS; i++) {
		CHECK(do_buffer_info(node, fds[i], &info) == 0);
		CHECK_EQ(info.out_attachments, 0);
		munmap(data[i], VIVID_LENGTH);
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

/* Nothing of it stays. */
static void not_taken(int node, int video, struct v4l2_buffer *buffer, int error)
{
	struct dmaspan_buffer_info info;

	CHECK_ERRNO(ioctl(video, VIDIOC_QBUF, buffer), error);
	CHECK(do_buffer_info(node, buffer->m.fd, &info) == 0);
	CHECK_EQ(info.out_attachments, 0);
}

/* A frame would be written: what fails is what vivid needs for it. */
static void takes_no_frame(unsigned int instance, uint32_t kind, int error)
{
	int node = node_open(O_RDWR), video = open_video(instance), fd;
	struct v4l2_buffer buffer;
	unsigned char *data;

	vivid_set_up(video);
	fd = read_only_buffer(node, kind, VIVID_LENGTH);
	data = read_only_view(fd, VIVID_LENGTH);
	buffer = slot(0, fd);
	not_taken(node, video, &buffer, error);
	CHECK(all_zero(data, VIVID_LENGTH));
	munmap(data, VIVID_LENGTH);
	close(video);
	close(fd);
	close(node);
}

static void read_only_by_vmap(void)
{
	for (uint32_t kind = 0; kind < 3; kind++)
		takes_no_frame(0, kind, EFAULT);
}

static void read_only_by_addresses(void)
{
	takes_no_frame(1, DMASPAN_KIND_CACHED, EINVAL);
}

/* Who would only read asks for a kernel mapping in the same way as who writes. */
static void read_only_by_vmap_to_read(void)
{
	int node = node_open(O_RDWR), video = vivid_open(0, V4L2_CAP_META_OUTPUT), fd;
	struct v4l2_buffer buffer;

	for (uint32_t kind = 0; kind < 3; kind++) {
		/* Anew: a slot whose buffer was refused takes no more. */
		vivid_request(video, V4L2_BUF_TYPE_META_OUTPUT);
		fd = read_only_buffer(node, kind, VIVID_LENGTH);
		buffer = vivid_slot(V4L2_BUF_TYPE_META_OUTPUT, 0, fd);
		buffer.bytesused = 2 * SAMPLE;
		not_taken(node, video, &buffer, EFAULT);
		close(fd);
	}
	close(video);
	close(node);
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

	vivid_set_up(video);
	CHECK(do_alloc(node, DMASPAN_KIND_WC, VIVID_LENGTH, &fd) == 0);
	buffer = slot(0, fd);
	VIDEO(video, VIDIOC_QBUF, &buffer);
	pid = spawn(unbind, &video);
	msleep(1500);
	CHECK_EQ(waitpid(pid, NULL, WNOHANG), 0);
	close(video);
	CHECK_EQ(reap(pid), 0);
	close(fd);
	close(node);
	bind_device();
}

/* A copy channel between two buffers; vivid captures into the first, which needs one segment */
struct studio {
	struct copies w;
	int video;
	size_t size;
};

static void studio_open(struct studio *s, unsigned int instance)
{
	int type = V4L2_BUF_TYPE_VIDEO_CAPTURE, video = open_video(instance);
	struct span *src = &s->w.src;

	s->video = video;
	s->size = vivid_set_up(video);
	copies_open(&s->w, DMASPAN_KIND_CACHED, VIVID_LENGTH);
	span_close(src);
	CHECK(do_alloc_flags(s->w.node, DMASPAN_KIND_CACHED, DMASPAN_ALLOC_CONTIGUOUS,
			     O_RDWR | O_CLOEXEC, VIVID_LENGTH, &src->fd) == 0);
	src->data = view(src->fd, VIVID_LENGTH);
	CHECK(do_map(s->w.node, src->fd, DMASPAN_TO_DEVICE, &src->map) == 0);
	VIDEO(video, VIDIOC_STREAMON, &type);
}

static void studio_close(struct studio *s)
{
	int type = V4L2_BUF_TYPE_VIDEO_CAPTURE, video = s->video;

	VIDEO(video, VIDIOC_STREAMOFF, &type);
	close(video);
	copies_close(&s->w);
}

static void take_frame(struct studio *s)
{
	struct v4l2_buffer buffer = slot(0, s->w.src.fd);
	int video = s->video;

	VIDEO(video, VIDIOC_QBUF, &buffer);
	CHECK_EQ(dequeue(video), 0);
}

/* vivid writes frames, the device reads them from the same buffer, as the CPU does. */
static void copies_frames(unsigned int instance)
{
	static unsigned char last[VIVID_LENGTH];
	struct studio s;

	studio_open(&s, instance);
	for (unsigned int i = 0; i < FRAMES; i++) {
		memcpy(last, s.w.src.data, VIVID_LENGTH);
		take_frame(&s);
		if (!instance || !is_bounce()) {
			CHECK(pictured(s.w.src.data, s.size));
			CHECK(memcmp(s.w.src.data, last, s.size));
		}
		hand_over(&s.w.src, DMASPAN_SYNC_FOR_DEVICE, 0, VIVID_LENGTH);
		copies_blank(&s.w);
		copies_move(&s.w, 0, 0, s.size);
	}
	studio_close(&s);
}

static void copies_frames_by_vmap(void)
{
	copies_frames(0);
}

static void copies_frames_by_addresses(void)
{
	copies_frames(1);
}

/* vivid writes as the CPU does: without a sync, a strict device reads old bytes. */
static void a_frame_not_handed_over(void)
{
	struct dmaspan_transfer t;
	struct studio s;
	uint64_t found;

	studio_open(&s, 0);
	found = knob_get("findings");
	take_frame(&s);
	copies_blank(&s.w);
	t = copies_transfer(&s.w, 0, 0, s.size);
	CHECK(do_submit_array(s.w.channel, &t, 1) == 0);
	copy_ended(s.w.channel, &t);
	hand_over(&s.w.dst, DMASPAN_SYNC_FOR_CPU, 0, VIVID_LENGTH);
	if (s.w.src.map.out_flags & DMASPAN_MAPPING_NEEDS_SYNC)
		CHECK(all_zero(s.w.dst.data, s.size));
	else
		CHECK(copies_arrived(&s.w, 0, 0, s.size));
	no_findings_but("stale-read");
	CHECK_EQ(knob_get("findings") > found, !knob_get("coherent"));
	findings_clear();
	studio_close(&s);
}

static int control(int video, uint32_t id)
{
	struct v4l2_control c = { .id = id };

	VIDEO(video, VIDIOC_G_CTRL, &c);
	return c.value;
}

/*
 * vivid's output: it takes brightness, contrast, saturation and hue from four
 * 16-bit words, here two samples of the device's counter.
 */
static void outputs_samples(void)
{
	int capture = open_video(0), video = vivid_open(0, V4L2_CAP_META_OUTPUT);
	int type = V4L2_BUF_TYPE_META_OUTPUT;
	struct v4l2_buffer buffer;
	struct stream s;

	knobs_reset();
	vivid_request(video, V4L2_BUF_TYPE_META_OUTPUT);
	stream_open(&s, "source", VIVID_LENGTH);
	VIDEO(video, VIDIOC_STREAMON, &type);
	stream_move(&s, PAGE, 77 * SAMPLE);
	for (int sample = 77; sample < 77 + 2 * FRAMES; sample += 2) {
		stream_move(&s, 0, 2 * SAMPLE);
		buffer = vivid_slot(V4L2_BUF_TYPE_META_OUTPUT, 0, s.span.fd);
		buffer.bytesused = 2 * SAMPLE;
		VIDEO(video, VIDIOC_QBUF, &buffer);
		CHECK_EQ(dequeue_as(video, V4L2_BUF_TYPE_META_OUTPUT), 0);
		CHECK_EQ(control(capture, V4L2_CID_BRIGHTNESS), sample);
		CHECK_EQ(control(capture, V4L2_CID_CONTRAST), 0);
		CHECK_EQ(control(capture, V4L2_CID_SATURATION), sample + 1);
		CHECK_EQ(control(capture, V4L2_CID_HUE), 0);
	}
	VIDEO(video, VIDIOC_STREAMOFF, &type);
	close(video);
	close(capture);
	stream_close(&s);
}

static const struct test_case cases[] = {
	CASE(by_vmap_cached),
	CASE(by_vmap_coherent),
	CASE(by_vmap_wc),
	CASE(by_addresses),
	CASE(read_only_by_vmap),
	CASE(read_only_by_vmap_to_read),
	CASE(read_only_by_addresses),
	CASE(removal_waits_for_a_vmap),
	VIRT_CASE(copies_frames_by_vmap),
	VIRT_CASE(copies_frames_by_addresses),
	VIRT_CASE(a_frame_not_handed_over),
	VIRT_CASE(outputs_samples),
};

int main(void)
{
	return vivid_main(test_main_by_device, cases, ARRAY_SIZE(cases));
}
