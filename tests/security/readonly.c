// SPDX-License-Identifier: MIT
/* What was opened for reading stays so, whichever way it takes; abi/readonly has the plain ways. */
#include <signal.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <sys/wait.h>

#include "user.h"
#include "virt.h"

#define KINDS	3

static void no_more_than_reading(int node, int fd)
{
	struct dmaspan_map map;
	void *data;

	CHECK_ERRNO((long)mmap(NULL, PAGE, PROT_WRITE, MAP_SHARED, fd, 0), EACCES);
	CHECK_ERRNO((long)mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0), EACCES);
	data = read_only_view(fd, PAGE);
	CHECK_ERRNO(mprotect(data, PAGE, PROT_READ | PROT_WRITE), EACCES);
	CHECK(all_zero(data, PAGE));
	munmap(data, PAGE);
	CHECK_ERRNO(do_map(node, fd, DMASPAN_FROM_DEVICE, &map), EACCES);
	CHECK_ERRNO(do_map(node, fd, DMASPAN_BIDIRECTIONAL, &map), EACCES);
}

static int passed(int fd)
{
	int ends[2], got;

	CHECK(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) == 0);
	CHECK(send_fd(ends[0], fd) == 0);
	got = receive_fd(ends[1]);
	CHECK(got >= 0);
	close(ends[0]);
	close(ends[1]);
	return got;
}

static struct {
	int node;
	int fd;
} held;

static void use_in_child(void *unused)
{
	(void)unused;
	no_more_than_reading(held.node, held.fd);
}

static void a_buffer_however_it_comes(void)
{
	held.node = node_open(O_RDWR);
	for (uint32_t kind = 0; kind < KINDS; kind++) {
		int fd = read_only_buffer(held.node, kind, PAGE), again;

		again = passed(fd);
		no_more_than_reading(held.node, again);
		close(again);
		again = fcntl(fd, F_DUPFD_CLOEXEC, 100);
		no_more_than_reading(held.node, again);
		close(again);
		held.fd = fd;
		CHECK_EQ(reap(spawn(use_in_child, NULL)), 0);
		as_user(use_in_child, NULL);
		close(fd);
	}
	close(held.node);
}

static void not_even_for_root(int node)
{
	struct dmaspan_map map;
	char path[64];
	int fd;

	CHECK_ERRNO(do_alloc(node, DMASPAN_KIND_CACHED, PAGE, &fd), EACCES);
	CHECK_ERRNO(do_map(node, held.fd, DMASPAN_TO_DEVICE, &map), EACCES);
	CHECK_ERRNO(do_channel_open(node, "tx", O_CLOEXEC, &fd), EACCES);
	CHECK_ERRNO(do_unmap(node, 1), EACCES);
	CHECK_ERRNO(do_sync(node, 1, DMASPAN_SYNC_FOR_CPU, 0, 1), EACCES);
	snprintf(path, sizeof(path), "/proc/self/fd/%d", node);
	if (geteuid())
		CHECK_ERRNO(open(path, O_RDWR | O_CLOEXEC), EACCES);
}

static void node_in_child(void *unused)
{
	(void)unused;
	not_even_for_root(held.node);
}

/* Reopening asks the node's own permissions again. */
static void a_node_however_it_comes(void)
{
	int full = node_open(O_RDWR), again;

	held.node = node_open(O_RDONLY);
	CHECK(do_alloc(full, DMASPAN_KIND_CACHED, PAGE, &held.fd) == 0);
	again = passed(held.node);
	not_even_for_root(again);
	close(again);
	CHECK_EQ(reap(spawn(node_in_child, NULL)), 0);
	as_user(node_in_child, NULL);
	close(held.fd);
	close(held.node);
	close(full);
}

/* As a tracer may: to private memory some of it works without PROT_WRITE (FOLL_FORCE). */
static void write_by_force(unsigned char *data)
{
	char byte = 1;
	const struct iovec from = { &byte, 1 }, to = { data, 1 };
	int mem = open("/proc/self/mem", O_RDWR | O_CLOEXEC);

	CHECK(mem >= 0);
	CHECK_EQ(pwrite(mem, &byte, 1, (off_t)(uintptr_t)data), -1);
	CHECK_EQ(process_vm_writev(getpid(), &from, 1, &to, 1, 0), -1);
	close(mem);
}

static void be_traced(void *unused)
{
	(void)unused;
	CHECK(ptrace(PTRACE_TRACEME, 0, NULL, NULL) == 0);
	raise(SIGSTOP);
}

/* 0, or -1 */
static long poke(unsigned char *data)
{
	pid_t pid = spawn(be_traced, NULL);
	int status;
	long ret;

	CHECK(waitpid(pid, &status, 0) == pid && WIFSTOPPED(status));
	ret = ptrace(PTRACE_POKEDATA, pid, data, 1);
	CHECK(ptrace(PTRACE_CONT, pid, NULL, NULL) == 0);
	CHECK_EQ(reap(pid), 0);
	return ret;
}

static void no_force_helps(void)
{
	unsigned char *own = mmap(NULL, PAGE, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	int node = node_open(O_RDWR);

	/* That the way exists at all */
	CHECK(own != MAP_FAILED);
	CHECK_EQ(poke(own), 0);
	for (uint32_t kind = 0; kind < KINDS; kind++) {
		int fd = read_only_buffer(node, kind, PAGE);
		unsigned char *data = read_only_view(fd, PAGE);

		write_by_force(data);
		CHECK_EQ(poke(data), -1);
		CHECK(all_zero(data, PAGE));
		munmap(data, PAGE);
		close(fd);
	}
	munmap(own, PAGE);
	close(node);
}

/* Every channel that writes to memory, with the one mapping that such an fd allows */
static void no_device_writes(void)
{
	static const char *const virt[] = { "copy0", "source" }, *const edu[] = { "rx" };
	const char *const *names = device_is_virt() ? virt : edu;
	size_t count = device_is_virt() ? ARRAY_SIZE(virt) : ARRAY_SIZE(edu);
	int node = node_open(O_RDWR), channel;

	for (uint32_t kind = 0; kind < KINDS; kind++) {
		int fd = read_only_buffer(node, kind, PAGE);
		unsigned char *data = read_only_view(fd, PAGE);
		struct dmaspan_map map;

		CHECK(do_map(node, fd, DMASPAN_TO_DEVICE, &map) == 0);
		for (size_t i = 0; i < count; i++) {
			const struct dmaspan_transfer t = {
				.mapping = map.out_mapping,
				.length = 64,
				.src_mapping = names[i][0] == 'c' ? map.out_mapping : 0,
				.src_offset = names[i][0] == 'c' ? 512 : 0,
			};

			CHECK(do_channel_open(node, names[i], O_CLOEXEC, &channel) == 0);
			CHECK_ERRNO(do_submit_array(channel, &t, 1), EACCES);
			close(channel);
		}
		CHECK(do_sync(node, map.out_mapping, DMASPAN_SYNC_FOR_CPU, 0, PAGE) == 0);
		CHECK(all_zero(data, PAGE));
		CHECK(do_unmap(node, map.out_mapping) == 0);
		munmap(data, PAGE);
		close(fd);
	}
	close(node);
}

static const struct test_case cases[] = {
	CASE(a_buffer_however_it_comes),
	CASE(a_node_however_it_comes),
	CASE(no_force_helps),
	CASE(no_device_writes),
};

int main(void)
{
	return test_main_by_device(cases, ARRAY_SIZE(cases));
}
