// SPDX-License-Identifier: MIT
/* CPU views: what mmap() of a buffer allows, and what it shows. */
#include <sys/resource.h>

#include "harness.h"

#define NUM_KINDS	3

static void sharing_only(void)
{
	int node = node_open(O_RDWR), fd;

	for (uint32_t kind = 0; kind < NUM_KINDS; kind++) {
		CHECK(do_alloc(node, kind, PAGE, &fd) == 0);
		CHECK_ERRNO((long)mmap(NULL, PAGE, PROT_READ | PROT_WRITE,
				       MAP_PRIVATE, fd, 0), EINVAL);
		CHECK_ERRNO((long)mmap(NULL, PAGE, PROT_READ, MAP_PRIVATE, fd, 0),
			    EINVAL);
		close(fd);
	}
	close(node);
}

static void never_executable(void)
{
	int node = node_open(O_RDWR), fd;
	void *data;

	for (uint32_t kind = 0; kind < NUM_KINDS; kind++) {
		CHECK(do_alloc(node, kind, PAGE, &fd) == 0);
		data = mmap(NULL, PAGE, PROT_READ | PROT_EXEC, MAP_SHARED, fd, 0);
		CHECK(data == MAP_FAILED);
		data = view(fd, PAGE);
		CHECK_ERRNO(mprotect(data, PAGE, PROT_READ | PROT_EXEC), EACCES);
		CHECK_ERRNO(mprotect(data, PAGE, PROT_READ | PROT_WRITE | PROT_EXEC),
			    EACCES);
		munmap(data, PAGE);
		close(fd);
	}
	close(node);
}

static void executable_errno(void)
{
	int node = node_open(O_RDWR), fd;

	CHECK(do_alloc(node, 0, PAGE, &fd) == 0);
	CHECK(mmap(NULL, PAGE, PROT_READ | PROT_EXEC, MAP_SHARED, fd, 0) == MAP_FAILED &&
	      (errno == EACCES || errno == EPERM));
	close(fd);
	close(node);
}

static void never_grows(void)
{
	int node = node_open(O_RDWR), fd;
	void *data;

	for (uint32_t kind = 0; kind < NUM_KINDS; kind++) {
		CHECK(do_alloc(node, kind, 2 * PAGE, &fd) == 0);
		data = view(fd, PAGE);
		CHECK_ERRNO((long)mremap(data, PAGE, 2 * PAGE, MREMAP_MAYMOVE), EFAULT);
		CHECK_ERRNO((long)mremap(data, PAGE, 2 * PAGE, 0), EFAULT);
		munmap(data, PAGE);
		close(fd);
	}
	close(node);
}

static void offsets(void)
{
	int node = node_open(O_RDWR), fd;
	unsigned char *all, *part;

	for (uint32_t kind = 0; kind < NUM_KINDS; kind++) {
		CHECK(do_alloc(node, kind, 8 * PAGE, &fd) == 0);
		all = view(fd, 8 * PAGE);
		for (unsigned int i = 0; i < 8; i++)
			fill(all + i * PAGE, PAGE, i);
		part = mmap(NULL, 2 * PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, fd,
			    5 * PAGE);
		CHECK(part != MAP_FAILED);
		CHECK(filled(part, PAGE, 5));
		CHECK(filled(part + PAGE, PAGE, 6));
		fill(part, PAGE, 55);
		CHECK(filled(all + 5 * PAGE, PAGE, 55));
		CHECK(filled(all + 4 * PAGE, PAGE, 4));
		CHECK(filled(all + 7 * PAGE, PAGE, 7));
		munmap(part, 2 * PAGE);
		munmap(all, 8 * PAGE);
		close(fd);
	}
	close(node);
}

static void not_outside(void)
{
	static const struct {
		size_t length;
		off_t offset;
	} outside[] = {
		{ 3 * PAGE, 0 }, { 2 * PAGE, PAGE }, { PAGE, 2 * PAGE },
		{ PAGE, 1L << 30 }, { 64 * MIB, 0 },
	};
	int node = node_open(O_RDWR), fd;

	for (uint32_t kind = 0; kind < NUM_KINDS; kind++) {
		CHECK(do_alloc(node, kind, 2 * PAGE, &fd) == 0);
		for (size_t i = 0; i < ARRAY_SIZE(outside); i++)
			CHECK_ERRNO((long)mmap(NULL, outside[i].length, PROT_READ,
					       MAP_SHARED, fd, outside[i].offset), EINVAL);
		close(fd);
	}
	close(node);
}

static void two_views_one_memory(void)
{
	int node = node_open(O_RDWR), fd;
	unsigned char *one, *two;

	for (uint32_t kind = 0; kind < NUM_KINDS; kind++) {
		CHECK(do_alloc(node, kind, 64 * KIB, &fd) == 0);
		one = view(fd, 64 * KIB);
		two = view(fd, 64 * KIB);
		fill(one, 64 * KIB, 3);
		CHECK(filled(two, 64 * KIB, 3));
		munmap(one, 64 * KIB);
		CHECK(filled(two, 64 * KIB, 3));
		munmap(two, 64 * KIB);
		close(fd);
	}
	close(node);
}

