// SPDX-License-Identifier: MIT
/* What a running program has made, and running it. */
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>

#include "fuzz.h"

#define INTERVAL_NS	10000000

/* The page of REF_WRITABLE, that of REF_READONLY, nothing; and both to be written */
static unsigned char *window, *alias;
static __thread sigjmp_buf jump;
static __thread volatile sig_atomic_t jumps;
static __thread timer_t ticker;

static void on_fault(int number)
{
	if (jumps)
		siglongjmp(jump, number);
	_exit(128 + number);
}

static void on_tick(int number)
{
	(void)number;
}

static bool guarded(void (*fn)(volatile unsigned char *to, const volatile unsigned char *from,
			       size_t n), void *to, const void *from, size_t length)
{
	bool good = false;

	if (!sigsetjmp(jump, 0)) {
		jumps = 1;
		fn(to, from, length);
		good = true;
	}
	jumps = 0;
	return good;
}

static void copy(volatile unsigned char *to, const volatile unsigned char *from, size_t n)
{
	for (size_t i = 0; i < n; i++)
		to[i] = from[i];
}

static void read_pages(volatile unsigned char *to, const volatile unsigned char *from, size_t n)
{
	unsigned int sum = 0;

	for (size_t i = 0; i < n; i += PAGE)
		sum += from[i];
	*to = sum;
}

static void write_pages(volatile unsigned char *to, const volatile unsigned char *from, size_t n)
{
	for (size_t i = 0; i < n; i += PAGE)
		to[i] = *from + i;
}

/* A read-only page has contents, too; behind it there is nothing. */
bool guarded_write(uint64_t to, const void *from, size_t length)
{
	uint64_t in = to - PTR(window);

	if (in >= 2 * PAGE)
		return guarded(copy, (void *)(uintptr_t)to, from, length);
	return guarded(copy, alias + in, from, length < 2 * PAGE - in ? length : 2 * PAGE - in);
}

bool guarded_read(void *to, uint64_t from, size_t length)
{
	return guarded(copy, to, (void *)(uintptr_t)from, length);
}

bool guarded_touch(unsigned char *from, size_t length, bool write)
{
	unsigned char byte = 1;

	if (!length)
		return true;
	return write ? guarded(write_pages, from, &byte, length) :
		       guarded(read_pages, &byte, from, length);
}

void interrupts(bool on)
{
	const struct timespec interval = { .tv_nsec = on ? INTERVAL_NS : 0 };
	const struct itimerspec every = { interval, interval };

	timer_settime(ticker, 0, &every, NULL);
}

void pool_add(struct run *r, enum ref kind, int64_t item, uint64_t more)
{
	struct pool *pool = &r->pools[kind];
	unsigned int at = __atomic_fetch_add(&pool->count, 1, __ATOMIC_RELAXED);

	pool->item[at % POOL] = item;
	pool->more[at % POOL] = more;
}

/* False if there is nothing that it could refer to */
static bool pool_find(struct run *r, enum ref kind, unsigned int index, int64_t *item,
		      uint64_t *more)
{
	const struct pool *pool = &r->pools[kind];
	unsigned int count = __atomic_load_n(&pool->count, __ATOMIC_RELAXED);

	if (!count)
		return false;
	index %= count < POOL ? count : POOL;
	*item = pool->item[index];
	*more = pool->more[index];
	return true;
}

static uint64_t resolve(struct run *r, const struct value *v)
{
	uint64_t more = 0;
	int64_t item = 0;

	switch (v->ref) {
	case REF_NONE:
		return v->number;
	case REF_WRITABLE:
		return PTR(window) + v->number;
	case REF_READONLY:
		return PTR(window) + PAGE + v->number;
	case REF_LENGTH:
		return pool_find(r, REF_BUFFER, v->index, &item, &more) ? more + v->number : 0;
	case REF_SEGMENTS:
		return pool_find(r, REF_MAPPING, v->index, &item, &more) ? more + v->number : 0;
	default:
		return pool_find(r, v->ref, v->index, &item, &more) ?
		       (uint64_t)item + v->number : -1ULL;
	}
}

bool pick_view(struct run *r, const struct value *v, uint64_t *offset, uint64_t *length,
	       unsigned char **base)
{
	uint64_t more;
	int64_t item;

	if (!pool_find(r, REF_VIEW, v->index, &item, &more) || !more)
		return false;
	*base = (unsigned char *)(uintptr_t)item;
	*offset = *offset > more ? *offset % more : *offset;
	if (*length > more - *offset)
		*length = more - *offset;
	return true;
}

