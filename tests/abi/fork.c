// SPDX-License-Identifier: MIT
/* fork(): parent and child share what they hold; neither's end hurts the other. */
#include <signal.h>

#include "harness.h"

static struct rig rig;

static void child_writes(void *arg)
{
	unsigned char *data = arg;

	CHECK(filled(data, PAGE, 1));
	fill(data + PAGE, PAGE, 2);
}

static void memory_is_shared(void)
{
	int node = node_open(O_RDWR), fd;
	unsigned char *data;

	for (uint32_t kind = 0; kind < 3; kind++) {
		CHECK(do_alloc(node, kind, 2 * PAGE, &fd) == 0);
		data = view(fd, 2 * PAGE);
		fill(data, PAGE, 1);
		CHECK_EQ(reap(spawn(child_writes, data)), 0);
		CHECK(filled(data + PAGE, PAGE, 2));
		munmap(data, 2 * PAGE);
		close(fd);
	}
	close(node);
}

static void idle(void *arg)
{
	(void)arg;
	msleep(30000);
}

/* No copy on write: the device and the parent still mean the same page. */
static void parent_writes_after_fork(void)
{
	pid_t pid;

	rig_open(&rig, DMASPAN_KIND_CACHED);
	pid = spawn(idle, NULL);
	fill(rig.out.data, 256, 7);
	play(&rig.loop, &rig.out, 0, 256);
	capture(&rig.loop, &rig.in, 0, 256);
	CHECK(filled(rig.in.data, 256, 7));
	kill(pid, SIGKILL);
	CHECK_EQ(reap(pid), 128 + SIGKILL);
	rig_close(&rig);
}

static void child_uses_all(void *arg)
{
	struct dmaspan_map map;

	(void)arg;
	fill(rig.out.data, 128, 3);
	play(&rig.loop, &rig.out, 0, 128);
	capture(&rig.loop, &rig.in, PAGE, 128);
	CHECK(do_map(rig.node, rig.in.fd, DMASPAN_TO_DEVICE, &map) == 0);
	CHECK(do_unmap(rig.node, map.out_mapping) == 0);
}

static void child_holds_the_same_objects(void)
{
	rig_open(&rig, DMASPAN_KIND_CACHED);
	CHECK_EQ(reap(spawn(child_uses_all, NULL)), 0);
	CHECK(filled(rig.in.data + PAGE, 128, 3));
	rig_close(&rig);
}

static void child_closes_all(void *arg)
{
	(void)arg;
	CHECK(munmap(rig.out.data, rig.out.length) == 0);
	close(rig.out.fd);
	close(rig.in.fd);
	close(rig.loop.tx);
	close(rig.loop.rx);
	close(rig.node);
}

static void childs_end_changes_nothing(void)
{
	struct dmaspan_buffer_info info;

	rig_open(&rig, DMASPAN_KIND_CACHED);
	CHECK_EQ(reap(spawn(child_closes_all, NULL)), 0);
	CHECK(do_buffer_info(rig.node, rig.out.fd, &info) == 0);
	CHECK_EQ(info.out_mappings, 1);
	fill(rig.out.data, 128, 4);
	play(&rig.loop, &rig.out, 0, 128);
	capture(&rig.loop, &rig.in, 0, 128);
	CHECK(filled(rig.in.data, 128, 4));
	rig_close(&rig);
}

static void with_a_transfer_in_flight(void)
{
	struct dmaspan_completion done;

	rig_open(&rig, DMASPAN_KIND_CACHED);
	CHECK(do_submit(rig.loop.rx, rig.in.map.out_mapping, 0, 64, 5) == 0);
	CHECK_EQ(reap(spawn(child_closes_all, NULL)), 0);
	fill(rig.out.data, 64, 6);
	play(&rig.loop, &rig.out, 0, 64);
	CHECK(do_wait(rig.loop.rx, &done, WAIT_MS) == 0);
	CHECK_EQ(done.cookie, 5);
	CHECK_EQ(done.status, 0);
	if (is_bounce())
		CHECK(do_sync(rig.node, rig.in.map.out_mapping, DMASPAN_SYNC_FOR_CPU, 0,
			      64) == 0);
	CHECK(filled(rig.in.data, 64, 6));
	rig_close(&rig);
}

struct orphan {
	int node;
	int fd;
	int pipe;
};

static void outlive_parent(void *arg)
{
	struct orphan *o = arg;
	unsigned char *data;
	char byte;

	CHECK_EQ(read(o->pipe, &byte, 1), 0);
	data = view(o->fd, PAGE);
	CHECK(filled(data, PAGE, 8));
	munmap(data, PAGE);
}

static void child_outlives_parents_fds(void)
{
	struct orphan o = { .node = node_open(O_RDWR) };
	unsigned char *data;
	int ends[2];
	pid_t pid;

	CHECK(pipe2(ends, O_CLOEXEC) == 0);
	o.pipe = ends[0];
	CHECK(do_alloc(o.node, 0, PAGE, &o.fd) == 0);
	data = view(o.fd, PAGE);
	fill(data, PAGE, 8);
	pid = fork();
	if (!pid) {
		close(ends[1]);
		outlive_parent(&o);
		fflush(stdout);
		_exit(0);
	}
	munmap(data, PAGE);
	close(o.fd);
	close(o.node);
	close(ends[0]);
	CHECK_EQ(used_bytes(), PAGE);
	close(ends[1]);
	CHECK_EQ(reap(pid), 0);
	CHECK(used_becomes(0));
}

static const struct test_case cases[] = {
	CASE(memory_is_shared),
	CASE(parent_writes_after_fork),
	CASE(child_holds_the_same_objects),
	CASE(childs_end_changes_nothing),
	CASE(with_a_transfer_in_flight),
	CASE(child_outlives_parents_fds),
};

TEST_MAIN(cases)
