// SPDX-License-Identifier: MIT
/* Memory that is not there: the machine's, and the memory cgroup's. */
#include "harness.h"

#define PIECE	MIB	/* one physical range, if it is the device's memory */
#define PIECES	64

static void beyond_the_machine(void)
{
	uint64_t machine = (uint64_t)sysconf(_SC_PHYS_PAGES) * PAGE, before = limit_bytes();
	int node = node_open(O_RDWR), fd;

	CHECK_EQ(set_limit(INT64_MAX), 0);
	for (uint32_t kind = 0; kind < 3; kind++) {
		CHECK_ERRNO(do_alloc(node, kind, 1ULL << 50, &fd), ENOMEM);
		CHECK_ERRNO(do_alloc(node, kind, 1ULL << 40, &fd), ENOMEM);
		CHECK_ERRNO(do_alloc(node, kind, machine + PAGE, &fd), ENOMEM);
		CHECK_EQ(used_bytes(), 0);
	}
	CHECK_EQ(set_limit(before), 0);
	close(node);
}

/* One physical range, which is not to be had; an IOMMU needs none. */
static void device_memory_too_long(void)
{
	int node = node_open(O_RDWR), fd;

	if (test_mode() == MODE_IOMMU) {
		CHECK(do_alloc(node, DMASPAN_KIND_WC, 256 * MIB, &fd) == 0);
		close(fd);
		close(node);
		return;
	}
	CHECK_ERRNO(do_alloc(node, DMASPAN_KIND_WC, 512 * MIB, &fd), ENOMEM);
	CHECK_EQ(used_bytes(), 0);
	close(node);
}

static int fds[PIECES];

/* How many there were until one was refused, or @most */
static unsigned int take_pieces(int node, uint32_t kind, unsigned int most)
{
	unsigned int count = 0;

	while (count < most && !do_alloc(node, kind, PIECE, &fds[count]))
		count++;
	return count;
}

static void give_back(unsigned int count)
{
	while (count--)
		close(fds[count]);
	CHECK(used_becomes(0));
}

static void beyond_the_cgroup(void)
{
	int node = node_open(O_RDWR), fd;
	uint64_t kills;

	cgroup_make("33554432");
	kills = cgroup_oom_kills();
	cgroup_enter(0);
	for (uint32_t kind = 0; kind < 3; kind++) {
		unsigned int count = take_pieces(node, kind, PIECES);

		CHECK_EQ(errno, ENOMEM);
		CHECK(count > 4 && count <= 32);
		give_back(count);
		CHECK_ERRNO(do_alloc(node, kind, 64 * MIB, &fd), ENOMEM);
		CHECK_EQ(used_bytes(), 0);
	}
	CHECK_EQ(cgroup_oom_kills(), kills);
	CHECK(do_alloc(node, DMASPAN_KIND_CACHED, 4 * MIB, &fd) == 0);
	close(fd);
	cgroup_leave(0);
	close(node);
}

/* What describes the pages is more than the cgroup may have. */
static void description_beyond_the_cgroup(void)
{
	uint64_t most = (uint64_t)sysconf(_SC_PHYS_PAGES) / 2 * PAGE, kills;
	int node = node_open(O_RDWR), fd;

	cgroup_make("1572864");
	kills = cgroup_oom_kills();
	cgroup_enter(0);
	for (uint32_t kind = 0; kind < 3; kind++)
		CHECK_ERRNO(do_alloc(node, kind, most, &fd), ENOMEM);
	CHECK_EQ(cgroup_oom_kills(), kills);
	cgroup_leave(0);
	close(node);
}

static uint64_t charged_before;

static uint64_t charged(void)
{
	return read_number(CGROUP_FILE("memory.current"));
}

static bool uncharged(void)
{
	return charged() < charged_before + 4 * MIB;
}

static void charged_to_the_cgroup(void)
{
	int node = node_open(O_RDWR);

	cgroup_make("max");
	cgroup_enter(0);
	for (uint32_t kind = 0; kind < 3; kind++) {
		charged_before = charged();
		CHECK_EQ(take_pieces(node, kind, 16), 16);
		CHECK(charged() >= charged_before + 15 * PIECE);
		give_back(16);
		CHECK(wait_for(uncharged, WAIT_MS));
	}
	cgroup_leave(0);
	close(node);
}

static const struct test_case cases[] = {
	CASE(beyond_the_machine),
	CASE(device_memory_too_long),
	CASE(beyond_the_cgroup),
	CASE(description_beyond_the_cgroup),
	CASE(charged_to_the_cgroup),
};

TEST_MAIN(cases)
