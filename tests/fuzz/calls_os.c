// SPDX-License-Identifier: MIT
/* What else a program does with the fds and memory that the commands give it. */
#include <sys/file.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <linux/dma-buf.h>

#include "fuzz.h"

#define POLL_MS		20
#define MAX_READ	(64 * KIB)

long call_open(struct run *r, const uint64_t *a, const struct call *c)
{
	char path[64];
	int fd;

	(void)c;
	snprintf(path, sizeof(path), "/dev/dmaspan/%s", device_names[a[0] % NUM_DEVICES]);
	fd = open(path, a[1] & (O_ACCMODE | O_CLOEXEC | O_NONBLOCK));
	if (fd >= 0)
		pool_add(r, REF_NODE, fd, 0);
	return fd;
}

/* The fds above are KCOV's. */
static bool is_ours(uint64_t fd)
{
	return fd < 200;
}

long call_close(struct run *r, const uint64_t *a, const struct call *c)
{
	(void)r;
	(void)c;
	return is_ours(a[0]) ? close(a[0]) : -1;
}

/* What an fd that an argument refers to is; a buffer's length is no longer known. */
static void add_fd(struct run *r, const struct value *v, int fd)
{
	const struct pool *buffers = &r->pools[REF_BUFFER];
	enum ref kind = v->ref < REF_MAPPING ? v->ref : REF_OTHER;
	uint64_t length = 0;

	if (kind == REF_BUFFER && buffers->count)
		length = buffers->more[v->index % (buffers->count < POOL ? buffers->count : POOL)];
	pool_add(r, kind, fd, length);
}

long call_dup(struct run *r, const uint64_t *a, const struct call *c)
{
	int fd = is_ours(a[0]) ? dup(a[0]) : -1;

	if (fd >= 0)
		add_fd(r, &c->args[0], fd);
	return fd;
}

long call_read(struct run *r, const uint64_t *a, const struct call *c)
{
	struct pollfd poll_fd = { .fd = a[0], .events = POLLIN };
	void *at = a[3] ? (void *)(uintptr_t)a[3] : r->array;
	uint64_t bytes = a[1] * sizeof(struct dmaspan_completion) + a[2] / 2;
	long ret;

	(void)c;
	if (!is_ours(a[0]) || bytes > MAX_READ)
		return -1;
	/* Waits for a while, or is interrupted */
	if (a[2] & 1)
		interrupts(true);
	else if (poll(&poll_fd, 1, POLL_MS) <= 0)
		return -1;
	ret = read(a[0], at, bytes);
	if (a[2] & 1)
		interrupts(false);
	return ret;
}

long call_poll(struct run *r, const uint64_t *a, const struct call *c)
{
	struct pollfd poll_fd = { .fd = a[0], .events = a[1] };

	(void)r;
	(void)c;
	return poll(&poll_fd, 1, a[2] < POLL_MS ? (int)a[2] : POLL_MS);
}

long call_mmap(struct run *r, const uint64_t *a, const struct call *c)
{
	/* Else the kernel says in its log that there is not so much memory. */
	int flags = a[3] & 1 ? MAP_PRIVATE | MAP_NORESERVE : MAP_SHARED;
	unsigned char *at;

	(void)c;
	if (a[3] & 2)
		flags |= MAP_POPULATE;
	if (a[3] & 4)
		flags |= MAP_NORESERVE;
	if (!is_ours(a[0]))
		return -1;
	at = mmap(NULL, a[1], a[2] & 7, flags, a[0], a[4]);
	if (at == MAP_FAILED)
		return -1;
	pool_add(r, REF_VIEW, (int64_t)PTR(at), (a[1] + PAGE - 1) & -PAGE);
	return 0;
}

/* Whole pages inside a view; false if there are none */
static bool pages_of(struct run *r, const uint64_t *a, const struct call *c,
		     unsigned char **at, uint64_t *length)
{
	uint64_t offset = a[1] & -PAGE;

	*length = (a[2] & -PAGE) ? a[2] & -PAGE : PAGE;
	if (!pick_view(r, &c->args[0], &offset, length, at) || offset % PAGE || *length % PAGE)
		return false;
	*at += offset;
	return *length;
}

long call_munmap(struct run *r, const uint64_t *a, const struct call *c)
{
	unsigned char *at;
	uint64_t length;

	return pages_of(r, a, c, &at, &length) ? munmap(at, length) : -1;
}

long call_mprotect(struct run *r, const uint64_t *a, const struct call *c)
{
	unsigned char *at;
	uint64_t length;

	return pages_of(r, a, c, &at, &length) ? mprotect(at, length, a[3] & 7) : -1;
}

long call_madvise(struct run *r, const uint64_t *a, const struct call *c)
{
	static const int advice[] = {
		MADV_DONTNEED, MADV_WILLNEED, MADV_DONTFORK, MADV_DOFORK, MADV_HUGEPAGE,
		MADV_NOHUGEPAGE, MADV_COLD, MADV_PAGEOUT, MADV_REMOVE, MADV_FREE, MADV_DONTDUMP,
		MADV_DODUMP, MADV_POPULATE_READ, MADV_POPULATE_WRITE, MADV_MERGEABLE,
		MADV_SEQUENTIAL,
	};
	unsigned char *at;
	uint64_t length;

	if (!pages_of(r, a, c, &at, &length))
		return -1;
	return madvise(at, length, advice[a[3] % ARRAY_SIZE(advice)]);
}

