// SPDX-License-Identifier: MIT
/* The memory cgroup of programs at work is full, and then more than full.  timeout: 60 */
#include "race.h"

#define RUSH	5	/* times that the limit is set in a round */

static void enter(void)
{
	cgroup_enter(0);
}

static void set_most(uint64_t bytes)
{
	char text[32];

	snprintf(text, sizeof(text), "%llu", (unsigned long long)bytes);
	CHECK_EQ(write_text(CGROUP_FILE("memory.max"), text), 0);
}

/* Who asks for more is killed, or told so; at last who uses anything is killed. */
static void lower_limit(pid_t pid, uint64_t *state)
{
	(void)pid;
	for (int i = 0; i < RUSH; i++) {
		uint64_t now = read_number(CGROUP_FILE("memory.current"));

		set_most(now + test_draw(state) % 64 * PAGE);
		usleep((useconds_t)(test_draw(state) % 3000));
	}
	set_most(0);
}

static void no_limit(void)
{
	cgroup_make("max");
}

static void cgroup_is_full(void)
{
	/* An engine without memory for descriptors refuses: dmaengine cannot say why. */
	static const struct race_attack attack = {
		.before = enter, .outside = lower_limit, .after = no_limit, .kills = true,
		.causes = { ENOMEM, EOPNOTSUPP },
	};
	uint64_t kills;

	test_device(VIRT_NAME);
	cgroup_make("max");
	kills = cgroup_oom_kills();
	race_run(&attack, 1);
	CHECK(cgroup_oom_kills() > kills);
	test_note("%llu kills", (unsigned long long)(cgroup_oom_kills() - kills));
}

static const struct test_case cases[] = {
	CASE(cgroup_is_full),
};

TEST_MAIN(cases)
