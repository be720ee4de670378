// SPDX-License-Identifier: MIT
/* The device is pulled out under programs at work. Slow: each victim once.  timeout: 150 */
#include "race.h"

static void unplug(pid_t pid, uint64_t *state)
{
	(void)pid;
	(void)state;
	unplug_edu();
}

static void unplugged_at_work(void)
{
	static const struct race_attack attack = {
		.outside = unplug, .after = plug_edu, .every = true, .wakes = true,
		.causes = { ENODEV, ENOENT, ENXIO },
	};

	race_run(&attack, 1);
}

static const struct test_case cases[] = {
	{ "unplugged_at_work", unplugged_at_work, 0, 120 },
};

TEST_MAIN(cases)
