// SPDX-License-Identifier: MIT
/* The device is pulled out of the machine while a program waits.  timeout: 120 */
#include "harness.h"

static struct rig rig;

static void wait_in_read(void *arg)
{
	struct dmaspan_completion done;

	(void)arg;
	errno = 0;
	_exit(read(rig.loop.rx, &done, sizeof(done)) == -1 ? errno : 255);
}

static bool node_gone(void)
{
	return !node_exists();
}

static void plug_in(void)
{
	CHECK_EQ(RUN("vm-host", "device_add", "edu,id=edu0,bus=slot0,dma_mask=0xffffffff"),
		 0);
	CHECK(wait_for(node_exists, WAIT_MS));
}

static void with_a_waiter(void)
{
	struct dmaspan_info info;
	struct dmaspan_map map;
	pid_t reader;

	rig_open(&rig, DMASPAN_KIND_CACHED);
	fill(rig.out.data, RIG_LENGTH, 3);
	CHECK(do_submit(rig.loop.tx, rig.out.map.out_mapping, 0, EDU_CHUNK, 1) == 0);
	reader = spawn(wait_in_read, NULL);
	CHECK_EQ(RUN("vm-host", "device_del", "edu0"), 0);
	CHECK(wait_for(node_gone, WAIT_MS));
	CHECK_EQ(reap(reader), ENODEV);
	CHECK_ERRNO(do_info(rig.node, &info), ENODEV);
	CHECK_ERRNO(do_map(rig.node, rig.out.fd, DMASPAN_TO_DEVICE, &map), ENODEV);
	CHECK_ERRNO(open(NODE_PATH, O_RDWR), ENOENT);
	CHECK(filled(rig.out.data, RIG_LENGTH, 3));
	rig_drop(&rig);
	plug_in();
}

static void works_again(void)
{
	device_works();
}

static const struct test_case cases[] = {
	{ "with_a_waiter", with_a_waiter, 0, 90 },
	CASE(works_again),
};

TEST_MAIN(cases)
