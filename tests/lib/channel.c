// SPDX-License-Identifier: MIT
/* Channels through the library. */
#include <dmaspan.h>

#include "harness.h"

static struct dmaspan_device *dev;
static struct dmaspan_channel *tx, *rx;
static struct dmaspan_buffer *out, *in;

static void begin(void)
{
	struct dmaspan_buffer_opts opts = { .size = sizeof(opts) };

	CHECK(dmaspan_open(NODE_NAME, &dev) == 0);
	CHECK(dmaspan_channel_open(dev, NULL, DMASPAN_TO_DEVICE, &tx) == 0);
	CHECK(dmaspan_channel_open(dev, "rx", DMASPAN_FROM_DEVICE, &rx) == 0);
	opts.direction = DMASPAN_TO_DEVICE;
	CHECK(dmaspan_alloc(dev, 2 * PAGE, &opts, &out) == 0);
	opts.direction = DMASPAN_FROM_DEVICE;
	CHECK(dmaspan_alloc(dev, 2 * PAGE, &opts, &in) == 0);
}

static void end(void)
{
	dmaspan_free(in);
	dmaspan_free(out);
	dmaspan_channel_close(rx);
	dmaspan_channel_close(tx);
	dmaspan_close(dev);
}

static void transfers(void)
{
	begin();
	fill(dmaspan_data(out), 2 * PAGE, 1);
	CHECK_EQ(dmaspan_transfer(tx, out, 100, 1500, -1), 1500);
	CHECK_EQ(dmaspan_transfer(rx, in, PAGE, 1500, WAIT_MS), 1500);
	CHECK(!memcmp((char *)dmaspan_data(in) + PAGE, (char *)dmaspan_data(out) + 100,
		      1500));
	CHECK(all_zero(dmaspan_data(in), PAGE));
	end();
}

static void transfer_times_out(void)
{
	begin();
	CHECK_EQ(dmaspan_transfer(rx, in, 0, 64, 0), -ETIMEDOUT);
	CHECK_EQ(dmaspan_transfer(rx, in, 0, 64, 200), -ETIMEDOUT);
	fill(dmaspan_data(out), 64, 2);
	CHECK_EQ(dmaspan_transfer(tx, out, 0, 64, WAIT_MS), 64);
	CHECK_EQ(dmaspan_transfer(rx, in, 0, 64, WAIT_MS), 64);
	CHECK(filled(dmaspan_data(in), 64, 2));
	end();
}

static void submits_and_waits(void)
{
	struct dmaspan_completion done[4];
	struct dmaspan_transfer two[2] = { 0 };
	int count = 0;

	begin();
	fill(dmaspan_data(out), 96, 3);
	CHECK(dmaspan_sync_for_device(out, 0, 96) == 0);
	CHECK_EQ(dmaspan_wait(tx, done, 4, 0), -ETIMEDOUT);
	CHECK(dmaspan_submit(tx, out, 0, 32, 7) == 0);
	for (int i = 0; i < 2; i++) {
		two[i].mapping = dmaspan_mapping(out);
		two[i].offset = 32 + 32 * (uint64_t)i;
		two[i].length = 32;
		two[i].cookie = 8 + (uint64_t)i;
	}
	CHECK(dmaspan_submit_array(tx, two, 2) == 0);
	while (count < 3) {
		int got = dmaspan_wait(tx, done + count, 4 - (size_t)count, WAIT_MS);

		CHECK(got >= 1);
		count += got;
	}
	for (uint64_t i = 0; i < 3; i++) {
		CHECK_EQ(done[i].cookie, 7 + i);
		CHECK_EQ(done[i].length, 32);
	}
	CHECK_EQ(dmaspan_transfer(rx, in, 0, 96, WAIT_MS), 96);
	CHECK(filled(dmaspan_data(in), 96, 3));
	end();
}