/* The whole view, to another place or size */
long call_mremap(struct run *r, const uint64_t *a, const struct call *c)
{
	uint64_t offset = 0, length = -1ULL, want = a[1];
	unsigned char *at;

	if (!pick_view(r, &c->args[0], &offset, &length, &at))
		return -1;
	if (a[2] & 2)
		want = length;
	if (want % PAGE || want > 64 * MIB)
		return -1;
	at = mremap(at, length, want, a[2] & 1 ? MREMAP_MAYMOVE : 0);
	if (at == MAP_FAILED)
		return -1;
	pool_add(r, REF_VIEW, (int64_t)PTR(at), want);
	return 0;
}

long call_touch(struct run *r, const uint64_t *a, const struct call *c)
{
	uint64_t offset = a[1], length = a[2];
	unsigned char *at;

	if (!pick_view(r, &c->args[0], &offset, &length, &at))
		return -1;
	return guarded_touch(at + offset, length, a[3] & 1);
}

static void touch_all(struct run *r)
{
	const struct pool *views = &r->pools[REF_VIEW];

	for (unsigned int i = 0; i < views->count && i < POOL; i++)
		guarded_touch((unsigned char *)(uintptr_t)views->item[i], views->more[i], i & 1);
}

static void close_all(struct run *r)
{
	for (unsigned int kind = REF_NODE; kind <= REF_OTHER; kind++)
		for (unsigned int i = 0; i < r->pools[kind].count && i < POOL; i++)
			close(r->pools[kind].item[i]);
}

/* A child that ends at once, or touches the views, or closes all first */
long call_fork(struct run *r, const uint64_t *a, const struct call *c)
{
	pid_t pid = fork();

	(void)c;
	if (!pid) {
		if (a[0] & 1)
			touch_all(r);
		if (a[0] & 2)
			close_all(r);
		_exit(EXIT_SUCCESS);
	}
	return pid > 0 ? waitpid(pid, NULL, 0) : -1;
}

long call_cpu_sync(struct run *r, const uint64_t *a, const struct call *c)
{
	struct dma_buf_sync sync = { .flags = a[1] };

	(void)r;
	(void)c;
	return ioctl(a[0], DMA_BUF_IOCTL_SYNC, &sync);
}

long call_lseek(struct run *r, const uint64_t *a, const struct call *c)
{
	(void)r;
	(void)c;
	return lseek(a[0], a[1], a[2]);
}

long call_pass(struct run *r, const uint64_t *a, const struct call *c)
{
	int pair[2], fd = -1;

	if (!is_ours(a[0]) || socketpair(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0, pair))
		return -1;
	if (!send_fd(pair[0], a[0])) {
		/* From here on the message alone may hold it. */
		if (c->args[0].index & 1)
			close(a[0]);
		fd = receive_fd(pair[1]);
	}
	close(pair[0]);
	close(pair[1]);
	if (fd >= 0)
		add_fd(r, &c->args[0], fd);
	return fd;
}

/* The pipe keeps the pages until something closes its end. */
long call_vmsplice(struct run *r, const uint64_t *a, const struct call *c)
{
	uint64_t offset = a[1], length = a[2];
	struct iovec iov;
	unsigned char *at;
	int ends[2];
	long ret;

	if (!pick_view(r, &c->args[0], &offset, &length, &at))
		return -1;
	iov.iov_base = at + offset;
	iov.iov_len = length < 16 * PAGE ? length : 16 * PAGE;
	if (pipe2(ends, O_CLOEXEC | O_NONBLOCK))
		return -1;
	ret = vmsplice(ends[1], &iov, 1, SPLICE_F_NONBLOCK);
	close(ends[1]);
	pool_add(r, REF_OTHER, ends[0], 0);
	return ret;
}

/*
 * One at a time: two that write to the same memory at once are the program's
 * mistake, of which the kernel's DMA debugging complains on the disk's behalf.
 */
static long read_direct(int fd, void *at, size_t length)
{
	int lock = open(DISK_DIR, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	long ret = -1;

	if (lock >= 0 && !flock(lock, LOCK_EX))
		ret = pread(fd, at, length, 0);
	close(lock);
	return ret;
}

/* From the view to a disk, around the page cache, or back */
long call_direct(struct run *r, const uint64_t *a, const struct call *c)
{
	uint64_t offset = a[1] & -512ULL, length = a[2] & -512ULL;
	unsigned char *at;
	char path[64];
	long ret;
	int fd;

	if (!pick_view(r, &c->args[0], &offset, &length, &at))
		return -1;
	snprintf(path, sizeof(path), DISK_DIR "/fuzz-%d", getpid());
	fd = open(path, O_RDWR | O_CREAT | O_DIRECT | O_CLOEXEC, 0600);
	if (fd < 0)
		return -1;
	unlink(path);
	if (length > 16 * PAGE)
		length = 16 * PAGE;
	ret = pwrite(fd, at + offset, length, 0);
	if (a[3] & 1)
		ret = read_direct(fd, at + offset, length);
	close(fd);
	return ret;
}

long call_nonblock(struct run *r, const uint64_t *a, const struct call *c)
{
	(void)r;
	(void)c;
	return is_ours(a[0]) ? fcntl(a[0], F_SETFL, a[1] & 1 ? O_NONBLOCK : 0) : -1;
}

long call_sleep(struct run *r, const uint64_t *a, const struct call *c)
{
	(void)r;
	(void)c;
	msleep(a[0] % 30);
	return 0;
}

/* How many fds there may be from here on */
long call_fds(struct run *r, const uint64_t *a, const struct call *c)
{
	struct rlimit limit;

	(void)r;
	(void)c;
	if (getrlimit(RLIMIT_NOFILE, &limit))
		return -1;
	limit.rlim_cur = 3 + a[0] % 64;
	return setrlimit(RLIMIT_NOFILE, &limit);
}
