// SPDX-License-Identifier: MIT
/* Memory-to-memory channels through the library, on dmaspan_virt's device. */
#include <dmaspan.h>

#include "harness.h"

#define LENGTH	(64 * PAGE)

static struct dmaspan_device *dev;
static struct dmaspan_channel *ch;
static struct dmaspan_buffer *src, *dst;

static void begin(void)
{
	struct dmaspan_buffer_opts opts = { .size = sizeof(opts) };

	CHECK(dmaspan_open(VIRT_NAME, &dev) == 0);
	CHECK(dmaspan_channel_open(dev, NULL, DMASPAN_BIDIRECTIONAL, &ch) == 0);
	opts.direction = DMASPAN_TO_DEVICE;
	CHECK(dmaspan_alloc(dev, LENGTH, &opts, &src) == 0);
	opts.direction = DMASPAN_FROM_DEVICE;
	CHECK(dmaspan_alloc(dev, LENGTH, &opts, &dst) == 0);
}

static void end(void)
{
	dmaspan_free(dst);
	dmaspan_free(src);
	dmaspan_channel_close(ch);
	dmaspan_close(dev);
}

static void copies(void)
{
	char *to, *from;

	begin();
	to = dmaspan_data(dst);
	from = dmaspan_data(src);
	fill(from, LENGTH, 1);
	CHECK_EQ(dmaspan_copy(ch, dst, 0, src, 0, LENGTH, WAIT_MS), LENGTH);
	CHECK(!memcmp(to, from, LENGTH));
	fill(from, LENGTH, 2);
	CHECK_EQ(dmaspan_copy(ch, dst, 4097, src, 5, 12345, -1), 12345);
	CHECK(!memcmp(to + 4097, from + 5, 12345));
	CHECK(filled(to, 4097, 1));
	end();
}

static void copies_within_a_buffer(void)
{
	struct dmaspan_buffer *buf;
	char *data;

	begin();
	CHECK(dmaspan_alloc(dev, LENGTH, NULL, &buf) == 0);
	data = dmaspan_data(buf);
	fill(data, LENGTH, 3);
	CHECK_EQ(dmaspan_copy(ch, buf, LENGTH / 2, buf, 0, LENGTH / 2, WAIT_MS), LENGTH / 2);
	CHECK(!memcmp(data, data + LENGTH / 2, LENGTH / 2));
	CHECK_EQ(dmaspan_copy(ch, buf, 1, buf, 0, 2, WAIT_MS), -EINVAL);
	dmaspan_free(buf);
	end();
}

static void submits_and_waits(void)
{
	struct dmaspan_completion done[16];
	int count = 0;

	begin();
	fill(dmaspan_data(src), LENGTH, 4);
	CHECK(dmaspan_sync_for_device(src, 0, LENGTH) == 0);
	CHECK(dmaspan_sync_for_device(dst, 0, LENGTH) == 0);
	for (uint64_t i = 0; i < 16; i++)
		CHECK(dmaspan_submit_copy(ch, dst, i * PAGE, src, i * PAGE, PAGE, i) == 0);
	while (count < 16) {
		int got = dmaspan_wait(ch, done + count, 16 - (size_t)count, WAIT_MS);

		CHECK(got >= 1);
		count += got;
	}
	CHECK(dmaspan_sync_for_cpu(dst, 0, LENGTH) == 0);
	for (uint64_t i = 0; i < 16; i++) {
		CHECK_EQ(done[i].cookie, i);
		CHECK_EQ(done[i].status, 0);
		CHECK_EQ(done[i].length, PAGE);
	}
	CHECK(filled(dmaspan_data(dst), 16 * PAGE, 4));
	CHECK(all_zero((char *)dmaspan_data(dst) + 16 * PAGE, LENGTH - 16 * PAGE));
	end();
}

static void opens(void)
{
	struct dmaspan_channel *other;

	begin();
	CHECK(!strncmp(dmaspan_channel_name(ch), "copy", 4));
	CHECK(dmaspan_channel_open(dev, NULL, DMASPAN_BIDIRECTIONAL, &other) == 0);
	CHECK(!strncmp(dmaspan_channel_name(other), "copy", 4));
	CHECK(strcmp(dmaspan_channel_name(other), dmaspan_channel_name(ch)));
	dmaspan_channel_close(other);
	CHECK(dmaspan_channel_open(dev, NULL, DMASPAN_TO_DEVICE, &other) == 0);
	CHECK(!strcmp(dmaspan_channel_name(other), "sink"));
	dmaspan_channel_close(other);
	CHECK_EQ(dmaspan_channel_open(dev, "copy1", DMASPAN_TO_DEVICE, &other), -EINVAL);
	CHECK_EQ(dmaspan_channel_open(dev, "sink", DMASPAN_BIDIRECTIONAL, &other), -EINVAL);
	end();
}

static void bad_values(void)
{
	struct dmaspan_buffer_opts opts = { .size = sizeof(opts), .no_mapping = true };
	struct dmaspan_device *other;
	struct dmaspan_buffer *buf;

	begin();
	CHECK_EQ(dmaspan_submit(ch, dst, 0, 16, 0), -ENOENT);
	CHECK_EQ(dmaspan_submit_copy(ch, dst, 0, src, 0, 0, 0), -EINVAL);
	CHECK_EQ(dmaspan_submit_copy(ch, dst, LENGTH, src, 0, 1, 0), -EINVAL);
	CHECK_EQ(dmaspan_submit_copy(ch, dst, 0, src, LENGTH, 1, 0), -EINVAL);
	CHECK_EQ(dmaspan_submit_copy(ch, dst, 0, src, SIZE_MAX, 2, 0), -EOVERFLOW);
	CHECK_EQ(dmaspan_submit_copy(ch, src, 0, dst, 0, 16, 0), -EACCES);
	CHECK(dmaspan_alloc(dev, PAGE, &opts, &buf) == 0);
	CHECK_EQ(dmaspan_submit_copy(ch, buf, 0, src, 0, 16, 0), -ENOENT);
	CHECK_EQ(dmaspan_submit_copy(ch, dst, 0, buf, 0, 16, 0), -ENOENT);
	CHECK_EQ(dmaspan_copy(ch, dst, 0, buf, 0, 16, 0), -ENOENT);
	dmaspan_free(buf);
	CHECK(dmaspan_open(VIRT_NAME, &other) == 0);
	CHECK(dmaspan_alloc(other, PAGE, NULL, &buf) == 0);
	CHECK_EQ(dmaspan_submit_copy(ch, dst, 0, buf, 0, 16, 0), -EXDEV);
	CHECK_EQ(dmaspan_submit_copy(ch, buf, 0, src, 0, 16, 0), -EXDEV);
	dmaspan_free(buf);
	dmaspan_close(other);
	end();
}

static const struct test_case cases[] = {
	CASE(copies),
	CASE(copies_within_a_buffer),
	CASE(submits_and_waits),
	CASE(opens),
	CASE(bad_values),
};

int main(void)
{
	test_device(VIRT_NAME);
	return test_main(cases, ARRAY_SIZE(cases));
}
