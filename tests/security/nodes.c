// SPDX-License-Identifier: MIT
/* Who may open, read and turn what. */
#include <dirent.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#include "user.h"
#include "virt.h"

#define NODES	"/dev/dmaspan"

/* @fn with each node's path */
static unsigned int each_node(void (*fn)(const char *path))
{
	DIR *dir = opendir(NODES);
	struct dirent *entry;
	unsigned int count = 0;
	char path[512];

	CHECK(dir);
	while ((entry = readdir(dir))) {
		if (entry->d_name[0] == '.')
			continue;
		snprintf(path, sizeof(path), NODES "/%s", entry->d_name);
		fn(path);
		count++;
	}
	closedir(dir);
	return count;
}

static void is_roots_alone(const char *path)
{
	struct stat st;

	CHECK(stat(path, &st) == 0);
	CHECK(S_ISCHR(st.st_mode));
	CHECK_EQ(st.st_mode & 07777, 0600);
	CHECK_EQ(st.st_uid, 0);
	CHECK_EQ(st.st_gid, 0);
}

static void nodes_are_roots(void)
{
	struct stat st;

	CHECK(stat(NODES, &st) == 0);
	CHECK_EQ(st.st_mode & 0022, 0);
	CHECK_EQ(each_node(is_roots_alone), 3);
}

static void is_refused(const char *path)
{
	CHECK_ERRNO(open(path, O_RDONLY | O_CLOEXEC), EACCES);
	CHECK_ERRNO(open(path, O_WRONLY | O_CLOEXEC), EACCES);
	CHECK_ERRNO(open(path, O_RDWR | O_CLOEXEC), EACCES);
	CHECK_ERRNO(open(path, 3 | O_CLOEXEC), EACCES);
	CHECK_ERRNO(chmod(path, 0666), EPERM);
	CHECK_ERRNO(unlink(path), EACCES);
}

static void try_all_nodes(void *unused)
{
	(void)unused;
	CHECK_EQ(each_node(is_refused), 3);
}

static void a_user_opens_none(void)
{
	as_user(try_all_nodes, NULL);
}

static void use_the_one(void *unused)
{
	int node = open(NODE_PATH, O_RDWR | O_CLOEXEC), fd;
	struct dmaspan_map map;

	(void)unused;
	CHECK(node >= 0);
	CHECK(do_alloc(node, DMASPAN_KIND_CACHED, PAGE, &fd) == 0);
	CHECK(do_map(node, fd, DMASPAN_BIDIRECTIONAL, &map) == 0);
	is_refused("/dev/dmaspan/" VIRT_NAME);
	is_refused("/dev/dmaspan/" VIRT_COHERENT);
}

/* One node given to a user is that node and no other. */
static void one_node_is_one_node(void)
{
	CHECK(chown(NODE_PATH, NOBODY, (gid_t)-1) == 0);
	as_user(use_the_one, NULL);
	CHECK(chown(NODE_PATH, 0, 0) == 0);
	CHECK(chmod(NODE_PATH, 0600) == 0);
	is_roots_alone(NODE_PATH);
}

/* What can be read may be read by all; what can be written is root's. */
static void is_not_writable(const char *path)
{
	struct stat st;

	CHECK(stat(path, &st) == 0);
	CHECK_EQ(st.st_uid, 0);
	if (st.st_mode & 0022)
		test_fail(__FILE__, __LINE__, "%s has mode %o", path, st.st_mode);
	CHECK_ERRNO(open(path, O_WRONLY | O_CLOEXEC), EACCES);
}

