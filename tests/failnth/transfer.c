// SPDX-License-Identifier: MIT
/* What is done with a channel: submit, cancel, read, poll. */
#include "failnth.h"

#define MOST	40	/* transfers */
#define EACH	64UL
#define LENGTH	(MOST * EACH)

static int node, channel;
static struct span span, from;
static struct dmaspan_transfer transfers[MOST];
static struct dmaspan_completion completions[MOST];
static unsigned int count, got;
/* What is submitted: @transfers, or @sized */
static const void *array = transfers;
static uint32_t transfer_size = sizeof(transfers[0]);
static unsigned char sized[MOST * DMASPAN_MAX_TRANSFER_SIZE];
static uint32_t direction;

/* On the channel of @way; BIDIRECTIONAL: of copies */
static void begin(uint32_t way, unsigned int number)
{
	bool copies = way == DMASPAN_BIDIRECTIONAL;

	direction = copies ? DMASPAN_FROM_DEVICE : way;
	node = node_open(O_RDWR);
	CHECK(do_channel_open(node, failnth_channel(way), O_CLOEXEC | O_NONBLOCK, &channel) == 0);
	span_open(&span, node, DMASPAN_KIND_CACHED, direction, 4 * PAGE);
	if (copies)
		span_open(&from, node, DMASPAN_KIND_CACHED, DMASPAN_TO_DEVICE, 4 * PAGE);
	count = number;
	for (unsigned int i = 0; i < count; i++)
		transfers[i] = (struct dmaspan_transfer) {
			.mapping = span.map.out_mapping,
			.offset = i * EACH,
			.length = EACH,
			.cookie = i,
			.src_mapping = copies ? from.map.out_mapping : 0,
			.src_offset = copies ? i * EACH : 0,
		};
}

static void end(void)
{
	CHECK(close(channel) == 0);
	hand_over(&span, DMASPAN_SYNC_FOR_CPU, 0, span.length);
	span_close(&span);
	if (from.length)
		span_close(&from);
	CHECK(close(node) == 0);
}

static int call_submit(void)
{
	struct dmaspan_submit arg = {
		.size = sizeof(arg),
		.transfers = PTR(array),
		.count = count,
		.transfer_size = transfer_size,
	};

	return FAILNTH_IOCTL(channel, DMASPAN_SUBMIT, &arg);
}

/* All completions that are not read yet, in order, and no more; what was moved is taken */
static void drain(void)
{
	struct dmaspan_completion extra;

	while (got < count) {
		ssize_t n = read(channel, completions + got, (count - got) * sizeof(extra));

		CHECK(n > 0);
		got += (unsigned int)((size_t)n / sizeof(extra));
	}
	for (unsigned int i = 0; i < count; i++)
		CHECK_EQ(completions[i].cookie, i);
	CHECK(fcntl(channel, F_SETFL, O_NONBLOCK) == 0);
	CHECK_ERRNO(read(channel, &extra, sizeof(extra)), EAGAIN);
	hand_over(&span, DMASPAN_SYNC_FOR_CPU, 0, span.length);
}

static void cancel_and_drain(void)
{
	uint32_t cancelled;

	got = 0;
	CHECK(do_cancel(channel, &cancelled) == 0);
	CHECK(cancelled <= count);
	drain();
}

static void map_again(void)
{
	uint32_t id = span.map.out_mapping;

	CHECK(do_unmap(node, id) == 0);
	CHECK(do_map(node, span.fd, direction, &span.map) == 0);
	CHECK_EQ(span.map.out_mapping, id);
}

/* None is queued, none holds a mapping, and the engine keeps nothing. */
static void nothing_queued(void)
{
	struct dmaspan_completion extra;
	uint32_t cancelled;

	CHECK_ERRNO(read(channel, &extra, sizeof(extra)), EAGAIN);
	map_again();
	CHECK(do_cancel(channel, &cancelled) == 0);
	CHECK_EQ(cancelled, 0);
}

static const struct action submission = {
	.call = call_submit,
	.undo = cancel_and_drain,
	.failed = nothing_queued,
	.errnos = { ENOMEM, EFAULT, EOPNOTSUPP },
};

static void submits(uint32_t way, unsigned int number)
{
	begin(way, number);
	failnth(node, &submission);
	end();
}

static void to_device(void)
{
	submits(DMASPAN_TO_DEVICE, 3);
}

static void from_device_one(void)
{
	submits(DMASPAN_FROM_DEVICE, 1);
}

static void from_device_many(void)
{
	submits(DMASPAN_FROM_DEVICE, MOST);
}

/* By a caller whose struct dmaspan_transfer has another size; 0: up to @cookie */
static void submits_sized(uint32_t size)
{
	size_t each = size ? size : offsetof(struct dmaspan_transfer, src_mapping);

	begin(DMASPAN_FROM_DEVICE, 3);
	for (unsigned int i = 0; i < count; i++)
		memcpy(sized + i * each, &transfers[i],
		       each < sizeof(transfers[i]) ? each : sizeof(transfers[i]));
	array = sized;
	transfer_size = size;
	failnth(node, &submission);
	end();
}

