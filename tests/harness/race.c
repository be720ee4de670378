// SPDX-License-Identifier: MIT
/* The engine of the races: race.h says what a round is. */
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>

#include "race.h"
#include "virt.h"

#define DRAWN		4	/* victims, where not each has its turn */
#define GRACE_MS	(RACE_STEP_MS + 15000)	/* for a victim's step to end, after it all */

/* Of a process and those that watch it */
static struct shared {
	atomic_bool ready;	/* the scene is open, the victims are at work */
	atomic_bool over;	/* the attack is */
	atomic_bool stop;
	atomic_int working;	/* victims that have not stopped */
	atomic_int wrong;	/* an errno that nobody has announced */
	atomic_uint steps;
} *shared;

static struct {
	const struct race_victim *victim;
	const struct race_attack *attack;
	struct race_scene scene;
	pthread_barrier_t start;
	uint64_t seed;
} at;

static void relax(void)
{
	const struct timespec time = { 0, 200000 };

	nanosleep(&time, NULL);
}

/* Mostly short: what is raced for takes microseconds. */
static void some_delay(uint64_t *state)
{
	static const unsigned int most_us[] = { 1, 50, 500, 4000 };
	uint64_t us = test_draw(state) % most_us[test_draw(state) % ARRAY_SIZE(most_us)];
	uint64_t end = now_ns() + us * 1000;

	while (now_ns() < end)
		sched_yield();
}

static bool announced(const int *errnos, int error)
{
	for (size_t i = 0; i < RACE_ERRNOS && errnos[i]; i++)
		if (errnos[i] == error)
			return true;
	return false;
}

static bool may_fail(int error)
{
	static const int strange_fd[RACE_ERRNOS] = {
		EBADF, ENOTTY, EINVAL, ENODEV, EACCES, ENXIO,
	};

	return announced(at.victim->says, error) || announced(at.attack->causes, error) ||
	       (at.attack->takes_fds && announced(strange_fd, error));
}

static void *be_victim(void *number)
{
	uint64_t state = at.seed + 1 + (uintptr_t)number;

	pthread_barrier_wait(&at.start);
	do {
		int error = -at.victim->step(&at.scene, &state);

		atomic_fetch_add(&shared->steps, 1);
		if (error && !may_fail(error))
			atomic_store(&shared->wrong, error);
		if (error)
			sched_yield();
	} while (!atomic_load(&shared->stop));
	atomic_fetch_sub(&shared->working, 1);
	return NULL;
}

static void *be_attacker(void *unused)
{
	uint64_t state = at.seed;

	(void)unused;
	pthread_barrier_wait(&at.start);
	some_delay(&state);
	at.attack->inside(&at.scene, &state);
	atomic_store(&shared->over, true);
	return NULL;
}

static const char *channel_needed(const struct race_victim *v)
{
	return device_is_virt() ? v->virt : v->edu;
}

static void scene_open(struct race_scene *s, uint64_t *state)
{
	const char *channel = channel_needed(at.victim);
	uint32_t direction = DMASPAN_BIDIRECTIONAL;

	s->node = node_open(O_RDWR);
	s->channel = -1;
	if (channel[0])
		CHECK(do_channel_open(s->node, channel, O_CLOEXEC, &s->channel) == 0);
	s->kind = (uint32_t)(test_draw(state) % 3);
	CHECK(do_alloc(s->node, s->kind, RACE_LENGTH, &s->fd) == 0);
	s->data = view(s->fd, RACE_LENGTH);
	CHECK(do_map(s->node, s->fd, direction, &s->map) == 0);
}

static void start_thread(void *(*be)(void *), uintptr_t number)
{
	pthread_t thread;

	CHECK(pthread_create(&thread, NULL, be, (void *)number) == 0);
	pthread_detach(thread);
}

/* Whether each thread comes to an end, and may be waited for */
static bool all_end(void)
{
	return !at.victim->blocks || at.attack->wakes;
}

