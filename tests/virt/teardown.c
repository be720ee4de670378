// SPDX-License-Identifier: MIT
/* The device is taken from its driver at any moment, with mappings and transfers.  timeout: 200 */
#include <signal.h>

#include "virt.h"

#define LENGTH		(4 * PAGE)
#define SECOND		1000000000ULL
#define ROUNDS		15

/* An unbind waits for no transfer. */
static void unbind_at_once(void)
{
	uint64_t start = now_ns();

	CHECK_EQ(virt_unbind(), 0);
	CHECK(now_ns() - start < 3 * SECOND);
}

static void works_again(void)
{
	struct stream s;

	CHECK_EQ(virt_bind(), 0);
	knobs_reset();
	stream_open(&s, "source", LENGTH);
	stream_move(&s, 0, LENGTH);
	stream_close(&s);
	no_findings();
}

static void begin(void)
{
	knobs_reset();
	findings_clear();
}

static void with_mappings(void)
{
	struct dmaspan_map more[3];
	struct stream s;

	begin();
	stream_open(&s, "source", LENGTH);
	for (uint32_t i = 0; i < ARRAY_SIZE(more); i++)
		CHECK(do_map(s.node, s.span.fd, DMASPAN_TO_DEVICE, &more[i]) == 0);
	unbind_at_once();
	CHECK_ERRNO(do_unmap(s.node, s.span.map.out_mapping), ENODEV);
	stream_drop(&s);
	works_again();
}

/* Each of @count transfers is completed once, and the last of them says that the device is gone. */
static void completed_once(int channel, uint64_t count)
{
	struct dmaspan_completion done;

	for (uint64_t i = 0; i < count; i++) {
		CHECK(do_wait(channel, &done, WAIT_MS) == 0);
		CHECK_EQ(done.cookie, i);
		CHECK(done.status == 0 || done.status == -ENODEV);
	}
	CHECK_EQ(done.status, -ENODEV);
	CHECK_ERRNO(read(channel, &done, sizeof(done)), ENODEV);
}

static void in_flight(const char *channel)
{
	struct stream s;

	stream_open(&s, channel, LENGTH);
	for (uint64_t i = 0; i < 4; i++)
		CHECK(stream_submit(&s, i * PAGE, PAGE, i) == 0);
	msleep(100);
	unbind_at_once();
	completed_once(s.channel, 4);
	stream_drop(&s);
	works_again();
}

/* Half a second each */
static void source_in_flight(void)
{
	begin();
	knob_set("source/rate", 2000);
	in_flight("source");
}

static void sink_in_flight(void)
{
	begin();
	knob_set("sink/rate", 2000);
	knob_set("sink/fifo", 16);
	in_flight("sink");
}

static void waiting_for_latency(void)
{
	begin();
	knob_set("latency_us", 10000000);
	in_flight("source");
}

static void hanging(void)
{
	begin();
	knob_set("hang_nth", 1);
	in_flight("source");
}

static void copies_in_flight(void)
{
	begin();
	knob_set("latency_us", 400000);
	in_flight("copy0");
	knob_set("hang_nth", 2);
	in_flight("copy1");
}

static void wait_in_read(void *arg)
{
	struct dmaspan_completion done;
	struct stream *s = arg;

	if (read(s->channel, &done, sizeof(done)) != sizeof(done))
		_exit(errno);
	_exit(done.status == -ENODEV ? 0 : 255);
}

static void waiters_wake(void)
{
	struct stream s;
	pid_t reader;

	begin();
	knob_set("hang_nth", 1);
	stream_open(&s, "source", LENGTH);
	CHECK(stream_submit(&s, 0, PAGE, 0) == 0);
	reader = spawn(wait_in_read, &s);
	msleep(300);
	unbind_at_once();
	CHECK_EQ(reap(reader), 0);
	stream_drop(&s);
	works_again();
}

/* What each process does for as long as it is let: errors are for others to see. */
static void use_for_ever(void *arg)
{
	const char *channel = arg;
	bool copies = channel[0] == 'c';

	for (;;) {
		struct dmaspan_completion done;
		struct dmaspan_map map = { 0 };
		int node, ch = -1, fd = -1;

		node = open("/dev/dmaspan/" VIRT_NAME, O_RDWR | O_CLOEXEC);
		if (node < 0 || do_alloc(node, DMASPAN_KIND_CACHED, 2 * LENGTH, &fd) ||
		    do_map(node, fd, DMASPAN_BIDIRECTIONAL, &map) ||
		    do_channel_open(node, channel, O_CLOEXEC, &ch)) {
			msleep(1);
		} else {
			const struct dmaspan_transfer transfer = {
				.mapping = map.out_mapping,
				.length = LENGTH,
				.src_mapping = copies ? map.out_mapping : 0,
				.src_offset = copies ? LENGTH : 0,
			};

			for (int i = 0; i < 8; i++)
				do_submit_array(ch, &transfer, 1);
			do_wait(ch, &done, 5);
		}
		close(ch);
		close(fd);
		close(node);
	}
}

/* The shortest waits that find the processes in every state. */
static void under_load(void)
{
	static char channels[][8] = { "source", "sink", "copy0", "source", "sink", "copy1" };
	pid_t pids[ARRAY_SIZE(channels)];

	begin();
	for (size_t i = 0; i < ARRAY_SIZE(pids); i++)
		pids[i] = spawn(use_for_ever, channels[i]);
	for (unsigned int round = 0; round < ROUNDS; round++) {
		knob_set("latency_us", round * 1000);
		knob_set("hang_nth", round % 3);
		msleep(20 + round * 7);
		unbind_at_once();
		msleep(round);
		CHECK_EQ(virt_bind(), 0);
		CHECK(!findings_of_module());
	}
	for (size_t i = 0; i < ARRAY_SIZE(pids); i++) {
		kill(pids[i], SIGKILL);
		CHECK_EQ(reap(pids[i]), 128 + SIGKILL);
	}
	/* Nobody took what was received. */
	no_findings_but("not-taken");
	findings_clear();
	CHECK_EQ(virt_unbind(), 0);
	works_again();
}

/* A buffer of a device that was gone for a while is mapped on what came back. */
static void buffers_live_on(void)
{
	struct dmaspan_map map;
	struct stream s;
	int node;

	begin();
	stream_open(&s, "source", LENGTH);
	fill(s.span.data, LENGTH, 1);
	unbind_at_once();
	CHECK(filled(s.span.data, LENGTH, 1));
	CHECK_EQ(virt_bind(), 0);
	node = node_open(O_RDWR);
	CHECK(do_map(node, s.span.fd, DMASPAN_FROM_DEVICE, &map) == 0);
	CHECK(do_unmap(node, map.out_mapping) == 0);
	close(node);
	stream_drop(&s);
	CHECK_EQ(virt_unbind(), 0);
	works_again();
}

static const struct test_case cases[] = {
	CASE(with_mappings),
	CASE(source_in_flight),
	CASE(sink_in_flight),
	CASE(waiting_for_latency),
	CASE(hanging),
	CASE(copies_in_flight),
	CASE(waiters_wake),
	{ "under_load", under_load, 0, 100 },
	CASE(buffers_live_on),
};

int main(void)
{
	test_device(VIRT_NAME);
	return test_main(cases, ARRAY_SIZE(cases));
}