static void try_knobs(void *unused)
{
	static const char *const knobs[] = {
		NODE_CLASS "/limit", NODE_CLASS "/used",
		VIRT_SYSFS "/latency_us", VIRT_SYSFS "/jitter_us", VIRT_SYSFS "/fail_nth",
		VIRT_SYSFS "/hang_nth", VIRT_SYSFS "/short_nth", VIRT_SYSFS "/findings",
		VIRT_SYSFS "/source/rate", VIRT_SYSFS "/source/fifo", VIRT_SYSFS "/source/pattern",
		VIRT_SYSFS "/source/stamp", VIRT_SYSFS "/sink/rate", VIRT_SYSFS "/sink/fifo",
		VIRT_SYSFS "/sink/pattern", VIRT_SYSFS "/sink/stamp",
		"/sys/module/dmaspan_virt/parameters/devices",
		"/sys/module/dmaspan_virt/parameters/coherent",
		"/sys/module/dmaspan_edu/parameters/dma_bits",
		"/sys/bus/platform/drivers/dmaspan_virt/bind",
		"/sys/bus/platform/drivers/dmaspan_virt/unbind",
		"/sys/bus/pci/drivers/dmaspan_edu/bind",
		"/sys/bus/pci/drivers/dmaspan_edu/unbind",
	};

	(void)unused;
	for (size_t i = 0; i < ARRAY_SIZE(knobs); i++)
		is_not_writable(knobs[i]);
	CHECK(limit_bytes());
}

static void knobs_are_roots(void)
{
	as_user(try_knobs, NULL);
}

static void try_modules(void *unused)
{
	(void)unused;
	CHECK_ERRNO(syscall(SYS_delete_module, "dmaspan_virt", O_NONBLOCK), EPERM);
	CHECK_ERRNO(syscall(SYS_finit_module, 0, "", 0), EPERM);
}

static void modules_are_roots(void)
{
	as_user(try_modules, NULL);
}

static const char *const debug_files[] = {
	VIRT_FINDINGS,
	"/sys/kernel/debug/dmaspan_virt/virt0/maps",
	"/sys/kernel/debug/dmaspan_virt/virt0/channels",
};

static void try_debugfs(void *unused)
{
	(void)unused;
	for (size_t i = 0; i < ARRAY_SIZE(debug_files); i++)
		CHECK_ERRNO(open(debug_files[i], O_RDONLY | O_CLOEXEC), EACCES);
	CHECK_ERRNO(open("/sys/kernel/tracing/events/dmaspan/enable", O_RDONLY | O_CLOEXEC),
		    EACCES);
}

static void debugfs_is_roots(void)
{
	as_user(try_debugfs, NULL);
}

/* Where the administrator has opened debugfs to all, the files are still root's. */
static void debugfs_files_are_roots(void)
{
	struct stat st;

	for (size_t i = 0; i < ARRAY_SIZE(debug_files); i++) {
		CHECK(stat(debug_files[i], &st) == 0);
		CHECK_EQ(st.st_mode & 0077, 0);
		CHECK_EQ(st.st_uid, 0);
	}
}

static void try_to_use(int node)
{
	struct dmaspan_info info;
	int fd;

	CHECK(do_info(node, &info) == 0);
	CHECK_ERRNO(do_alloc(node, DMASPAN_KIND_CACHED, (info.out_limit / PAGE + 1) * PAGE,
			     &fd), EDQUOT);
	CHECK_EQ(set_limit(1ULL << 40), -EACCES);
	CHECK(do_alloc(node, DMASPAN_KIND_CACHED, PAGE, &fd) == 0);
	CHECK(do_info(node, &info) == 0);
	CHECK_EQ(info.out_used, PAGE);
}

/* Who has a node may use it, up to the limit that is root's to set. */
static void a_node_that_was_given_works(void)
{
	as_user_with_node(try_to_use);
}

static const struct test_case cases[] = {
	CASE(nodes_are_roots),
	CASE(a_user_opens_none),
	CASE(one_node_is_one_node),
	CASE(knobs_are_roots),
	CASE(modules_are_roots),
	CASE(debugfs_is_roots),
	CASE(debugfs_files_are_roots),
	CASE(a_node_that_was_given_works),
};

TEST_MAIN(cases)
