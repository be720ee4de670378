// SPDX-License-Identifier: MIT
/* Calls with one failure each: see failnth.h. */
#include <inttypes.h>
#include <sched.h>

#include "failnth.h"

#define FAIL_NTH	"/proc/thread-self/fail-nth"
#define MAKE_IT_FAIL	"/proc/thread-self/make-it-fail"
#define DEBUGFS		"/sys/kernel/debug"
#define PAGE_ALLOC	DEBUGFS "/fail_page_alloc/"
#define CPU_STOCK	(65 * PAGE)	/* the most that a CPU keeps charged: pages, one in parts */
#define MOST		20000U		/* failures of one call */
#define SCATTERLIST_PAGE 128		/* entries: SG_MAX_SINGLE_ALLOC */
#define LARGEST_STRUCT	256

static bool outputs_written;

bool failnth_possible(void)
{
	return access(FAIL_NTH, W_OK) == 0;
}

/* All allocations count, and none says so in the log. */
static void configure(void)
{
	static const char *const settings[][2] = {
		{ DEBUGFS "/failslab/verbose", "0" },
		{ DEBUGFS "/failslab/ignore-gfp-wait", "N" },
		{ DEBUGFS "/fail_page_alloc/verbose", "0" },
		{ DEBUGFS "/fail_page_alloc/ignore-gfp-wait", "N" },
		{ DEBUGFS "/fail_page_alloc/ignore-gfp-highmem", "N" },
		{ DEBUGFS "/fail_page_alloc/min-order", "0" },
		{ DEBUGFS "/fail_usercopy/verbose", "0" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(settings); i++)
		if (write_text(settings[i][0], settings[i][1]))
			test_fail(__FILE__, __LINE__, "%s cannot be set", settings[i][0]);
}

/*
 * Faults of the program's own memory would count, too, and one that fails is
 * said in the log: all of it is there from the start.
 */
static void touch_memory(void)
{
	void *heap = malloc(MIB);
	volatile char stack[64 * KIB];

	for (size_t i = 0; i < sizeof(stack); i += PAGE)
		stack[i] = 0;
	CHECK(heap);
	memset(heap, 0, MIB);
	free(heap);
	CHECK(mlockall(MCL_CURRENT) == 0);
}

static int open_counter(void)
{
	int counter = open(FAIL_NTH, O_RDWR | O_CLOEXEC);

	CHECK(counter >= 0);
	return counter;
}

static void arm(int counter, unsigned int nth)
{
	char text[16];
	int n = snprintf(text, sizeof(text), "%u", nth);

	CHECK(write(counter, text, (size_t)n) == n);
}

/*
 * Returns how many were left; 0: it has failed. To read and write the counter
 * counts: with one left, that is what fails.
 */
static unsigned int disarm(int counter)
{
	char text[16] = "";
	ssize_t n = pread(counter, text, sizeof(text) - 1, 0);
	unsigned int left = 1;

	if (n < 0)
		CHECK_EQ(errno, EFAULT);
	else
		left = (unsigned int)strtoul(text, NULL, 10);
	while (pwrite(counter, "0", 1, 0) != 1)
		CHECK_EQ(errno, EFAULT);
	return left;
}

int failnth_ioctl(int fd, unsigned long command, void *arg, size_t size)
{
	unsigned char before[LARGEST_STRUCT];
	int ret, error;

	if (size > sizeof(before))
		test_fail(__FILE__, __LINE__, "a struct of %zu bytes", size);
	memcpy(before, arg, size);
	ret = ioctl(fd, command, arg);
	error = errno;
	if (ret && memcmp(before, arg, size))
		outputs_written = true;
	errno = error;
	return ret;
}

static uint64_t pinned(void)
{
	uint64_t value, acquired = 0, released = 0;
	FILE *file = fopen("/proc/vmstat", "re");
	char line[128], name[64];

	CHECK(file);
	while (fgets(line, sizeof(line), file)) {
		if (sscanf(line, "%63s %" SCNu64, name, &value) != 2)
			continue;
		if (!strcmp(name, "nr_foll_pin_acquired"))
			acquired = value;
		else if (!strcmp(name, "nr_foll_pin_released"))
			released = value;
	}
	fclose(file);
	return acquired - released;
}

/*
 * Adds up what each CPU has counted. That is slow, and while others are at work
 * the kernel may take what they count for a mistake: not after each failure.
 */
static uint64_t pinned_exactly(void)
{
	CHECK_EQ(write_text("/proc/sys/vm/stat_refresh", "1"), 0);
	return pinned();
}

static unsigned int virt_maps(void)
{
	unsigned int count = 0;
	char path[64];
	FILE *file;
	int c;

	if (!device_is_virt())
		return 0;
	snprintf(path, sizeof(path), DEBUGFS "/dmaspan_virt/%s/maps", device_name());
	file = fopen(path, "re");
	/* The device may be unbound, or its module not loaded. */
	while (file && (c = getc(file)) != EOF)
		count += c == '\n';
	if (file)
		fclose(file);
	return count;
}

/* Of the bounce memory, in slots; others have some of it for a moment. */
static uint64_t bounce_used(void)
{
	return is_bounce() ? read_number(DEBUGFS "/swiotlb/io_tlb_used") : 0;
}

/* What one attempt, and all of them, must leave as it was */
static struct state {
	int node;
	int probe;		/* a buffer, to see which id is free */
	uint32_t id;
	int fds;
	uint64_t used;
	uint64_t pinned;
	unsigned int maps;
	uint64_t bounced;
	uint64_t charged;
} before;

static uint32_t free_id(void)
{
	struct dmaspan_map map;

	if (before.node < 0)
		return 0;
	CHECK(do_map(before.node, before.probe, DMASPAN_TO_DEVICE, &map) == 0);
	CHECK(do_unmap(before.node, map.out_mapping) == 0);
	return map.out_mapping;
}

static void state_take(int node)
{
	before.node = node;
	if (node >= 0)
		CHECK(do_alloc(node, DMASPAN_KIND_CACHED, PAGE, &before.probe) == 0);
	before.id = free_id();
	before.fds = count_fds();
	before.used = node >= 0 ? used_bytes() : 0;
	before.pinned = pinned_exactly();
	before.maps = virt_maps();
	before.bounced = bounce_used();
	before.charged = read_number(CGROUP_FILE("memory.current"));
}

static bool bounce_came_back(void)
{
	return bounce_used() <= before.bounced;
}

static void state_check(void)
{
	CHECK_EQ(count_fds(), before.fds);
	if (pinned() != before.pinned)
		CHECK_EQ(pinned_exactly(), before.pinned);
	if (!wait_for(bounce_came_back, WAIT_MS))
		test_fail(__FILE__, __LINE__, "bounce memory went from %" PRIu64 " to %" PRIu64,
			  before.bounced, bounce_used());
	if (before.node < 0)
		return;
	CHECK_EQ(virt_maps(), before.maps);
	if (!used_becomes(before.used))
		test_fail(__FILE__, __LINE__, "used bytes went from %" PRIu64 " to %" PRIu64,
			  before.used, used_bytes());
	CHECK_ERRNO(do_unmap(before.node, before.id), ENOENT);
	CHECK_EQ(free_id(), before.id);
}

static bool memory_came_back(void)
{
	return read_number(CGROUP_FILE("memory.current")) <=
	       before.charged + (uint64_t)sysconf(_SC_NPROCESSORS_ONLN) * CPU_STOCK;
}

static void state_drop(void)
{
	CHECK_EQ(pinned_exactly(), before.pinned);
	if (!wait_for(memory_came_back, WAIT_MS))
		test_fail(__FILE__, __LINE__, "charged went from %" PRIu64 " to %" PRIu64,
			  before.charged, read_number(CGROUP_FILE("memory.current")));
	if (before.node >= 0)
		CHECK(close(before.probe) == 0);
}

static bool errno_listed(const struct action *a, int error)
{
	for (size_t i = 0; i < FAILNTH_ERRNOS; i++)
		if (error && a->errnos[i] == error)
			return true;
	return false;
}

/* Returns how many failures were left; 0: the call has had one. */
static unsigned int attempt(const struct action *a, int counter, unsigned int nth)
{
	unsigned int left;
	int ret, error;

	if (a->prepare)
		a->prepare();
	outputs_written = false;
	arm(counter, nth);
	ret = a->call();
	error = errno;
	left = disarm(counter);

	if (ret && left)
		test_fail(__FILE__, __LINE__, "without a failure: %s", strerror(error));
	if (ret && !errno_listed(a, error))
		test_fail(__FILE__, __LINE__, "failure %u: %s", nth, strerror(error));
	if (outputs_written)
		test_fail(__FILE__, __LINE__, "failure %u: outputs were written", nth);
	if (!ret && a->undo)
		a->undo();
	if (!ret && a->makes)
		CHECK(close(*a->makes) == 0);
	if (ret && a->failed)
		a->failed();
	return left;
}

void failnth(int node, const struct action *a)
{
	unsigned int nth = 1;
	int counter = open_counter();

	configure();
	cgroup_make("max");
	cgroup_enter(0);
	/* What is made once, by whoever is first, is made here. */
	attempt(a, counter, MOST);
	touch_memory();
	state_take(node);
	for (; !attempt(a, counter, nth); nth++) {
		state_check();
		if (nth >= MOST)
			test_fail(__FILE__, __LINE__, "no end after %u failures", nth);
	}
	state_check();
	CHECK(a->quiet || nth > 1);
	state_drop();
	cgroup_leave(0);
	close(counter);
	test_count("failnth_commands", 1);
	test_count("failnth_faults", nth - 1);
}

void failnth_buffer(int *node, int *fd, uint32_t kind, size_t length,
		    const struct action *action)
{
	*node = node_open(O_RDWR);
	CHECK(do_alloc(*node, kind, length, fd) == 0);
	failnth(*node, action);
	CHECK(close(*fd) == 0);
	CHECK(close(*node) == 0);
}

static void all_fails(int make_it_fail, bool on)
{
	CHECK(pwrite(make_it_fail, on ? "1" : "0", 1, 0) == 1);
}

/* For this task there are no larger blocks. */
static int alloc_scattered(int node)
{
	int make_it_fail = open(MAKE_IT_FAIL, O_WRONLY | O_CLOEXEC);
	const size_t length = FAILNTH_SCATTERED * PAGE;
	int tries = 0, spare, fd;

	all_fails(make_it_fail, true);
	/* The slabs of what a buffer is described by need larger blocks, too. */
	while (do_alloc(node, DMASPAN_KIND_CACHED, length, &fd)) {
		CHECK_EQ(errno, ENOMEM);
		CHECK(++tries < 20);
		all_fails(make_it_fail, false);
		CHECK(do_alloc(node, DMASPAN_KIND_CACHED, length, &spare) == 0);
		close(spare);
		all_fails(make_it_fail, true);
	}
	all_fails(make_it_fail, false);
	CHECK(close(make_it_fail) == 0);
	return fd;
}

/* Single pages that are given back have no free neighbours, while the others are kept. */
static void pages_apart(int node, int *kept)
{
	int spare[FAILNTH_SCATTERED];

	for (size_t i = 0; i < FAILNTH_SCATTERED; i++) {
		CHECK(do_alloc(node, DMASPAN_KIND_CACHED, PAGE, &kept[i]) == 0);
		CHECK(do_alloc(node, DMASPAN_KIND_CACHED, PAGE, &spare[i]) == 0);
	}
	for (size_t i = 0; i < FAILNTH_SCATTERED; i++)
		CHECK(close(spare[i]) == 0);
}

/* Each CPU has a stock of free pages, and another's may be in one piece. */
static void stay_on_this_cpu(cpu_set_t *cpus)
{
	cpu_set_t this;

	CHECK(sched_getaffinity(0, sizeof(*cpus), cpus) == 0);
	CPU_ZERO(&this);
	CPU_SET(sched_getcpu(), &this);
	CHECK(sched_setaffinity(0, sizeof(this), &this) == 0);
}

int failnth_scattered(int node)
{
	struct dmaspan_buffer_info info;
	int fd, kept[FAILNTH_SCATTERED];
	cpu_set_t cpus;

	stay_on_this_cpu(&cpus);
	pages_apart(node, kept);
	configure();
	CHECK_EQ(write_text(PAGE_ALLOC "min-order", "1"), 0);
	CHECK_EQ(write_text(PAGE_ALLOC "times", "-1"), 0);
	CHECK_EQ(write_text(PAGE_ALLOC "task-filter", "Y"), 0);
	CHECK_EQ(write_text(PAGE_ALLOC "probability", "100"), 0);
	fd = alloc_scattered(node);
	CHECK_EQ(write_text(PAGE_ALLOC "probability", "0"), 0);
	for (size_t i = 0; i < FAILNTH_SCATTERED; i++)
		CHECK(close(kept[i]) == 0);
	CHECK(sched_setaffinity(0, sizeof(cpus), &cpus) == 0);
	CHECK(do_buffer_info(node, fd, &info) == 0);
	test_note("%llu extents", (unsigned long long)info.out_extents);
	CHECK(info.out_extents > SCATTERLIST_PAGE);
	return fd;
}

const char *failnth_channel(uint32_t direction)
{
	if (direction == DMASPAN_BIDIRECTIONAL)
		return "copy0";
	if (direction == DMASPAN_TO_DEVICE)
		return device_is_virt() ? "sink" : "tx";
	return device_is_virt() ? "source" : "rx";
}

static struct {
	int (*open_fd)(void);
	int fd;
} closed;

static void open_again(void)
{
	closed.fd = closed.open_fd();
}

static int call_close(void)
{
	return close(closed.fd);
}

void failnth_closes(int node, int (*open_fd)(void))
{
	const struct action action = {
		.prepare = open_again,
		.call = call_close,
		.quiet = true,
	};

	closed.open_fd = open_fd;
	failnth(node, &action);
}

int failnth_main(const struct test_case *cases, size_t count)
{
	if (!failnth_possible())
		return test_skip_all(FAILNTH_NONE);
	return test_main_by_device(cases, count);
}