static void short_ones(void)
{
	submits_sized(0);
}

static void long_ones(void)
{
	submits_sized(DMASPAN_MAX_TRANSFER_SIZE);
}

static void copies_one(void)
{
	submits(DMASPAN_BIDIRECTIONAL, 1);
}

static void copies_many(void)
{
	submits(DMASPAN_BIDIRECTIONAL, MOST);
}

/* Several pieces: its limit for a segment is 4 MiB. */
static void copies_in_pieces(void)
{
	const size_t length = 9 * MIB;
	struct span big;

	begin(DMASPAN_BIDIRECTIONAL, 1);
	span_open(&big, node, DMASPAN_KIND_CACHED, DMASPAN_BIDIRECTIONAL, 2 * length);
	transfers[0].mapping = big.map.out_mapping;
	transfers[0].src_mapping = big.map.out_mapping;
	transfers[0].src_offset = length;
	transfers[0].length = length;
	failnth(node, &submission);
	hand_over(&big, DMASPAN_SYNC_FOR_CPU, 0, 2 * length);
	span_close(&big);
	end();
}

/*
 * One transfer whose list has an entry for each page, and so is chained. A copy
 * of so large a mapping has to be charged to the cgroup from the start.
 */
static void in_segments(void)
{
	struct action action = submission;

	action.prepare = map_again;
	begin(DMASPAN_FROM_DEVICE, 1);
	span_close(&span);
	span.length = FAILNTH_SCATTERED * PAGE;
	span.fd = failnth_scattered(node);
	span.data = view(span.fd, span.length);
	CHECK(do_map(node, span.fd, direction, &span.map) == 0);
	transfers[0].mapping = span.map.out_mapping;
	transfers[0].length = span.length;
	failnth(node, &action);
	end();
}

static void submit(void)
{
	got = 0;
	CHECK(call_submit() == 0);
}

static int call_cancel(void)
{
	struct dmaspan_cancel arg = { .size = sizeof(arg) };

	return FAILNTH_IOCTL(channel, DMASPAN_CANCEL, &arg);
}

static void cancels(void)
{
	const struct action action = {
		.prepare = submit,
		.call = call_cancel,
		.undo = drain,
		.failed = cancel_and_drain,
		.errnos = { EFAULT },
	};

	begin(DMASPAN_FROM_DEVICE, 3);
	failnth(node, &action);
	end();
}

/* Once cancelled, all can be read. */
static void submit_and_cancel(void)
{
	uint32_t cancelled;

	submit();
	CHECK(do_cancel(channel, &cancelled) == 0);
}

static int call_read(void)
{
	ssize_t n = read(channel, completions, count * sizeof(completions[0]));

	if (n > 0)
		got = (unsigned int)((size_t)n / sizeof(completions[0]));
	return n > 0 ? 0 : -1;
}

/* What could not be copied out can be read again. */
static void reads(void)
{
	const struct action action = {
		.prepare = submit_and_cancel,
		.call = call_read,
		.undo = drain,
		.failed = drain,
		.errnos = { EFAULT },
	};

	begin(DMASPAN_FROM_DEVICE, 3);
	failnth(node, &action);
	end();
}

/* What has not ended when it is read */
static void submit_and_block(void)
{
	submit();
	CHECK(fcntl(channel, F_SETFL, 0) == 0);
}

static void reads_blocking(void)
{
	const struct action action = {
		.prepare = submit_and_block,
		.call = call_read,
		.undo = drain,
		.failed = drain,
		.errnos = { EFAULT },
	};

	knob_set("latency_us", 20000);
	begin(DMASPAN_FROM_DEVICE, 1);
	failnth(node, &action);
	end();
	knob_set("latency_us", 0);
}

static int call_poll(void)
{
	struct pollfd pfd = { .fd = channel, .events = POLLIN };

	return poll(&pfd, 1, WAIT_MS) == 1 && pfd.revents & POLLIN ? 0 : -1;
}

static void polls(void)
{
	const struct action action = {
		.prepare = submit_and_cancel,
		.call = call_poll,
		.undo = drain,
		.failed = drain,
		.errnos = { EFAULT, ENOMEM },
	};

	begin(DMASPAN_FROM_DEVICE, 3);
	failnth(node, &action);
	end();
}

static const struct test_case cases[] = {
	CASE(to_device),
	CASE(from_device_one),
	CASE(from_device_many),
	CASE(short_ones),
	CASE(long_ones),
	CASE(in_segments),
	VIRT_CASE(copies_one),
	VIRT_CASE(copies_many),
	VIRT_CASE(copies_in_pieces),
	CASE(cancels),
	CASE(reads),
	VIRT_CASE(reads_blocking),
	CASE(polls),
};

FAILNTH_MAIN(cases)
