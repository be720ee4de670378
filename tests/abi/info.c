// SPDX-License-Identifier: MIT
/* INFO and CHANNEL_INFO: what a device and its channels say of themselves. */
#include <sched.h>
#include <sys/stat.h>

#include "harness.h"

static void device_facts(void)
{
	struct dmaspan_info info;
	int node = node_open(O_RDWR);

	CHECK(do_info(node, &info) == 0);
	CHECK_EQ(info.out_abi, DMASPAN_ABI_VERSION);
	CHECK_EQ(info.out_channels, 2);
	CHECK(!strcmp(info.out_name, NODE_NAME));
	CHECK(!strncmp(info.out_bus_name, "pci/0000:", 9));
	CHECK_EQ(info.out_dma_mask, 0xffffffff);
	CHECK(info.out_flags & DMASPAN_DEVICE_COHERENT);
	CHECK_EQ(!!(info.out_flags & DMASPAN_DEVICE_IOMMU),
		 test_mode() == MODE_IOMMU);
	CHECK_EQ(info.out_flags & ~(DMASPAN_DEVICE_COHERENT | DMASPAN_DEVICE_IOMMU), 0);
	close(node);
}

static void bus_name_is_a_device(void)
{
	struct dmaspan_info info;
	int node = node_open(O_RDONLY);
	char path[256];
	struct stat one, two;

	CHECK(do_info(node, &info) == 0);
	snprintf(path, sizeof(path), "/sys/bus/pci/devices/%s/config",
		 strchr(info.out_bus_name, '/') + 1);
	CHECK(stat(path, &one) == 0);
	CHECK(stat(NODE_CLASS "/device/config", &two) == 0);
	CHECK(one.st_ino == two.st_ino);
	close(node);
}

static void longest_segment(void)
{
	struct dmaspan_info info;
	int node = node_open(O_RDONLY);

	CHECK(do_info(node, &info) == 0);
	CHECK(info.out_max_mapping >= PAGE);
	if (is_bounce())
		CHECK(info.out_max_mapping <= 256 * KIB);
	else
		CHECK(info.out_max_mapping > 256 * KIB);
	close(node);
}

static void account(void)
{
	int node = node_open(O_RDWR), fd;
	struct dmaspan_info info;

	CHECK(do_info(node, &info) == 0);
	CHECK_EQ(info.out_used, 0);
	CHECK(info.out_limit > 0);
	CHECK_EQ(info.out_limit, limit_bytes());

	CHECK(do_alloc(node, DMASPAN_KIND_CACHED, 3 * PAGE, &fd) == 0);
	CHECK(do_info(node, &info) == 0);
	CHECK_EQ(info.out_used, 3 * PAGE);
	CHECK_EQ(used_bytes(), 3 * PAGE);
	close(fd);
	CHECK(used_becomes(0));
	close(node);
}

static void channels(void)
{
	struct dmaspan_channel_info info;
	int node = node_open(O_RDONLY);
	unsigned int seen = 0;

	for (uint32_t i = 0; i < 2; i++) {
		CHECK(do_channel_info(node, i, &info) == 0);
		CHECK_EQ(info.out_flags, 0);
		CHECK_EQ(info.out_owner, 0);
		if (!strcmp(info.out_name, "tx")) {
			CHECK_EQ(info.out_direction, DMASPAN_TO_DEVICE);
			seen |= 1;
		} else {
			CHECK(!strcmp(info.out_name, "rx"));
			CHECK_EQ(info.out_direction, DMASPAN_FROM_DEVICE);
			seen |= 2;
		}
	}
	CHECK_EQ(seen, 3);
	CHECK_ERRNO(do_channel_info(node, 2, &info), ENOENT);
	CHECK_ERRNO(do_channel_info(node, UINT32_MAX, &info), ENOENT);
	close(node);
}

static void find(int node, const char *name, struct dmaspan_channel_info *info)
{
	for (uint32_t i = 0; ; i++) {
		CHECK(do_channel_info(node, i, info) == 0);
		if (!strcmp(info->out_name, name))
			return;
	}
}

static void owner(void)
{
	int node = node_open(O_RDWR), channel;
	struct dmaspan_channel_info info;

	CHECK(do_channel_open(node, "rx", O_CLOEXEC, &channel) == 0);
	find(node, "rx", &info);
	CHECK_EQ(info.out_flags, DMASPAN_CHANNEL_BUSY);
	CHECK_EQ(info.out_owner, getpid());
	find(node, "tx", &info);
	CHECK_EQ(info.out_flags, 0);
	close(channel);
	find(node, "rx", &info);
	CHECK_EQ(info.out_flags, 0);
	CHECK_EQ(info.out_owner, 0);
	close(node);
}

static void look_from_inside(void *arg)
{
	struct dmaspan_channel_info info;
	int node = *(int *)arg;

	CHECK_EQ(getpid(), 1);
	find(node, "rx", &info);
	CHECK_EQ(info.out_flags, DMASPAN_CHANNEL_BUSY);
	CHECK_EQ(info.out_owner, 0);
}

static void owner_in_pid_namespace(void)
{
	int node = node_open(O_RDWR), channel;

	CHECK(do_channel_open(node, "rx", O_CLOEXEC, &channel) == 0);
	CHECK(unshare(CLONE_NEWPID) == 0);
	CHECK_EQ(reap(spawn(look_from_inside, &node)), 0);
	close(channel);
	close(node);
}

static void node_is_roots(void)
{
	struct stat st;

	CHECK(stat(NODE_PATH, &st) == 0);
	CHECK(S_ISCHR(st.st_mode));
	CHECK_EQ(st.st_mode & 07777, 0600);
	CHECK_EQ(st.st_uid, 0);
	CHECK(stat(NODE_CLASS "/limit", &st) == 0);
	CHECK_EQ(st.st_mode & 022, 0);
	CHECK_EQ(st.st_uid, 0);
}

static void others_are_refused(void)
{
	CHECK(setuid(65534) == 0);
	CHECK_ERRNO(open(NODE_PATH, O_RDWR), EACCES);
	CHECK_ERRNO(open(NODE_PATH, O_RDONLY), EACCES);
	CHECK_ERRNO(open(NODE_CLASS "/limit", O_WRONLY), EACCES);
}

static const struct test_case cases[] = {
	CASE(device_facts),
	CASE(bus_name_is_a_device),
	CASE(longest_segment),
	CASE(account),
	CASE(channels),
	CASE(owner),
	CASE(owner_in_pid_namespace),
	CASE(node_is_roots),
	CASE(others_are_refused),
};

TEST_MAIN(cases)