static void cancels(void)
{
	struct dmaspan_completion done;

	begin();
	CHECK_EQ(dmaspan_cancel(rx), 0);
	CHECK(dmaspan_submit(rx, in, 0, 64, 1) == 0);
	CHECK_EQ(dmaspan_cancel(rx), 1);
	CHECK_EQ(dmaspan_wait(rx, &done, 1, 0), 1);
	CHECK_EQ(done.status, -ECANCELED);
	end();
}

static void opens(void)
{
	struct dmaspan_channel *ch = (void *)1;

	begin();
	CHECK_EQ(fcntl(dmaspan_channel_fd(tx), F_GETFD), FD_CLOEXEC);
	CHECK_EQ(dmaspan_channel_open(dev, "tx", DMASPAN_TO_DEVICE, &ch), -EBUSY);
	CHECK_EQ(dmaspan_channel_open(dev, NULL, DMASPAN_TO_DEVICE, &ch), -EBUSY);
	CHECK_EQ(dmaspan_channel_open(dev, "none", DMASPAN_TO_DEVICE, &ch), -ENOENT);
	CHECK_EQ(dmaspan_channel_open(dev, NULL, DMASPAN_BIDIRECTIONAL, &ch), -ENOENT);
	CHECK_EQ(dmaspan_channel_open(dev, NULL, (enum dmaspan_direction)3, &ch), -EINVAL);
	dmaspan_channel_close(tx);
	CHECK_EQ(dmaspan_channel_open(dev, "tx", DMASPAN_BIDIRECTIONAL, &ch), -EINVAL);
	CHECK_EQ(dmaspan_channel_open(dev, "tx", DMASPAN_FROM_DEVICE, &ch), -EINVAL);
	CHECK(ch == (void *)1);
	CHECK(dmaspan_channel_open(dev, "tx", DMASPAN_TO_DEVICE, &tx) == 0);
	dmaspan_channel_close(NULL);
	end();
}

static void bad_values(void)
{
	struct dmaspan_buffer_opts opts = { .size = sizeof(opts), .no_mapping = true };
	struct dmaspan_completion done;
	struct dmaspan_device *other;
	struct dmaspan_buffer *buf;

	begin();
	CHECK_EQ(dmaspan_submit(tx, out, 0, 0, 0), -EINVAL);
	CHECK_EQ(dmaspan_submit(tx, out, 2 * PAGE, 1, 0), -EINVAL);
	CHECK_EQ(dmaspan_submit(tx, out, SIZE_MAX, 2, 0), -EOVERFLOW);
	CHECK_EQ(dmaspan_submit(tx, in, 0, 16, 0), -EACCES);
	CHECK_EQ(dmaspan_submit(rx, out, 0, 16, 0), -EACCES);
	CHECK_EQ(dmaspan_submit_copy(rx, in, 0, out, 0, 16, 0), -EINVAL);
	CHECK_EQ(dmaspan_submit_array(tx, NULL, 1), -EINVAL);
	CHECK_EQ(dmaspan_wait(tx, NULL, 1, 0), -EINVAL);
	CHECK_EQ(dmaspan_wait(tx, &done, 0, 0), -EINVAL);
	CHECK_EQ(dmaspan_wait(tx, &done, 1, 0), -ETIMEDOUT);
	CHECK(dmaspan_alloc(dev, PAGE, &opts, &buf) == 0);
	CHECK_EQ(dmaspan_submit(tx, buf, 0, 16, 0), -ENOENT);
	dmaspan_free(buf);
	CHECK(dmaspan_open(NODE_NAME, &other) == 0);
	CHECK(dmaspan_alloc(other, PAGE, NULL, &buf) == 0);
	CHECK_EQ(dmaspan_submit(tx, buf, 0, 16, 0), -EXDEV);
	dmaspan_free(buf);
	dmaspan_close(other);
	end();
}

static const struct test_case cases[] = {
	CASE(transfers),
	CASE(transfer_times_out),
	CASE(submits_and_waits),
	CASE(cancels),
	CASE(opens),
	CASE(bad_values),
};

TEST_MAIN(cases)
