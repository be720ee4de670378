// SPDX-License-Identifier: MIT
/* Callers that mean harm: nothing they do outlives them, or takes a CPU for good. */
#include <signal.h>

#include "harness.h"

#define MEMINFO	"/proc/meminfo"
#define MANY	DMASPAN_MAX_RANGES

static uint64_t meminfo(const char *name)
{
	FILE *file = fopen(MEMINFO, "re");
	unsigned long long kib = 0;
	char line[128];

	CHECK(file);
	while (fgets(line, sizeof(line), file))
		if (!strncmp(line, name, strlen(name)))
			CHECK(sscanf(line + strlen(name), ": %llu", &kib) == 1);
	fclose(file);
	CHECK(kib);
	return kib * KIB;
}

static void sync_for_ever(void *arg)
{
	const size_t length = 48 * MIB;
	static struct dmaspan_range ranges[MANY];
	int node = node_open(O_RDWR), fd;
	struct dmaspan_map map;

	(void)arg;
	CHECK(do_alloc(node, DMASPAN_KIND_CACHED, length, &fd) == 0);
	CHECK(do_map(node, fd, DMASPAN_BIDIRECTIONAL, &map) == 0);
	for (int i = 0; i < MANY; i++)
		ranges[i] = (struct dmaspan_range) { 0, length };
	for (;;)
		CHECK(do_sync_ranges(node, map.out_mapping, DMASPAN_SYNC_FOR_CPU,
				     ranges, MANY) == 0);
}

static void a_long_sync_can_be_killed(void)
{
	pid_t pid = spawn(sync_for_ever, NULL);
	uint64_t start;

	msleep(2000);
	start = now_ns();
	kill(pid, SIGKILL);
	CHECK_EQ(reap(pid), 128 + SIGKILL);
	test_note("ended %llu ms after it was killed",
		  (unsigned long long)((now_ns() - start) / 1000000));
	CHECK(now_ns() - start < 3000000000ULL);
	CHECK(used_becomes(0));
}

/* The last of an array is wrong: the engine must not have heard of the others. */
static void refused_transfers_leave_nothing(void)
{
	static struct dmaspan_transfer transfers[DMASPAN_MAX_TRANSFERS];
	uint64_t before, after;
	struct rig s;

	rig_open(&s, DMASPAN_KIND_CACHED);
	for (size_t i = 0; i < ARRAY_SIZE(transfers); i++)
		transfers[i] = (struct dmaspan_transfer) {
			.mapping = s.out.map.out_mapping, .length = RIG_LENGTH,
		};
	transfers[ARRAY_SIZE(transfers) - 1].mapping = 999;
	before = meminfo("SUnreclaim");
	for (int round = 0; round < 40; round++)
		CHECK_ERRNO(do_submit_array(s.loop.tx, transfers, ARRAY_SIZE(transfers)),
			    ENOENT);
	after = meminfo("SUnreclaim");
	test_note("slab: %llu KiB before, %llu KiB after",
		  (unsigned long long)(before / KIB), (unsigned long long)(after / KIB));
	/* KASAN keeps for a while what was freed; what is lost there kmemleak finds. */
	CHECK(after < before + 2 * MIB || access("/sys/kernel/debug/kmemleak", F_OK) == 0);
	fill(s.out.data, 100, 1);
	play(&s.loop, &s.out, 0, 100);
	rig_close(&s);
}

/* A view that was inserted page by page, moved to where a huge entry fits, split. */
static void split_a_moved_view(int fd)
{
	unsigned char *room, *start, *data;
	const size_t huge = 2 * MIB;

	room = mmap(NULL, 4 * huge, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	CHECK(room != MAP_FAILED);
	start = (unsigned char *)(((uintptr_t)room + huge - 1) & ~(huge - 1));
	data = mmap(start + huge + PAGE, huge, PROT_READ | PROT_WRITE,
		    MAP_SHARED | MAP_FIXED, fd, 0);
	CHECK(data != MAP_FAILED);
	data = mremap(data, huge, huge, MREMAP_MAYMOVE | MREMAP_FIXED, start);
	CHECK(data == start);
	CHECK(madvise(data, huge, MADV_DONTNEED) == 0);
	data[PAGE] = 1;
	CHECK(munmap(data + 16 * PAGE, PAGE) == 0);
	CHECK(data[PAGE] == 1);
	CHECK(munmap(room, 4 * huge) == 0);
}

static void split_views_lose_no_memory(void)
{
	uint64_t before = 0, after;
	int node = node_open(O_RDWR), fd;

	for (int round = 0; round < 24; round++) {
		if (round == 4)
			before = meminfo("MemFree");
		CHECK(do_alloc(node, DMASPAN_KIND_CACHED, 2 * MIB, &fd) == 0);
		split_a_moved_view(fd);
		close(fd);
	}
	after = meminfo("MemFree");
	test_note("free: %llu KiB before, %llu KiB after",
		  (unsigned long long)(before / KIB), (unsigned long long)(after / KIB));
	CHECK(after + 12 * MIB > before);
	close(node);
}

/* Half of the bounce memory is for the rest of the machine. */
static void bounce_memory_is_shared(void)
{
	struct dmaspan_map map, more;
	int node = node_open(O_RDWR), fd, n;

	if (!is_bounce())
		test_skip("nothing is bounced");
	CHECK(do_alloc(node, DMASPAN_KIND_CACHED, 8 * MIB, &fd) == 0);
	CHECK(do_map(node, fd, DMASPAN_TO_DEVICE, &map) == 0);
	for (n = 0; n < 64; n++)
		if (do_map(node, fd, DMASPAN_TO_DEVICE, &more))
			break;
	CHECK_EQ(errno, EDQUOT);
	CHECK_EQ(8 * MIB * (n + 1), BOUNCE_MEMORY / 2);
	CHECK(do_unmap(node, map.out_mapping) == 0);
	CHECK(do_map(node, fd, DMASPAN_TO_DEVICE, &map) == 0);
	close(fd);
	close(node);
}

static const struct test_case cases[] = {
	CASE(a_long_sync_can_be_killed),
	CASE(refused_transfers_leave_nothing),
	CASE(split_views_lose_no_memory),
	CASE(bounce_memory_is_shared),
};

TEST_MAIN(cases)
