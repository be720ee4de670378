// SPDX-License-Identifier: MIT
/* Programs that mean harm, on the strict device.  timeout: 150 */
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "virt.h"

#define RACE_MS		4000
#define ROUNDS		4
#define TRIES		30

static atomic_bool stop;

static void *toggle(void *data)
{
	volatile unsigned char *byte = data;

	while (!atomic_load(&stop)) {
		*byte = 1;
		*byte = 0;
	}
	return NULL;
}

/* What is compared changes under the comparison. */
static void changes_what_is_synced(void)
{
	int node = node_open(O_RDWR);
	struct span span;
	pthread_t thread;
	uint64_t end;

	span_open(&span, node, DMASPAN_KIND_CACHED, DMASPAN_BIDIRECTIONAL, PAGE);
	atomic_store(&stop, false);
	CHECK(!pthread_create(&thread, NULL, toggle, span.data));
	for (end = now_ns() + RACE_MS * 1000000ULL; now_ns() < end;) {
		CHECK(do_sync(node, span.map.out_mapping, DMASPAN_SYNC_FOR_CPU, 0, PAGE) == 0);
		CHECK(do_sync(node, span.map.out_mapping, DMASPAN_SYNC_FOR_DEVICE, 0, PAGE) == 0);
	}
	atomic_store(&stop, true);
	pthread_join(thread, NULL);
	span_close(&span);
	close(node);
	findings_clear();
}

/* Each mapping has a shadow, and that is the program's to pay for. */
static void maps_beyond_the_limit(void)
{
	uint64_t before = limit_bytes();
	int node = node_open(O_RDWR), fd, maps;
	struct dmaspan_map map;

	CHECK(set_limit(4 * MIB) == 0);
	CHECK(do_alloc(node, DMASPAN_KIND_CACHED, MIB, &fd) == 0);
	for (maps = 0; maps < 2; maps++)
		CHECK(do_map(node, fd, DMASPAN_TO_DEVICE, &map) == 0);
	CHECK_ERRNO(do_map(node, fd, DMASPAN_TO_DEVICE, &map), EDQUOT);
	set_limit(before);
	close(fd);
	close(node);
}

static void open_and_close(void *arg)
{
	int node, channel;

	(void)arg;
	for (;;) {
		node = open("/dev/dmaspan/virt0", O_RDWR | O_CLOEXEC);
		if (node < 0)
			continue;
		if (!do_channel_open(node, "copy0", O_CLOEXEC, &channel))
			close(channel);
		close(node);
	}
}

/* rmmod is refused while a channel is open, and at other moments is not. */
static void opens_while_it_is_unloaded(void)
{
	char module[256];
	int unloaded = 0, tries;
	pid_t pid;

	snprintf(module, sizeof(module), "%s/kernel/virt/dmaspan_virt.ko", getenv("DMASPAN_O"));
	CHECK(RUN("rmmod", "dmaspan_virt") == 0);
	for (int round = 0; round < ROUNDS; round++) {
		CHECK(RUN("insmod", module, "devices=16") == 0);
		pid = spawn(open_and_close, NULL);
		for (tries = 0; tries < TRIES && RUN("rmmod", "dmaspan_virt"); tries++)
			;
		unloaded += tries < TRIES;
		kill(pid, SIGKILL);
		reap(pid);
		if (tries == TRIES)
			CHECK(RUN("rmmod", "dmaspan_virt") == 0);
	}
	CHECK(RUN("insmod", module, "devices=2", "coherent=0,1") == 0);
	test_note("unloaded %d of %d times meanwhile", unloaded, ROUNDS);
	CHECK(unloaded);
	CHECK(wait_for(node_exists, 5000));
}

static const struct test_case cases[] = {
	CASE(changes_what_is_synced),
	CASE(maps_beyond_the_limit),
	CASE(opens_while_it_is_unloaded),
};

int main(void)
{
	test_device("virt0");
	return test_main(cases, ARRAY_SIZE(cases));
}