static void parts_of_a_view(void)
{
	int node = node_open(O_RDWR), fd;
	unsigned char *data;

	for (uint32_t kind = 0; kind < NUM_KINDS; kind++) {
		CHECK(do_alloc(node, kind, 8 * PAGE, &fd) == 0);
		data = view(fd, 8 * PAGE);
		CHECK(munmap(data + 2 * PAGE, 2 * PAGE) == 0);
		CHECK(mprotect(data + 6 * PAGE, PAGE, PROT_READ) == 0);
		fill(data, 2 * PAGE, 1);
		fill(data + 4 * PAGE, 2 * PAGE, 2);
		fill(data + 7 * PAGE, PAGE, 3);
		CHECK(filled(data, 2 * PAGE, 1));
		CHECK(filled(data + 4 * PAGE, 2 * PAGE, 2));
		CHECK(all_zero(data + 6 * PAGE, PAGE));
		munmap(data, 8 * PAGE);
		close(fd);
	}
	close(node);
}

/* Whether a line "VmFlags:" of the view at @data has @flag */
static bool has_vm_flag(const void *data, const char *flag)
{
	FILE *file = fopen("/proc/self/smaps", "re");
	char line[512], start[32];
	bool here = false, found = false;

	CHECK(file);
	snprintf(start, sizeof(start), "%lx-", (unsigned long)data);
	while (fgets(line, sizeof(line), file)) {
		here |= !strncmp(line, start, strlen(start));
		if (here && !strncmp(line, "VmFlags:", 8)) {
			found = strstr(line, flag);
			break;
		}
	}
	fclose(file);
	return found;
}

static void neither_dumped_nor_expanded(void)
{
	int node = node_open(O_RDWR), fd;
	void *data;

	for (uint32_t kind = 0; kind < NUM_KINDS; kind++) {
		CHECK(do_alloc(node, kind, PAGE, &fd) == 0);
		data = view(fd, PAGE);
		CHECK(has_vm_flag(data, " dd"));
		CHECK(has_vm_flag(data, " de"));
		CHECK(has_vm_flag(data, " sh"));
		CHECK_ERRNO(madvise(data, PAGE, MADV_DODUMP), EINVAL);
		munmap(data, PAGE);
		close(fd);
	}
	close(node);
}

static long faults_of_touching(int fd, size_t length, int flags)
{
	struct rusage before, after;
	volatile unsigned char *data;

	data = mmap(NULL, length, PROT_READ | PROT_WRITE, MAP_SHARED | flags, fd, 0);
	CHECK(data != MAP_FAILED);
	CHECK(getrusage(RUSAGE_SELF, &before) == 0);
	for (size_t at = 0; at < length; at += PAGE)
		data[at] = 1;
	CHECK(getrusage(RUSAGE_SELF, &after) == 0);
	munmap((void *)data, length);
	return after.ru_minflt - before.ru_minflt;
}

static void mapped_up_front(void)
{
	int node = node_open(O_RDWR), fd;
	struct dmaspan_buffer_info info;
	long faults;

	CHECK(do_alloc(node, DMASPAN_KIND_CACHED, 16 * MIB, &fd) == 0);
	CHECK(do_buffer_info(node, fd, &info) == 0);
	faults_of_touching(fd, 16 * MIB, 0);
	faults = faults_of_touching(fd, 16 * MIB, 0);
	test_note("%ld faults for 16 MiB, flags %x, huge %u", faults, info.out_flags,
		  info.out_huge);
	if (!(info.out_flags & DMASPAN_BUFFER_FAULTED))
		CHECK_EQ(faults, 0);
	CHECK_EQ(faults_of_touching(fd, 16 * MIB, MAP_POPULATE), 0);
	close(fd);
	close(node);
}

/* At a place where huge entries fit */
static void one_fault_for_a_huge_page(void)
{
	int node = node_open(O_RDWR), fd;
	struct dmaspan_buffer_info info;
	struct rusage before, after;
	unsigned char *place, *data;
	size_t huge;

	CHECK(do_alloc(node, DMASPAN_KIND_CACHED, 16 * MIB, &fd) == 0);
	CHECK(do_buffer_info(node, fd, &info) == 0);
	huge = info.out_huge;
	if (!huge) {
		close(fd);
		close(node);
		test_skip("the kernel maps no huge entries");
	}
	place = mmap(NULL, 16 * MIB + huge, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	CHECK(place != MAP_FAILED);
	data = place + (-(uintptr_t)place & (huge - 1));
	CHECK(mmap(data, 16 * MIB, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_FIXED, fd,
		   0) == data);
	CHECK(getrusage(RUSAGE_SELF, &before) == 0);
	for (size_t at = 0; at < 16 * MIB; at += PAGE)
		((volatile unsigned char *)data)[at] = 1;
	CHECK(getrusage(RUSAGE_SELF, &after) == 0);
	CHECK(after.ru_minflt - before.ru_minflt <= (long)(16 * MIB / huge));
	munmap(place, 16 * MIB + huge);
	close(fd);
	close(node);
}

static const struct test_case cases[] = {
	CASE(sharing_only),
	CASE(never_executable),
	CASE(executable_errno),
	CASE(never_grows),
	CASE(offsets),
	CASE(not_outside),
	CASE(two_views_one_memory),
	CASE(parts_of_a_view),
	CASE(neither_dumped_nor_expanded),
	CASE(mapped_up_front),
	CASE(one_fault_for_a_huge_page),
};

TEST_MAIN(cases)
