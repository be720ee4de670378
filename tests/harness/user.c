// SPDX-License-Identifier: MIT
/* Ordinary users, and what must not be shown to them. */
#include <ctype.h>
#include <grp.h>
#include <sys/prctl.h>

#include "user.h"

void become_user(void)
{
	CHECK(setgroups(0, NULL) == 0);
	CHECK(setresgid(NOBODY, NOBODY, NOBODY) == 0);
	CHECK(setresuid(NOBODY, NOBODY, NOBODY) == 0);
	/* As a program that it started itself */
	CHECK(prctl(PR_SET_DUMPABLE, 1) == 0);
}

static void (*user_fn)(void *);
static void (*user_node_fn)(int);

static void run_as_user(void *arg)
{
	become_user();
	user_fn(arg);
}

void as_user(void (*fn)(void *), void *arg)
{
	user_fn = fn;
	CHECK_EQ(reap(spawn(run_as_user, arg)), 0);
}

static void with_node(void *unused)
{
	int node = node_open(O_RDWR);

	(void)unused;
	become_user();
	user_node_fn(node);
}

void as_user_with_node(void (*fn)(int node))
{
	user_node_fn = fn;
	CHECK_EQ(reap(spawn(with_node, NULL)), 0);
}

/* ffff and twelve more digits, on 64-bit machines */
const char *kernel_pointer(const char *text)
{
	const char *at = text;

	while ((at = strcasestr(at, "ffff"))) {
		size_t digits = 0;

		while (isxdigit((unsigned char)at[digits]))
			digits++;
		if (digits == 16 && (at == text || !isxdigit((unsigned char)at[-1])) &&
		    strncasecmp(at, "ffffffffffffffff", 16))
			return at;
		at += digits;
	}
	return NULL;
}

ssize_t read_text(const char *path, char *text, size_t size)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	size_t length = 0;
	ssize_t n = 0;
	int error;

	if (fd < 0)
		return -1;
	while (length < size - 1 && (n = read(fd, text + length, size - 1 - length)) > 0)
		length += (size_t)n;
	error = errno;
	close(fd);
	errno = error;
	text[length] = 0;
	return n < 0 ? -1 : (ssize_t)length;
}
