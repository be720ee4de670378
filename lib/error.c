// SPDX-License-Identifier: MIT
#include <errno.h>

#include "dmaspan_private.h"

static const struct {
	int error;
	const char *text;
} texts[] = {
	{ 0, "success" },
	{ ENOTTY, "not a dmaspan node, or its module is older than this program" },
	{ E2BIG, "the kernel module or the library is older than the caller; update it" },
	{ EFAULT, "a pointer is wrong: it cannot be read or written" },
	{ EINVAL, "wrong value: check the size, the range, the direction and the file descriptor" },
	{ EOPNOTSUPP, "not supported here: the kind of memory, the buffer's maker or the channel" },
	{ EOVERFLOW, "offset and length are too large together" },
	{ ENOENT, "not found: check the name; if it is a device, load the module of its driver" },
	{ EBADF, "not an open file descriptor" },
	{ EACCES, "permission denied: run as root or add a udev rule; or opened for less" },
	{ EPERM, "operation not permitted: run as root" },
	{ EXDEV, "the memory is another device's, or needs syncs: use a cached buffer" },
	{ EBUSY, "in use: a channel by its owner, or a mapping by a transfer" },
	{ EMSGSIZE, "the array is too small: ask for the count first" },
	{ ENOMEM, "out of memory: the kernel or this process's memory cgroup has none left" },
	{ EDQUOT, "the limit of the device, or of bounce memory, is reached: free buffers" },
	{ EMFILE, "too many open files: close some or raise RLIMIT_NOFILE" },
	{ ENFILE, "too many open files on this machine" },
	{ ERANGE, "the device cannot reach this buffer: too few address bits or bounce memory" },
	{ EAGAIN, "nothing to read yet, or the queue is full: read completions first" },
	{ ECANCELED, "the transfer was cancelled" },
	{ EIO, "the DMA engine reported a failure: see the kernel log" },
	{ ENODEV, "the device is gone: it was unplugged or its driver was removed" },
	{ ENXIO, "the node has no device any more: it was unplugged or its driver was removed" },
	{ ETIMEDOUT, "timed out: the device moved nothing in time" },
	{ EINTR, "interrupted by a signal: call again" },
	{ EISDIR, "a directory, not a dmaspan node" },
	{ ENAMETOOLONG, "the name is too long to be a device's" },
};

const char *dmaspan_strerror(int error)
{
	for (size_t i = 0; i < ARRAY_SIZE(texts); i++)
		if (-texts[i].error == error)
			return texts[i].text;
	return "an error that dmaspan does not define; see errno(3)";
}
