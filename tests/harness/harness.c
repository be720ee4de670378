// SPDX-License-Identifier: MIT
/* Cases, and TAP. */
#include <signal.h>
#include <stdarg.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>

#include "harness.h"

#define DEFAULT_SECONDS	40
#define EXIT_SKIP	77

/* Shared with the case's process */
static struct report {
	char reason[256];
} *report;

void test_fail(const char *file, int line, const char *format, ...)
{
	va_list args;

	printf("# %s:%d: ", file, line);
	va_start(args, format);
	vprintf(format, args);
	va_end(args);
	putchar('\n');
	fflush(stdout);
	_exit(EXIT_FAILURE);
}

void test_skip(const char *reason)
{
	snprintf(report->reason, sizeof(report->reason), "%s", reason);
	fflush(stdout);
	_exit(EXIT_SKIP);
}

void test_note(const char *format, ...)
{
	va_list args;

	printf("# ");
	va_start(args, format);
	vprintf(format, args);
	va_end(args);
	putchar('\n');
}

int test_skip_all(const char *reason)
{
	printf("1..0 # SKIP %s\n", reason);
	return EXIT_SKIP;
}

static void run_case(const struct test_case *c)
{
	int fds = count_fds();
	uint64_t used = c->flags & MAY_KEEP ? 0 : used_bytes();

	c->run();

	CHECK_EQ(count_fds(), fds);
	if (!(c->flags & MAY_KEEP) && !used_becomes(used))
		test_fail(c->name, 0, "used bytes went from %llu to %llu",
			  (unsigned long long)used,
			  (unsigned long long)used_bytes());
	fflush(stdout);
	_exit(EXIT_SUCCESS);
}

/* Status as of waitpid(), or -1 when the time is up */
static int wait_case(pid_t pid, unsigned int seconds)
{
	struct timespec left = { .tv_sec = seconds };
	sigset_t set;
	int status;

	sigemptyset(&set);
	sigaddset(&set, SIGCHLD);
	while (waitpid(pid, &status, WNOHANG) != pid) {
		if (sigtimedwait(&set, NULL, &left) < 0 && errno == EAGAIN) {
			kill(-pid, SIGKILL);
			kill(pid, SIGKILL);
			waitpid(pid, &status, 0);
			return -1;
		}
	}
	kill(-pid, SIGKILL);
	return status;
}

static bool print_case(size_t number, const struct test_case *c, int status)
{
	bool good = false;

	if (status == -1)
		printf("# the time is up\n");
	else if (WIFSIGNALED(status))
		printf("# killed by signal %d\n", WTERMSIG(status));
	else
		good = WEXITSTATUS(status) == 0 || WEXITSTATUS(status) == EXIT_SKIP;

	printf("%s %zu - %s%s%s\n", good ? "ok" : "not ok", number, c->name,
	       good && report->reason[0] ? " # SKIP " : "", report->reason);
	fflush(stdout);
	return good;
}

static bool test_case(size_t number, const struct test_case *c)
{
	sigset_t old, set;
	pid_t pid;

	report->reason[0] = 0;
	sigemptyset(&set);
	sigaddset(&set, SIGCHLD);
	sigprocmask(SIG_BLOCK, &set, &old);
	fflush(stdout);
	pid = fork();
	if (!pid) {
		setpgid(0, 0);
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		sigprocmask(SIG_SETMASK, &old, NULL);
		run_case(c);
	}
	return print_case(number, c,
			  wait_case(pid, c->seconds ? c->seconds : DEFAULT_SECONDS));
}

int test_main(const struct test_case *cases, size_t count)
{
	const char *only = getenv("TEST_CASE");
	bool good = true;

	report = mmap(NULL, sizeof(*report), PROT_READ | PROT_WRITE,
		      MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (report == MAP_FAILED)
		return EXIT_FAILURE;
	printf("TAP version 13\n1..%zu\n", count);
	for (size_t i = 0; i < count; i++)
		if (!only || !strcmp(only, cases[i].name))
			good &= test_case(i + 1, &cases[i]);
	return good ? EXIT_SUCCESS : EXIT_FAILURE;
}
