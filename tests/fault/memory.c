// SPDX-License-Identifier: MIT
/* Memory that is not there: the machine's, and the memory cgroup's. */
#include "harness.h"

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

static uint64_t oom_kills(void)
{
	FILE *file = fopen(CGROUP_FILE("memory.events"), "re");
	unsigned long long value = 0;
	char line[64];

	CHECK(file);
	while (fgets(line, sizeof(line), file))
		sscanf(line, "oom_kill %llu", &value);
	fclose(file);
	return value;
}

static void beyond_the_cgroup(void)
{
	int node = node_open(O_RDWR), fd;

	cgroup_make("33554432");
	cgroup_enter(0);
	for (int i = 0; i < 3; i++) {
		CHECK_ERRNO(do_alloc(node, DMASPAN_KIND_CACHED, 64 * MIB, &fd), ENOMEM);
		CHECK_EQ(used_bytes(), 0);
	}
	CHECK_EQ(oom_kills(), 0);
	CHECK(do_alloc(node, DMASPAN_KIND_CACHED, 4 * MIB, &fd) == 0);
	close(fd);
	cgroup_leave(0);
	close(node);
}

static void charged_to_the_cgroup(void)
{
	int node = node_open(O_RDWR), fd;
	uint64_t before, after;

	cgroup_make("max");
	cgroup_enter(0);
	before = read_number(CGROUP_FILE("memory.current"));
	CHECK(do_alloc(node, DMASPAN_KIND_CACHED, 16 * MIB, &fd) == 0);
	after = read_number(CGROUP_FILE("memory.current"));
	CHECK(after >= before + 15 * MIB);
	close(fd);
	CHECK(used_becomes(0));
	msleep(100);
	CHECK(read_number(CGROUP_FILE("memory.current")) < before + 4 * MIB);
	cgroup_leave(0);
	close(node);
}

static const struct test_case cases[] = {
	CASE(beyond_the_machine),
	CASE(device_memory_too_long),
	CASE(beyond_the_cgroup),
	CASE(charged_to_the_cgroup),
};

TEST_MAIN(cases)
