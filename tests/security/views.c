// SPDX-License-Identifier: MIT
/* CPU views: not executed, not dumped, not for others; abi/mmap has what mmap() refuses. */
#include <signal.h>
#include <sys/personality.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>

#include "user.h"

#define KINDS		3
#define CORE_PATTERN	"/proc/sys/kernel/core_pattern"

/* Permissions of the view at @data, as in /proc/self/maps: "rw-s" */
static bool executable(const void *data)
{
	FILE *file = fopen("/proc/self/maps", "re");
	char line[512], permissions[8] = "";
	unsigned long start;
	bool found = false;

	CHECK(file);
	while (!found && fgets(line, sizeof(line), file))
		found = sscanf(line, "%lx-%*x %7s", &start, permissions) == 2 &&
			start == (unsigned long)data;
	fclose(file);
	CHECK(found);
	return strchr(permissions, 'x');
}

/* Old programs' PROT_READ means PROT_EXEC: they get no view at all, or one that is not. */
static void not_by_personality(void)
{
	int node = node_open(O_RDWR), fd;
	void *data;

	for (uint32_t kind = 0; kind < KINDS; kind++) {
		CHECK(do_alloc(node, kind, PAGE, &fd) == 0);
		CHECK(personality(READ_IMPLIES_EXEC) != -1);
		data = mmap(NULL, PAGE, PROT_READ, MAP_SHARED, fd, 0);
		if (data != MAP_FAILED) {
			CHECK(!executable(data));
			munmap(data, PAGE);
		}
		CHECK(personality(PER_LINUX) != -1);
		data = view(fd, PAGE);
		CHECK(personality(READ_IMPLIES_EXEC) != -1);
		mprotect(data, PAGE, PROT_READ);
		CHECK(personality(PER_LINUX) != -1);
		CHECK(!executable(data));
		munmap(data, PAGE);
		close(fd);
	}
	close(node);
}

static void jump_into(void *code)
{
	((void (*)(void))code)();
}

static void never_run(void)
{
	int node = node_open(O_RDWR), fd;
	unsigned char *data;

	CHECK(do_alloc(node, DMASPAN_KIND_CACHED, PAGE, &fd) == 0);
	data = view(fd, PAGE);
	memset(data, 0xc3, PAGE);	/* ret */
	CHECK_EQ(signal_of(jump_into, data), SIGSEGV);
	munmap(data, PAGE);
	close(fd);
	close(node);
}

/* Two marks that only the running program has whole: one in a buffer, one elsewhere */
static void mark(unsigned char *to, unsigned char first)
{
	for (size_t i = 0; i < 64; i++)
		to[i] = (unsigned char)(first ^ (i * 37));
}

static bool in_file(const char *path, unsigned char first)
{
	unsigned char want[64], *data;
	struct stat st;
	bool found;
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	CHECK(fd >= 0);
	CHECK(fstat(fd, &st) == 0 && st.st_size);
	data = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
	CHECK(data != MAP_FAILED);
	mark(want, first);
	found = memmem(data, (size_t)st.st_size, want, sizeof(want));
	munmap(data, (size_t)st.st_size);
	close(fd);
	return found;
}

