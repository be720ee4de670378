// SPDX-License-Identifier: MIT
#define _GNU_SOURCE 1
#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <unistd.h>

#include "cli.h"
#include "file.h"
#include "flow.h"

#define DEFAULT_ALIGN 4096

/*
 * tmpfs takes O_DIRECT and copies all the same, because its files are memory.
 */
static bool is_memory(int fd)
{
	struct statfs fs;

	return !fstatfs(fd, &fs) &&
	       (fs.f_type == TMPFS_MAGIC || fs.f_type == RAMFS_MAGIC);
}

/* 0: the file does not do direct I/O */
static size_t direct_align(int fd)
{
#ifdef STATX_DIOALIGN
	struct statx stx;

	if (!statx(fd, "", AT_EMPTY_PATH, STATX_DIOALIGN, &stx) &&
	    (stx.stx_mask & STATX_DIOALIGN))
		return stx.stx_dio_offset_align;
#else
	(void)fd;
#endif
	return DEFAULT_ALIGN;
}

static const char *open_cause(int error, bool direct)
{
	if (direct && error == EINVAL)
		return "its file system does not do direct I/O; leave out --direct";
	return strerror(error);
}

static int file_open(struct file *file, const char *path, int flags,
		     size_t direct_block)
{
	bool direct = direct_block != 0;
	const char *action = "open";
	struct stat st;

	*file = (struct file) {
		.path = path,
		.size = UINT64_MAX,
		.align = 1,
		.direct = direct,
		.copied = !direct,
	};
	file->fd = open(path, flags | O_CLOEXEC | (direct ? O_DIRECT : 0), 0666);
	if (file->fd < 0)
		return fail(path, open_cause(errno, direct), "%s", action);
	if (fstat(file->fd, &st)) {
		fail(path, strerror(errno), "ask for its status");
		goto err_close;
	}
	if (S_ISDIR(st.st_mode)) {
		fail(path, strerror(EISDIR), "%s", action);
		goto err_close;
	}
	file->regular = S_ISREG(st.st_mode);
	if (direct) {
		file->align = direct_align(file->fd);
		if (!file->align || !(S_ISREG(st.st_mode) || S_ISBLK(st.st_mode))) {
			fail(path, open_cause(EINVAL, true), "%s", action);
			goto err_close;
		}
		if (direct_block % file->align) {
			fail(path, "direct I/O needs a block (-b) that is a multiple of its unit",
			     "use blocks of %zu bytes in units of %zu",
			     direct_block, file->align);
			goto err_close;
		}
		file->copied = is_memory(file->fd);
	}
	return EXIT_OK;

err_close:
	file_close(file);
	return EXIT_FAILED;
}

int file_open_input(struct file *file, const char *path, size_t direct_block)
{
	off_t end;
	int ret;

	ret = file_open(file, path, O_RDONLY, direct_block);
	if (ret)
		return ret;

	/* Character devices say 0 and have no end */
	end = lseek(file->fd, 0, SEEK_END);
	if (end < 0 || (!end && !file->regular))
		return EXIT_OK;
	file->size = (uint64_t)end;
	if (!lseek(file->fd, 0, SEEK_SET))
		return EXIT_OK;
	fail(path, strerror(errno), "rewind");
	file_close(file);
	return EXIT_FAILED;
}

/* What the file held goes only once it is known that it can be written */
int file_open_output(struct file *file, const char *path, size_t direct_block)
{
	int ret;

	ret = file_open(file, path, O_WRONLY | O_CREAT, direct_block);
	if (ret || !file->regular || !ftruncate(file->fd, 0))
		return ret;
	fail(path, strerror(errno), "empty the file");
	file_close(file);
	return EXIT_FAILED;
}

static size_t round_up(const struct file *file, size_t length)
{
	size_t rest = length % file->align;

	return rest ? length + (file->align - rest) : length;
}

static int leave_direct(struct file *file)
{
	int flags = fcntl(file->fd, F_GETFL);

	if (flags < 0 || fcntl(file->fd, F_SETFL, flags & ~O_DIRECT))
		return -errno;
	file->align = 1;
	file->direct = false;
	file->copied = true;
	return 0;
}

int64_t file_read(struct file *file, void *data, size_t length)
{
	size_t want = round_up(file, length);
	size_t have = 0;
	ssize_t n;

	while (have < want && !file->ended) {
		n = read(file->fd, (char *)data + have, want - have);
		if (n < 0 && errno == EINTR && !flow_stopping())
			continue;
		if (n < 0 && errno == EINTR)
			break;
		if (n < 0)
			return -errno;
		have += (size_t)n;
		/*
		 * A direct read is short only at the end, and there a further
		 * one would not be aligned.
		 */
		if (!n || (file->direct && have < want))
			file->ended = true;
	}
	if (have > length)
		have = length;
	file->offset += have;
	return (int64_t)have;
}

int file_write(struct file *file, const void *data, size_t length)
{
	size_t want, done = 0;
	ssize_t n;
	int ret;

	if (file->padded && lseek(file->fd, (off_t)file->offset, SEEK_SET) < 0)
		return -errno;
	/* Direct I/O goes on only from where it is aligned, and a block device
	 * has no end to cut the padding off.
	 */
	if (file->direct && (file->offset % file->align ||
			     (!file->regular && length % file->align))) {
		ret = leave_direct(file);
		if (ret)
			return ret;
	}

	want = round_up(file, length);
	while (done < length) {
		n = write(file->fd, (const char *)data + done, want - done);
		if (n < 0 && errno == EINTR &&
		    (file->regular || !flow_stopping()))
			continue;
		if (n < 0)
			return -errno;
		if (!n)
			return -EIO;
		done += (size_t)n;
		file->offset += (size_t)n;
		if (done < length && file->offset % file->align) {
			ret = leave_direct(file);
			if (ret)
				return ret;
			want = length;
		}
	}
	if (done > length) {
		file->padded = true;
		file->offset -= done - length;
	}
	return 0;
}

int file_finish(struct file *file)
{
	if (file->padded && ftruncate(file->fd, (off_t)file->offset))
		return -errno;
	/* Pipes and the like have nothing to bring to disk */
	if (fdatasync(file->fd) && errno != EINVAL && errno != EROFS)
		return -errno;
	return 0;
}

void file_close(struct file *file)
{
	if (file->fd >= 0)
		close(file->fd);
	file->fd = -1;
}
