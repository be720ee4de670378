// SPDX-License-Identifier: MIT
#include <errno.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#include <linux/ptrace.h>

#include "bench.h"

static void say(const char *format, va_list args)
{
	fputs("bench: ", stderr);
	vfprintf(stderr, format, args);
	fputc('\n', stderr);
}

void note(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	say(format, args);
	va_end(args);
}

void die(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	say(format, args);
	va_end(args);
	exit(1);
}

void must(int ret, const char *what)
{
	if (ret == -1)
		ret = -errno;
	if (ret < 0)
		die("%s: %s", what, strerror(-ret));
}

uint64_t now_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec * 1000000000 + (uint64_t)ts.tv_nsec;
}

uint64_t page_faults(void)
{
	struct rusage usage;

	must(getrusage(RUSAGE_SELF, &usage), "getrusage");
	return (uint64_t)usage.ru_minflt + (uint64_t)usage.ru_majflt;
}

void *must_map(int fd, size_t length)
{
	void *data = mmap(NULL, length, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);

	if (data == MAP_FAILED)
		die("mmap of %zu bytes: %s", length, strerror(errno));
	return data;
}

void touch(void *data, size_t length)
{
	volatile unsigned char *byte = data;
	size_t i;

	for (i = 0; i < length; i += PAGE)
		byte[i] = 1;
}

/* What is counted is what lies between the two calls of getppid(). */
static void counted_child(void (*fn)(void *arg), void *arg)
{
	if (ptrace(PTRACE_TRACEME, 0, NULL, NULL) || raise(SIGSTOP))
		_exit(1);
	syscall(SYS_getppid);
	fn(arg);
	syscall(SYS_getppid);
	_exit(0);
}

static bool enters(pid_t pid, uint64_t *number)
{
	struct ptrace_syscall_info info;

	if (ptrace(PTRACE_GET_SYSCALL_INFO, pid, sizeof(info), &info) <= 0)
		die("ptrace: %s", strerror(errno));
	*number = info.entry.nr;
	return info.op == PTRACE_SYSCALL_INFO_ENTRY;
}

unsigned int count_calls(void (*fn)(void *arg), void *arg)
{
	unsigned int calls = 0, marks = 0;
	uint64_t number;
	pid_t pid;
	int status;

	fflush(NULL);
	pid = fork();
	must(pid, "fork");
	if (!pid)
		counted_child(fn, arg);
	must(waitpid(pid, &status, 0), "waitpid");
	must((int)ptrace(PTRACE_SETOPTIONS, pid, NULL, PTRACE_O_TRACESYSGOOD), "ptrace");
	for (;;) {
		must((int)ptrace(PTRACE_SYSCALL, pid, NULL, NULL), "ptrace");
		must(waitpid(pid, &status, 0), "waitpid");
		if (!WIFSTOPPED(status))
			break;
		if (WSTOPSIG(status) != (SIGTRAP | 0x80) || !enters(pid, &number))
			continue;
		if (number == SYS_getppid)
			marks++;
		else if (marks == 1)
			calls++;
	}
	if (status || marks != 2)
		die("the traced child ended with status %d", status);
	return calls;
}
