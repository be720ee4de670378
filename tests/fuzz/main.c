// SPDX-License-Identifier: MIT
/* Options, replay, and the checks at the end. */
#include <getopt.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>

#include "log.h"
#include "virt.h"
#include "fuzz.h"

#define DEVICE_LIMIT	(8 * MIB)	/* so that memory runs out here, and not in the guest */
#define SHOWN		3		/* programs of each worker, when the kernel complains */

const char *const device_names[NUM_DEVICES] = { NODE_NAME, VIRT_NAME, VIRT_COHERENT };
const char *const module_names[NUM_MODULES] = { "dmaspan", "dmaspan_edu", "dmaspan_virt" };

static const char usage[] =
	"usage: dmaspan_fuzz --replay [--times N] [--workers N] FILE|DIRECTORY...\n"
	"       dmaspan_fuzz --minutes M [--corpus DIRECTORY] [--seed S] [--workers N] [FILE...]\n";

static uint64_t parse_number(const char *text, uint64_t least, uint64_t most)
{
	char *end;
	uint64_t n = strtoull(text, &end, 0);

	if (end == text || *end || n < least || n > most) {
		fprintf(stderr, "%s: from %llu to %llu\n%s", text, (unsigned long long)least,
			(unsigned long long)most, usage);
		exit(2);
	}
	return n;
}

static void parse(int argc, char **argv, struct options *o)
{
	static const struct option options[] = {
		{ "replay", no_argument, NULL, 'r' },
		{ "times", required_argument, NULL, 't' },
		{ "minutes", required_argument, NULL, 'm' },
		{ "corpus", required_argument, NULL, 'c' },
		{ "seed", required_argument, NULL, 's' },
		{ "workers", required_argument, NULL, 'w' },
		{ 0 },
	};
	int option;

	while ((option = getopt_long(argc, argv, "", options, NULL)) >= 0) {
		switch (option) {
		case 'r':
			o->replay = true;
			break;
		case 't':
			o->times = parse_number(optarg, 1, 1000000);
			break;
		case 'm':
			o->minutes = parse_number(optarg, 1, 100000);
			break;
		case 'c':
			o->corpus = optarg;
			break;
		case 's':
			o->seed = parse_number(optarg, 0, -1ULL);
			break;
		case 'w':
			o->workers = parse_number(optarg, 1, MAX_WORKERS);
			break;
		default:
			fputs(usage, stderr);
			exit(2);
		}
	}
	if (o->replay == !!o->minutes || (o->replay && optind == argc)) {
		fputs(usage, stderr);
		exit(2);
	}
}

/* A line of the kernel's that speaks of a bug. The runner looks at the others. */
static bool log_complains(int log)
{
	static const char *const words[] = {
		"BUG", "WARNING", "KASAN", "UBSAN", "INFO: ", "Oops", "DMA-API: ",
		"general protection",
	};
	char record[LOG_RECORD];
	bool bad = false;

	while (log_next(log, record))
		for (size_t i = 0; i < ARRAY_SIZE(words); i++)
			bad |= !!strstr(record, words[i]);
	return bad;
}

static void show_recent(const struct options *o)
{
	printf("# Something is wrong. What ran last, the newest first:\n");
	for (unsigned int w = 0; w < o->workers; w++) {
		unsigned int next = shared->recent[w].next;

		for (unsigned int i = 1; i <= SHOWN && i <= next; i++) {
			printf("# worker %u:\n", w);
			show_text(shared->recent[w].text[(next - i) % RECENT]);
		}
	}
}

static unsigned int workers_left(bool *good)
{
	unsigned int ended = 0;
	int status;

	while (waitpid(-1, &status, WNOHANG) > 0) {
		ended++;
		if (status) {
			printf("# a worker ended with status %#x\n", status);
			*good = false;
		}
	}
	return ended;
}

/* The virtual device keeps its last findings only: they are looked at every second. */
static bool module_complains(void)
{
	static uint64_t next;

	if (now_ns() < next)
		return false;
	next = now_ns() + 1000000000ULL;
	return findings_of_module();
}

