// SPDX-License-Identifier: MIT
/* KCOV: which basic blocks of our modules a program has reached. */
#include <linux/kcov.h>

#include "fuzz.h"

#define KCOV		"/sys/kernel/debug/kcov"
#define ENTRIES		(64U * 1024)
#define FIRST_FD	200	/* calls_os.c leaves these alone */
#define WORDS		((1U << EDGE_BITS) / 64)

struct module {
	uint64_t start;
	uint64_t length;
	uint64_t offset;	/* of its first byte in coverage.pcs */
};

static struct module modules[NUM_MODULES];

static uint64_t *areas[SIDES];
static uint64_t seen[WORDS];

/* Addresses are shown to root, if kptr_restrict lets him. */
bool cover_find_modules(void)
{
	FILE *file = fopen("/proc/modules", "re");
	unsigned long long length, start;
	uint64_t offset = 0;
	char line[512], name[64];
	size_t found = 0;

	while (file && fgets(line, sizeof(line), file)) {
		if (sscanf(line, "%63s %llu %*s %*s %*s %llx", name, &length, &start) != 3)
			continue;
		for (size_t i = 0; i < NUM_MODULES; i++) {
			if (strcmp(name, module_names[i]))
				continue;
			modules[i] = (struct module) { start, length, offset };
			offset += length;
			found += start && offset <= MAX_PCS;
		}
	}
	if (file)
		fclose(file);
	return found == NUM_MODULES && access(KCOV, R_OK | W_OK) == 0;
}

bool cover_open(int fds[SIDES])
{
	for (size_t i = 0; i < SIDES; i++) {
		int fd = open(KCOV, O_RDWR | O_CLOEXEC);

		if (fd < 0)
			return false;
		fds[i] = fcntl(fd, F_DUPFD_CLOEXEC, FIRST_FD);
		close(fd);
		if (fds[i] < 0 || ioctl(fds[i], KCOV_INIT_TRACE, ENTRIES))
			return false;
		areas[i] = mmap(NULL, ENTRIES * sizeof(uint64_t), PROT_READ | PROT_WRITE,
				MAP_SHARED, fds[i], 0);
		if (areas[i] == MAP_FAILED)
			return false;
	}
	return true;
}

void cover_reset(void)
{
	for (size_t i = 0; i < SIDES; i++)
		if (areas[i])
			areas[i][0] = 0;
}

void cover_enable(int fd)
{
	if (fd >= 0 && ioctl(fd, KCOV_ENABLE, KCOV_TRACE_PC))
		_exit(NOT_BEGUN);
}

/* Where it is in coverage.pcs; false: not ours */
static bool pc_number(uint64_t pc, uint64_t *number)
{
	for (size_t i = 0; i < NUM_MODULES; i++) {
		if (pc - modules[i].start < modules[i].length) {
			*number = modules[i].offset + pc - modules[i].start;
			return true;
		}
	}
	return false;
}

/* For each PC of ours, with the edge that led there */
struct visitor {
	void (*visit)(struct visitor *v, uint64_t pc, uint32_t edge);
};

static void visit_pcs(struct visitor *v)
{
	for (size_t i = 0; i < SIDES; i++) {
		uint64_t last = 0, pc, count;

		if (!areas[i])
			continue;
		count = __atomic_load_n(&areas[i][0], __ATOMIC_ACQUIRE);
		for (uint64_t k = 1; k <= count && k < ENTRIES; k++) {
			if (!pc_number(areas[i][k], &pc))
				continue;
			v->visit(v, pc, (last * 31 + pc) * 0x9e3779b97f4a7c15 >> (64 - EDGE_BITS));
			last = pc;
		}
	}
}

static bool bit(const uint64_t *bits, uint64_t n)
{
	return __atomic_load_n(&bits[n / 64], __ATOMIC_RELAXED) >> n % 64 & 1;
}

/* False if it was set already */
static bool set_bit(uint64_t *bits, uint64_t n)
{
	uint64_t mask = 1ULL << n % 64;

	return !(__atomic_fetch_or(&bits[n / 64], mask, __ATOMIC_RELAXED) & mask);
}

static void see(struct visitor *v, uint64_t pc, uint32_t edge)
{
	(void)v;
	(void)pc;
	set_bit(seen, edge);
}

static void see_all(void)
{
	struct visitor v = { see };

	memset(seen, 0, sizeof(seen));
	visit_pcs(&v);
}

void cover_news(const struct coverage *c, struct news *news)
{
	news->count = 0;
	see_all();
	for (uint32_t i = 0; i < WORDS; i++) {
		uint64_t left = seen[i] & ~__atomic_load_n(&c->edges[i], __ATOMIC_RELAXED);

		for (; left && news->count < MAX_NEWS; left &= left - 1)
			news->edges[news->count++] = i * 64 + __builtin_ctzll(left);
	}
}

bool cover_has(const struct news *wanted)
{
	see_all();
	for (unsigned int i = 0; i < wanted->count; i++)
		if (!bit(seen, wanted->edges[i]))
			return false;
	return true;
}

void cover_keep(struct news *news)
{
	unsigned int kept = 0;

	see_all();
	for (unsigned int i = 0; i < news->count; i++)
		if (bit(seen, news->edges[i]))
			news->edges[kept++] = news->edges[i];
	news->count = kept;
}

struct commit {
	struct visitor visitor;	/* first */
	struct coverage *to;
	unsigned int edges;
	unsigned int pcs;
};

static void commit_one(struct visitor *v, uint64_t pc, uint32_t edge)
{
	struct commit *commit = (struct commit *)v;

	commit->edges += set_bit(commit->to->edges, edge);
	commit->pcs += set_bit(commit->to->pcs, pc);
}

unsigned int cover_commit(struct coverage *c, unsigned int *new_pcs)
{
	struct commit commit = { .visitor = { commit_one }, .to = c };

	visit_pcs(&commit.visitor);
	__atomic_fetch_add(&c->num_edges, commit.edges, __ATOMIC_RELAXED);
	__atomic_fetch_add(&c->num_pcs, commit.pcs, __ATOMIC_RELAXED);
	*new_pcs = commit.pcs;
	return commit.edges;
}