/* If it need not wait for the threads, it ends with them at work, which is one more race. */
static void be_round(void *unused)
{
	const struct race_victim *v = at.victim;
	uint64_t state = at.seed, end;

	(void)unused;
	if (at.attack->before)
		at.attack->before();
	scene_open(&at.scene, &state);
	atomic_store(&shared->working, (int)v->threads);
	pthread_barrier_init(&at.start, NULL, v->threads + 1 + !!at.attack->inside);
	for (unsigned int i = 0; i < v->threads; i++)
		start_thread(be_victim, i);
	if (at.attack->inside)
		start_thread(be_attacker, 0);
	pthread_barrier_wait(&at.start);
	atomic_store(&shared->ready, true);
	while (!atomic_load(&shared->over))
		relax();
	some_delay(&state);
	atomic_store(&shared->stop, true);
	end = now_ns() + GRACE_MS * 1000000ULL;
	while (all_end() && atomic_load(&shared->working)) {
		if (now_ns() > end)
			test_fail(__FILE__, __LINE__, "a step does not end");
		relax();
	}
}

static void virt_works(void)
{
	struct stream s;

	CHECK(!findings_of_module());
	findings_clear();
	stream_open(&s, "copy0", PAGE);
	fill(s.span.data + PAGE, PAGE, (unsigned int)at.seed);
	stream_move(&s, 64, 512);
	CHECK(!memcmp(s.span.data + 64, s.span.data + PAGE + 64, 512));
	stream_close(&s);
	no_findings();
}

static void all_is_well(void)
{
	CHECK(used_becomes(0));
	if (device_is_virt())
		virt_works();
	else
		device_works();
}

static void attack_from_without(pid_t pid, uint64_t *state)
{
	uint64_t end = now_ns() + WAIT_MS * 1000000ULL;

	while (!atomic_load(&shared->ready)) {
		if (now_ns() > end || kill(pid, 0))
			test_fail(__FILE__, __LINE__, "no scene");
		relax();
	}
	some_delay(state);
	at.attack->outside(pid, state);
	atomic_store(&shared->over, true);
}

static void race_round(void)
{
	uint64_t state = at.seed;
	int status;
	pid_t pid;

	test_doing("RACE_VICTIM=%s RACE_SEED=%#llx", at.victim->name,
		   (unsigned long long)at.seed);
	memset(shared, 0, sizeof(*shared));
	pid = spawn(be_round, NULL);
	if (at.attack->outside)
		attack_from_without(pid, &state);
	status = reap(pid);
	if (at.attack->after)
		at.attack->after();
	if (shared->wrong)
		test_fail(__FILE__, __LINE__, "errno %d (%s)", shared->wrong,
			  strerror(shared->wrong));
	if (status != 0 && !(at.attack->kills && status == 128 + SIGKILL))
		test_fail(__FILE__, __LINE__, "status %d", status);
	all_is_well();
}

static unsigned int race_num_for_device(void)
{
	unsigned int count = 0;

	for (size_t i = 0; i < race_num_victims; i++)
		count += !!channel_needed(&race_victims[i]);
	return count;
}

/* The one that there is to be, or NULL */
static const struct race_victim *only_victim(void)
{
	const struct race_victim *only = at.attack->only;
	const char *name = getenv("RACE_VICTIM");

	if (!name || (only && !strcmp(only->name, name)))
		return only;
	for (size_t i = 0; i < race_num_victims && !only; i++)
		if (!strcmp(race_victims[i].name, name) && channel_needed(&race_victims[i]))
			return &race_victims[i];
	test_skip("there is no such victim here");
}

static bool each_victim(void)
{
	return device_is_virt() || at.attack->every;
}

/* One after the other, or drawn */
static const struct race_victim *next_victim(uint64_t *state)
{
	static size_t last;
	const struct race_victim *v;

	do {
		last = each_victim() ? last + 1 : test_draw(state);
		v = &race_victims[last % race_num_victims];
	} while (!channel_needed(v));
	return v;
}

void race_run(const struct race_attack *attack, unsigned int rounds)
{
	uint64_t state = test_seed(), steps = 0, done = 0;
	unsigned int total = test_rounds(rounds);
	const char *seed = getenv("RACE_SEED");
	const struct race_victim *only;

	shared = mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE,
		      MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	CHECK(shared != MAP_FAILED);
	at.attack = attack;
	only = only_victim();
	if (!only)
		total *= each_victim() ? race_num_for_device() : DRAWN;
	while (done < total) {
		at.victim = only ?: next_victim(&state);
		at.seed = test_draw(&state);
		if (seed)
			at.seed = strtoull(seed, NULL, 0);
		race_round();
		steps += atomic_load(&shared->steps);
		done++;
	}
	if (device_is_virt())
		findings_clear();
	munmap(shared, sizeof(*shared));
	test_doing("the end of its rounds");
	test_note("%llu steps", (unsigned long long)steps);
	test_count("race_rounds", done);
}
