// SPDX-License-Identifier: MIT
/* One program in a process of its own, and what is kept of it. */
#include <dirent.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "fuzz.h"

#define LIMIT_MS	6000	/* for one program; what is slow is no error */
#define LATE_SHOWN	3
#define DEATH_MS	120000	/* for one that was killed: it hangs in the kernel */

static struct {
	unsigned int number;
	const struct options *options;
	int cover[SIDES];
} self = { .cover = { -1, -1 } };

static void remember(const char *text)
{
	unsigned int at = shared->recent[self.number].next++ % RECENT;

	snprintf(shared->recent[self.number].text[at], MAX_TEXT, "%s", text);
}

static void show_file(const char *path)
{
	FILE *file = fopen(path, "re");
	char line[256];

	while (file && fgets(line, sizeof(line), file))
		printf("# %s", line);
	if (file)
		fclose(file);
}

static void show_stacks(pid_t pid)
{
	char path[300];
	struct dirent *entry;
	DIR *dir;

	snprintf(path, sizeof(path), "/proc/%d/task", pid);
	dir = opendir(path);
	while (dir && (entry = readdir(dir))) {
		if (entry->d_name[0] == '.')
			continue;
		snprintf(path, sizeof(path), "/proc/%d/task/%s/stack", pid, entry->d_name);
		show_file(path);
	}
	if (dir)
		closedir(dir);
}

static void show_current(void)
{
	show_text(shared->recent[self.number].text
		  [(shared->recent[self.number].next - 1) % RECENT]);
}

static void show_hang(pid_t pid)
{
	printf("# process %d does not die; its stacks, and its program:\n", pid);
	show_stacks(pid);
	show_current();
	__atomic_fetch_add(&shared->hangs, 1, __ATOMIC_RELAXED);
	__atomic_store_n(&shared->stop, 1, __ATOMIC_RELAXED);
}

static bool ends(int pidfd, int ms)
{
	struct pollfd poll_fd = { .fd = pidfd, .events = POLLIN };

	return poll(&poll_fd, 1, ms) == 1;
}

/* With all that it left running: this process is their reaper. */
static void end_program(pid_t pid)
{
	int pidfd = syscall(SYS_pidfd_open, pid, 0), status;
	pid_t ended;

	if (pidfd < 0 || !ends(pidfd, LIMIT_MS)) {
		if (__atomic_fetch_add(&shared->late, 1, __ATOMIC_RELAXED) < LATE_SHOWN) {
			printf("# this took too long, and is ended:\n");
			show_current();
		}
	}
	kill(-pid, SIGKILL);
	kill(pid, SIGKILL);
	if (pidfd < 0 || !ends(pidfd, DEATH_MS)) {
		show_hang(pid);
		_exit(EXIT_FAILURE);
	}
	close(pidfd);
	while ((ended = waitpid(-1, &status, 0)) > 0)
		if (ended == pid && WIFEXITED(status) && WEXITSTATUS(status) == NOT_BEGUN)
			__atomic_fetch_add(&shared->unbegun, 1, __ATOMIC_RELAXED);
}

static void run_program(const struct program *p)
{
	static char text[MAX_TEXT];
	pid_t pid;

	program_print(p, text);
	remember(text);
	cover_reset();
	pid = fork();
	if (!pid) {
		setpgid(0, 0);
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		execute(p, self.cover);
		_exit(EXIT_SUCCESS);
	}
	if (pid < 0)
		_exit(EXIT_FAILURE);
	setpgid(pid, pid);
	end_program(pid);
	__atomic_fetch_add(&shared->executions, 1, __ATOMIC_RELAXED);
}

static bool stopped(void)
{
	return __atomic_load_n(&shared->stop, __ATOMIC_RELAXED);
}

static bool still_has(const struct program *p, const struct news *news)
{
	run_program(p);
	return cover_has(news);
}

/* Without every call and race that the news do not need */
static void minimise(struct program *p, const struct news *news)
{
	struct program less = *p;

	if (p->race) {
		less.race = RACE_NONE;
		less.from = 0;
		if (still_has(&less, news))
			*p = less;
	}
	for (int i = p->count - 1; i >= 0 && !stopped(); i--) {
		less = *p;
		memmove(&less.calls[i], &less.calls[i + 1],
			(--less.count - i) * sizeof(less.calls[0]));
		less.from -= i < less.from;
		if (still_has(&less, news))
			*p = less;
	}
}

/* Arguments that the news do not need become zero. */
static void simplify(struct program *p, const struct news *news)
{
	for (unsigned int i = 0; i < p->count; i++) {
		for (size_t k = 0; k < MAX_ARGS && !stopped(); k++) {
			struct value *v = &p->calls[i].args[k], old = *v;

			if (!v->number && (v->ref == REF_NONE || !v->index))
				continue;
			*v = (struct value) { .ref = v->ref };
			if (!still_has(p, news))
				*v = old;
		}
	}
}

/* What is not seen again was chance. */
static void examine(struct program *p, struct news *news)
{
	static char text[MAX_TEXT];
	unsigned int pcs;

	run_program(p);
	cover_keep(news);
	if (!news->count)
		return;
	minimise(p, news);
	simplify(p, news);
	run_program(p);
	if (!cover_commit(&shared->coverage, &pcs))
		return;
	program_print(p, text);
	corpus_add(text);
	if (self.options->corpus && pcs)
		corpus_save(self.options->corpus, text);
}

/* The next of the programs that there were at the start; false: none is left */
static bool replay_one(unsigned int times)
{
	unsigned int at = __atomic_fetch_add(&shared->next, 1, __ATOMIC_RELAXED), pcs;
	struct program p;

	if (at >= shared->loaded * times)
		return false;
	if (!program_parse(&p, shared->text[at % shared->loaded])) {
		run_program(&p);
		cover_commit(&shared->coverage, &pcs);
	}
	return true;
}

static void fuzz_one(uint64_t *rng)
{
	static struct program p, other;
	static struct news news;

	if (!below(rng, 12) || !corpus_pick(&p, rng) || !corpus_pick(&other, rng))
		program_generate(&p, rng);
	else
		program_mutate(&p, &other, rng);
	run_program(&p);
	cover_news(&shared->coverage, &news);
	if (news.count)
		examine(&p, &news);
}

void worker(unsigned int number, const struct options *o)
{
	uint64_t rng = o->seed + number;

	self.number = number;
	self.options = o;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	prctl(PR_SET_CHILD_SUBREAPER, 1);
	if (o->cover && !cover_open(self.cover)) {
		printf("# KCOV: %s\n", strerror(errno));
		exit(EXIT_FAILURE);
	}
	while (!stopped() && replay_one(o->times))
		;
	while (!stopped() && !o->replay)
		fuzz_one(&rng);
	exit(EXIT_SUCCESS);
}
