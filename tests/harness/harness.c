// SPDX-License-Identifier: MIT
/* Cases, and TAP. */
#include <signal.h>
#include <stdarg.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>

#include "virt.h"

#define DEFAULT_SECONDS	40
#define EXIT_SKIP	77

/* Shared with the case's process */
static struct report {
	char reason[256];
	char doing[128];
} *report;

/* libgcov's, in a build of scripts/coverage: it writes at exit() only. */
#pragma weak __gcov_dump
void __gcov_dump(void);

/* The end of a case, which shares the program's other streams. */
__attribute__((noreturn)) static void leave(int status)
{
	fflush(stdout);
	if (__gcov_dump)
		__gcov_dump();
	_exit(status);
}

void test_fail(const char *file, int line, const char *format, ...)
{
	va_list args;

	printf("# %s:%d: ", file, line);
	va_start(args, format);
	vprintf(format, args);
	va_end(args);
	putchar('\n');
	leave(EXIT_FAILURE);
}

void test_skip(const char *reason)
{
	snprintf(report->reason, sizeof(report->reason), "%s", reason);
	leave(EXIT_SKIP);
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

void test_doing(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(report->doing, sizeof(report->doing), format, args);
	va_end(args);
}

static unsigned int factor(const char *name)
{
	const char *text = getenv(name);
	unsigned long value = text ? strtoul(text, NULL, 10) : 1;

	return value ? value : 1;
}

unsigned int test_rounds(unsigned int standard)
{
	return standard * factor("ROUNDS");
}

uint64_t test_seed(void)
{
	const char *text = getenv("SEED");
	uint64_t seed = text ? strtoull(text, NULL, 0) : now_ns();

	test_note("SEED=%llu", (unsigned long long)seed);
	fflush(stdout);
	return seed;
}

/* splitmix64 */
uint64_t test_draw(uint64_t *state)
{
	uint64_t z = *state += 0x9e3779b97f4a7c15;

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
	z = (z ^ z >> 27) * 0x94d049bb133111eb;
	return z ^ z >> 31;
}

void test_count(const char *what, uint64_t n)
{
	printf("# count: %s %llu\n", what, (unsigned long long)n);
}

int test_skip_all(const char *reason)
{
	printf("1..0 # SKIP %s\n", reason);
	return EXIT_SKIP;
}

static void run_case(const struct test_case *c, bool no_finding)
{
	int fds = count_fds();
	uint64_t used = c->flags & MAY_KEEP ? 0 : used_bytes();

	if (no_finding)
		findings_clear();
	c->run();
	if (no_finding)
		no_findings();

	CHECK_EQ(count_fds(), fds);
	if (!(c->flags & MAY_KEEP) && !used_becomes(used))
		test_fail(c->name, 0, "used bytes went from %llu to %llu",
			  (unsigned long long)used,
			  (unsigned long long)used_bytes());
	leave(EXIT_SUCCESS);
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

static bool print_case(size_t number, const char *name, int status)
{
	bool good = false;

	if (status == -1)
		printf("# the time is up\n");
	else if (WIFSIGNALED(status))
		printf("# killed by signal %d\n", WTERMSIG(status));
	else
		good = WEXITSTATUS(status) == 0 || WEXITSTATUS(status) == EXIT_SKIP;
	if (!good && report->doing[0])
		printf("# it was at %s\n", report->doing);

	printf("%s %zu - %s%s%s\n", good ? "ok" : "not ok", number, name,
	       good && report->reason[0] ? " # SKIP " : "", report->reason);
	fflush(stdout);
	return good;
}

static unsigned int limit_of(const struct test_case *c)
{
	return (c->seconds ? c->seconds : DEFAULT_SECONDS) * factor("DMASPAN_SLOW") *
	       factor("ROUNDS");
}

static bool test_case(size_t number, const struct test_case *c, const char *name,
		      const char *on)
{
	sigset_t old, set;
	pid_t pid;

	report->reason[0] = 0;
	report->doing[0] = 0;
	sigemptyset(&set);
	sigaddset(&set, SIGCHLD);
	sigprocmask(SIG_BLOCK, &set, &old);
	fflush(stdout);
	pid = fork();
	if (!pid) {
		setpgid(0, 0);
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		sigprocmask(SIG_SETMASK, &old, NULL);
		if (on)
			test_device(on);
		run_case(c, on && device_is_virt());
	}
	return print_case(number, name, wait_case(pid, limit_of(c)));
}

static bool applies(const struct test_case *c, const char *on)
{
	return !(c->flags & VIRT_ONLY) || (on && strcmp(on, NODE_NAME));
}

static bool test_on(const struct test_case *cases, size_t count, const char *on,
		    size_t *number)
{
	const char *only = getenv("TEST_CASE");
	bool good = true;
	char name[128];

	for (size_t i = 0; i < count; i++) {
		const struct test_case *c = &cases[i];

		if (!applies(c, on))
			continue;
		++*number;
		snprintf(name, sizeof(name), "%s%s%s", on ? on : "", on ? ": " : "", c->name);
		if (!only || !strcmp(only, c->name) || !strcmp(only, name))
			good &= test_case(*number, c, name, on);
	}
	return good;
}

static int test_all(const struct test_case *cases, size_t count,
		    const char *const *devices, size_t num_devices)
{
	size_t total = 0, number = 0;
	bool good = true;

	report = mmap(NULL, sizeof(*report), PROT_READ | PROT_WRITE,
		      MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (report == MAP_FAILED)
		return EXIT_FAILURE;
	for (size_t d = 0; d < num_devices; d++)
		for (size_t i = 0; i < count; i++)
			total += applies(&cases[i], devices[d]);
	printf("TAP version 13\n1..%zu\n", total);
	for (size_t d = 0; d < num_devices; d++)
		good &= test_on(cases, count, devices[d], &number);
	return good ? EXIT_SUCCESS : EXIT_FAILURE;
}

int test_main(const struct test_case *cases, size_t count)
{
	static const char *const as_it_is[] = { NULL };

	return test_all(cases, count, as_it_is, ARRAY_SIZE(as_it_is));
}

int test_main_by_device(const struct test_case *cases, size_t count)
{
	static const char *const devices[] = { NODE_NAME, VIRT_NAME, VIRT_COHERENT };

	return test_all(cases, count, devices, ARRAY_SIZE(devices));
}
