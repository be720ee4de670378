// SPDX-License-Identifier: MIT
/* Modules are unloaded and loaded under programs at work.  timeout: 150 */
#include <signal.h>
#include <sys/syscall.h>

#include "race.h"

#define CORE	"dmaspan"
#define VIRT	"dmaspan_virt"
#define EDU	"dmaspan_edu"
#define HOLDERS	3

static int insert(const char *below, const char *parameters)
{
	char path[256];
	int fd, ret;

	snprintf(path, sizeof(path), "%s/kernel/%s", getenv("DMASPAN_O"), below);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	ret = (int)syscall(SYS_finit_module, fd, parameters, 0);
	close(fd);
	return ret;
}

static int insert_virt(void)
{
	return insert("virt/dmaspan_virt.ko", "devices=2 coherent=0,1");
}

/* It goes, or is refused for a channel that is open; no other answer is right. */
static void unload(pid_t pid, uint64_t *state)
{
	(void)pid;
	for (int i = 0; i < 20 && remove_module(VIRT); i++) {
		CHECK_EQ(errno, EWOULDBLOCK);
		usleep((useconds_t)(test_draw(state) % 1000));
	}
}

static void load(void)
{
	CHECK(insert_virt() == 0 || errno == EEXIST);
	CHECK(wait_for(node_exists, WAIT_MS));
}

static void unloaded_at_work(void)
{
	static const struct race_attack attack = {
		.outside = unload, .after = load, .causes = { ENODEV, ENOENT, ENXIO },
	};

	test_device(VIRT_NAME);
	race_run(&attack, 2);
}

static int ready[2];

/* Its node is dead soon; the buffer is not. */
static void hold(void *unused)
{
	int node = node_open(O_RDWR), fd, more;
	struct dmaspan_map map;
	unsigned char *data;

	(void)unused;
	CHECK(do_alloc(node, DMASPAN_KIND_CACHED, 4 * PAGE, &fd) == 0);
	CHECK(do_map(node, fd, DMASPAN_BIDIRECTIONAL, &map) == 0);
	CHECK_EQ(write(ready[1], "+", 1), 1);
	for (;;) {
		data = view(fd, 4 * PAGE);
		fill(data, 4 * PAGE, 1);
		CHECK(madvise(data, 2 * PAGE, MADV_DONTNEED) == 0);
		CHECK(filled(data, 4 * PAGE, 1));
		munmap(data, 4 * PAGE);
		if (!do_alloc(node, DMASPAN_KIND_CACHED, PAGE, &more))
			close(more);
		else
			CHECK_EQ(errno, ENODEV);
	}
}

static bool core_goes(void)
{
	return !remove_module(CORE);
}

static void core_round(uint64_t *state)
{
	pid_t pids[HOLDERS];
	char byte;

	for (size_t i = 0; i < HOLDERS; i++) {
		pids[i] = spawn(hold, NULL);
		CHECK_EQ(read(ready[0], &byte, 1), 1);
	}
	CHECK_EQ(remove_module(VIRT), 0);
	CHECK_EQ(remove_module(EDU), 0);
	for (size_t i = 0; i < HOLDERS; i++) {
		for (int n = 0; n < 20; n++) {
			CHECK_ERRNO(remove_module(CORE), EWOULDBLOCK);
			usleep((useconds_t)(test_draw(state) % 500));
		}
		kill(pids[i], SIGKILL);
		CHECK_EQ(reap(pids[i]), 128 + SIGKILL);
	}
	CHECK(wait_for(core_goes, WAIT_MS));
	CHECK(access("/sys/class/dmaspan", F_OK) != 0);
}

static bool insert_all(void)
{
	bool good = !insert("dmaspan.ko", "") || errno == EEXIST;

	good &= !insert("edu/dmaspan_edu.ko", "dma_bits=32") || errno == EEXIST;
	good &= !insert_virt() || errno == EEXIST;
	return good;
}

static void core_rounds(void *unused)
{
	unsigned int rounds = test_rounds(3);
	uint64_t state = test_seed();

	(void)unused;
	CHECK(pipe2(ready, O_CLOEXEC) == 0);
	for (unsigned int i = 0; i < rounds; i++) {
		core_round(&state);
		CHECK(insert_all());
		CHECK(wait_for(node_exists, WAIT_MS));
	}
	test_count("race_rounds", rounds);
}

/* What fails leaves the modules loaded for the tests that follow. */
static void core_goes_with_its_last_holder(void)
{
	int status = reap(spawn(core_rounds, NULL));

	CHECK(insert_all());
	CHECK(wait_for(node_exists, WAIT_MS));
	CHECK_EQ(status, 0);
	device_works();
}

static const struct test_case cases[] = {
	{ "unloaded_at_work", unloaded_at_work, 0, 90 },
	CASE(core_goes_with_its_last_holder),
};

TEST_MAIN(cases)