static void dump_core(void *unused)
{
	const struct rlimit any = { RLIM_INFINITY, RLIM_INFINITY };
	unsigned char *plain = mmap(NULL, PAGE, PROT_READ | PROT_WRITE,
				    MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	int node = node_open(O_RDWR), fd;

	(void)unused;
	CHECK(plain != MAP_FAILED);
	CHECK(setrlimit(RLIMIT_CORE, &any) == 0);
	CHECK_EQ(write_text("/proc/self/coredump_filter", "0x7f"), 0);
	mark(plain, 0x55);
	for (uint32_t kind = 0; kind < KINDS; kind++) {
		CHECK(do_alloc(node, kind, PAGE, &fd) == 0);
		mark(view(fd, PAGE), 0xa0);
	}
	abort();
}

static void not_dumped(void)
{
	char before[256], path[64];
	int status;
	pid_t pid;

	CHECK(read_text(CORE_PATTERN, before, sizeof(before)) > 0);
	before[strcspn(before, "\n")] = 0;
	CHECK_EQ(write_text(CORE_PATTERN, "/tmp/dmaspan-core.%p"), 0);
	pid = spawn(dump_core, NULL);
	CHECK(waitpid(pid, &status, 0) == pid);
	CHECK_EQ(write_text(CORE_PATTERN, before), 0);
	CHECK(WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT && WCOREDUMP(status));
	snprintf(path, sizeof(path), "/tmp/dmaspan-core.%d", pid);
	CHECK(in_file(path, 0x55));
	CHECK(!in_file(path, 0xa0));
	unlink(path);
}

struct target {
	pid_t pid;
	void *data;
	int fd;
};

static void try_to_get_at(void *arg)
{
	const struct target *t = arg;
	char byte = 1, path[64];
	const struct iovec here = { &byte, 1 }, there = { t->data, 1 };

	/* ENOSYS: a kernel without these calls */
	CHECK(process_vm_readv(t->pid, &here, 1, &there, 1, 0) == -1 &&
	      (errno == EPERM || errno == ENOSYS));
	CHECK(process_vm_writev(t->pid, &here, 1, &there, 1, 0) == -1 &&
	      (errno == EPERM || errno == ENOSYS));
	CHECK_ERRNO(ptrace(PTRACE_ATTACH, t->pid, NULL, NULL), EPERM);
	CHECK_ERRNO(ptrace(PTRACE_SEIZE, t->pid, NULL, NULL), EPERM);
	snprintf(path, sizeof(path), "/proc/%d/mem", t->pid);
	CHECK_ERRNO(open(path, O_RDWR | O_CLOEXEC), EACCES);
	CHECK_ERRNO(open(path, O_RDONLY | O_CLOEXEC), EACCES);
	snprintf(path, sizeof(path), "/proc/%d/maps", t->pid);
	CHECK_ERRNO(open(path, O_RDONLY | O_CLOEXEC), EACCES);
	snprintf(path, sizeof(path), "/proc/%d/map_files/%lx-%lx", t->pid, (unsigned long)t->data,
		 (unsigned long)t->data + PAGE);
	CHECK(open(path, O_RDWR | O_CLOEXEC) == -1 && (errno == EACCES || errno == EPERM));
	snprintf(path, sizeof(path), "/proc/%d/pagemap", t->pid);
	CHECK_ERRNO(open(path, O_RDONLY | O_CLOEXEC), EACCES);
}

static void not_for_other_users(void)
{
	struct target t = { .pid = getpid() };
	int node = node_open(O_RDWR);

	for (uint32_t kind = 0; kind < KINDS; kind++) {
		CHECK(do_alloc(node, kind, PAGE, &t.fd) == 0);
		t.data = view(t.fd, PAGE);
		fill(t.data, PAGE, kind);
		as_user(try_to_get_at, &t);
		CHECK(filled(t.data, PAGE, kind));
		munmap(t.data, PAGE);
		close(t.fd);
	}
	close(node);
}

/* Where its pages are is not for a user: pagemap of its own view has no frame numbers. */
static void look_at_pagemap(int node)
{
	uint64_t entry;
	int fd, map;
	void *data;

	CHECK(do_alloc(node, DMASPAN_KIND_CACHED, PAGE, &fd) == 0);
	data = view(fd, PAGE);
	fill(data, PAGE, 1);
	map = open("/proc/self/pagemap", O_RDONLY | O_CLOEXEC);
	CHECK(map >= 0);
	CHECK(pread(map, &entry, sizeof(entry), (off_t)((uintptr_t)data / PAGE * 8)) == 8);
	CHECK_EQ(entry & ((1ULL << 55) - 1), 0);
}

static void no_frames_for_users(void)
{
	as_user_with_node(look_at_pagemap);
}

static const struct test_case cases[] = {
	CASE(not_by_personality),
	CASE(never_run),
	CASE(not_dumped),
	CASE(not_for_other_users),
	CASE(no_frames_for_users),
};

TEST_MAIN(cases)