static void thread_begin(struct run *r, int cover)
{
	struct sigevent event = {
		.sigev_notify = SIGEV_THREAD_ID,
		.sigev_signo = SIGUSR1,
	};

	event._sigev_un._tid = syscall(SYS_gettid);
	timer_create(CLOCK_MONOTONIC, &event, &ticker);
	r->arg = calloc(1, ARG_BYTES);
	r->array = calloc(1, ARRAY_BYTES);
	if (!r->arg || !r->array)
		_exit(NOT_BEGUN);
	cover_enable(cover);
}

static void run_calls(struct run *r, const struct program *p, unsigned int from, unsigned int to)
{
	uint64_t args[MAX_ARGS];

	for (unsigned int i = from; i < to; i++) {
		for (size_t k = 0; k < MAX_ARGS; k++)
			args[k] = resolve(r, &p->calls[i].args[k]);
		ops[p->calls[i].op].call(r, args, &p->calls[i]);
	}
}

/* The other side of a race */
struct side {
	const struct program *program;
	struct run run;
	int cover;
	unsigned int *started;
};

/* Both begin when the other one is there, or the watchdog ends them. */
static void meet(unsigned int *started)
{
	__atomic_fetch_add(started, 1, __ATOMIC_SEQ_CST);
	while (__atomic_load_n(started, __ATOMIC_SEQ_CST) < 2)
		sched_yield();
}

static void *side_run(void *arg)
{
	struct side *side = arg;

	thread_begin(&side->run, side->cover);
	meet(side->started);
	run_calls(&side->run, side->program, side->program->from, side->program->count);
	return NULL;
}

static void race(struct side *side, struct run *r)
{
	const struct program *p = side->program;
	pthread_t thread;
	pid_t pid = 0;

	if (p->race == RACE_PROCESS) {
		pid = fork();
		if (!pid) {
			side_run(side);
			_exit(EXIT_SUCCESS);
		}
		if (pid < 0)
			_exit(EXIT_FAILURE);
	} else if (pthread_create(&thread, NULL, side_run, side)) {
		_exit(EXIT_FAILURE);
	}
	meet(side->started);
	run_calls(r, p, p->from, p->count);
	if (pid)
		waitpid(pid, NULL, 0);
	else
		pthread_join(thread, NULL);
}

static void window_make(void)
{
	int fd = memfd_create("window", 0);

	if (fd < 0 || ftruncate(fd, 2 * PAGE))
		_exit(NOT_BEGUN);
	alias = mmap(NULL, 2 * PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	window = mmap(NULL, 4 * PAGE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (alias == MAP_FAILED || window == MAP_FAILED)
		_exit(NOT_BEGUN);
	window += PAGE;
	mmap(window, 2 * PAGE, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_FIXED, fd, 0);
	mprotect(window + PAGE, PAGE, PROT_READ);
	close(fd);
}

/* Any fd may be moved, written to or closed: those that the run's output goes to are not here. */
static void no_stdio(void)
{
	int fd = open("/dev/null", O_RDWR | O_CLOEXEC);

	for (int i = 0; i <= STDERR_FILENO; i++)
		if (dup2(fd, i) < 0)
			_exit(NOT_BEGUN);
	close(fd);
}

static void handle_signals(void)
{
	struct sigaction fault = { .sa_handler = on_fault, .sa_flags = SA_NODEFER };
	struct sigaction tick = { .sa_handler = on_tick };

	sigaction(SIGSEGV, &fault, NULL);
	sigaction(SIGBUS, &fault, NULL);
	sigaction(SIGUSR1, &tick, NULL);
	signal(SIGPIPE, SIG_IGN);
}

void execute(const struct program *p, const int *cover)
{
	const size_t pools = (REF_VIEW + 1) * sizeof(struct pool);
	unsigned int *started = mmap(NULL, PAGE, PROT_READ | PROT_WRITE,
				     MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	struct run r = { .pools = calloc(1, pools) };
	struct side side = { .program = p, .run = r, .cover = cover[1], .started = started };

	if (!r.pools || started == MAP_FAILED)
		_exit(NOT_BEGUN);
	no_stdio();
	window_make();
	handle_signals();
	thread_begin(&r, cover[0]);
	run_calls(&r, p, 0, p->race ? p->from : p->count);
	if (p->race)
		race(&side, &r);
}
