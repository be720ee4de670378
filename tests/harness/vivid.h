/* SPDX-License-Identifier: MIT */
/*
 * V4L2's vivid, a driver without hardware, which writes buffers that are not
 * its own: instance 0 by a kernel mapping, instance 1 after it has asked for
 * addresses. Frames are grey; a buffer for one has VIVID_LENGTH bytes.
 */
#ifndef HARNESS_VIVID_H
#define HARNESS_VIVID_H

#include <linux/videodev2.h>

#include "harness.h"

#define VIVID_LENGTH	(64 * KIB)	/* one segment; a frame is 57600 bytes */
#define VIVID_SLOTS	2

/* @with (test_main(), ...) with vivid loaded, or skips all where the kernel has none */
int vivid_main(int (*with)(const struct test_case *cases, size_t count),
	       const struct test_case *cases, size_t count);

/* Fails the case if the ioctl fails */
int vivid_ioctl(int video, unsigned long request, void *arg, const char *name);
#define VIDEO(video, request, arg) vivid_ioctl(video, request, arg, #request)

/* An instance's node that can do @what: V4L2_CAP_* */
int vivid_open(unsigned int instance, uint32_t what);
/* Slots for buffers of others; @type: V4L2_BUF_TYPE_* */
void vivid_request(int video, uint32_t type);
/* For capture, its slots, too: returns a frame's bytes */
size_t vivid_set_up(int video);
/* To queue */
struct v4l2_buffer vivid_slot(uint32_t type, unsigned int index, int fd);

#endif /* HARNESS_VIVID_H */
