// SPDX-License-Identifier: MIT
/* The device is pulled out under programs at work. Slow: a few rounds.  timeout: 150 */
#include "race.h"

static bool node_gone(void)
{
	return !node_exists();
}

static void unplug(pid_t pid, uint64_t *state)
{
	(void)pid;
	(void)state;
	CHECK_EQ(RUN("vm-host", "device_del", "edu0"), 0);
	CHECK(wait_for(node_gone, WAIT_MS));
}

static void plug_in(void)
{
	CHECK_EQ(RUN("vm-host", "device_add", "edu,id=edu0,bus=slot0,dma_mask=0xffffffff"),
		 0);
	CHECK(wait_for(node_exists, WAIT_MS));
}

static void unplugged_at_work(void)
{
	static const struct race_attack attack = {
		.outside = unplug, .after = plug_in, .causes = { ENODEV, ENOENT, ENXIO },
	};

	race_run(&attack, 2);
}

static const struct test_case cases[] = {
	{ "unplugged_at_work", unplugged_at_work, 0, 120 },
};

TEST_MAIN(cases)
