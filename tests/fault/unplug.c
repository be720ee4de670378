// SPDX-License-Identifier: MIT
/* The device is pulled out of the machine while a program waits.  timeout: 120 */
#include "harness.h"

static struct rig rig;

static void with_a_waiter(void)
{
	struct dmaspan_info info;
	struct dmaspan_map map;
	pid_t reader;

	rig_open(&rig, DMASPAN_KIND_CACHED);
	fill(rig.out.data, RIG_LENGTH, 3);
	CHECK(do_submit(rig.loop.tx, rig.out.map.out_mapping, 0, EDU_CHUNK, 1) == 0);
	reader = spawn_reader(rig.loop.rx);
	unplug_edu();
	CHECK_EQ(reap(reader), ENODEV);
	CHECK_ERRNO(do_info(rig.node, &info), ENODEV);
	CHECK_ERRNO(do_map(rig.node, rig.out.fd, DMASPAN_TO_DEVICE, &map), ENODEV);
	CHECK_ERRNO(open(NODE_PATH, O_RDWR), ENOENT);
	CHECK(filled(rig.out.data, RIG_LENGTH, 3));
	rig_drop(&rig);
	plug_edu();
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