/* Until they end, or the time is up, or the kernel or the virtual device complains */
static bool watch(const struct options *o)
{
	uint64_t end = now_ns() + o->minutes * 60000000000ULL;
	unsigned int left = o->workers;
	int log = log_open();
	bool good = true;

	while (left) {
		left -= workers_left(&good);
		if (!left)
			break;
		if (!good || (o->minutes && now_ns() > end))
			__atomic_store_n(&shared->stop, 1, __ATOMIC_RELAXED);
		if (!shared->stop && (log_complains(log) || module_complains())) {
			__atomic_store_n(&shared->stop, 1, __ATOMIC_RELAXED);
			show_recent(o);
			good = false;
		}
		msleep(100);
	}
	close(log);
	return good;
}

static bool nothing_used(void)
{
	bool good = true;

	for (size_t i = 0; i < NUM_DEVICES; i++) {
		test_device(device_names[i]);
		if (!used_becomes(0)) {
			printf("# %s: %llu bytes are still used\n", device_names[i],
			       (unsigned long long)used_bytes());
			good = false;
		}
	}
	return good;
}

static bool references_become(const uint64_t *want)
{
	bool good = true;

	for (size_t i = 0; i < NUM_MODULES; i++) {
		for (int n = 0; n < 100 && module_references(module_names[i]) != want[i]; n++)
			msleep(20);
		if (module_references(module_names[i]) != want[i]) {
			printf("# %s has %llu users, not %llu\n", module_names[i],
			       (unsigned long long)module_references(module_names[i]),
			       (unsigned long long)want[i]);
			good = false;
		}
	}
	return good;
}

static void start(const struct options *o)
{
	shared->loaded = shared->count;
	fflush(stdout);
	for (unsigned int i = 0; i < o->workers; i++) {
		pid_t pid = fork();

		if (!pid)
			worker(i, o);
		CHECK(pid > 0);
	}
}

static bool run_all(const struct options *o)
{
	uint64_t limits[NUM_DEVICES], users[NUM_MODULES];
	bool good;

	for (size_t i = 0; i < NUM_MODULES; i++)
		users[i] = module_references(module_names[i]);
	for (size_t i = 0; i < NUM_DEVICES; i++) {
		test_device(device_names[i]);
		limits[i] = limit_bytes();
		CHECK_EQ(set_limit(DEVICE_LIMIT), 0);
	}
	write_text(VIRT_FINDINGS, "0");
	start(o);
	good = watch(o);
	good &= nothing_used();
	good &= references_become(users);
	good &= !findings_of_module();
	findings_clear();
	for (size_t i = 0; i < NUM_DEVICES; i++) {
		test_device(device_names[i]);
		set_limit(limits[i]);
	}
	return good;
}

int main(int argc, char **argv)
{
	struct options o = { .workers = 3, .times = 1, .seed = now_ns() };
	bool good = true;

	parse(argc, argv, &o);
	setvbuf(stdout, NULL, _IOLBF, 0);
	if (!corpus_init())
		return EXIT_FAILURE;
	if (o.corpus)
		good &= corpus_load(o.corpus);
	while (optind < argc)
		good &= corpus_load(argv[optind++]);
	o.cover = cover_find_modules();
	if (!o.cover && !o.replay)
		printf("# there is no KCOV here: nothing new is found, but by chance a bug\n");
	printf("# seed %llu, %u programs, %u workers\n", (unsigned long long)o.seed, shared->count,
	       o.workers);
	good &= run_all(&o);
	test_count("fuzz_executions", shared->executions);
	if (o.cover)
		test_count("fuzz_pcs", shared->coverage.num_pcs);
	test_count("fuzz_programs", shared->count);
	printf("# %llu edges; of the programs %u took too long, %u hang, %u did not begin\n",
	       (unsigned long long)shared->coverage.num_edges, shared->late, shared->hangs,
	       shared->unbegun);
	return good && !shared->hangs && !shared->unbegun ? EXIT_SUCCESS : EXIT_FAILURE;
}
