// SPDX-License-Identifier: MIT
/* Devices through the library, and errors in words. */
#include <dmaspan.h>

#include "harness.h"

static void lists(void)
{
	char **names;
	int count = dmaspan_list(&names);

	CHECK(count >= 1);
	CHECK(!strcmp(names[0], NODE_NAME));
	for (int i = 1; i < count; i++)
		CHECK(strcmp(names[i - 1], names[i]) < 0);
	CHECK(!names[count]);
	dmaspan_list_free(names);
	dmaspan_list_free(NULL);
}

static void opens(void)
{
	struct dmaspan_device *dev;
	struct dmaspan_info info;

	CHECK(dmaspan_open(NODE_NAME, &dev) == 0);
	CHECK_EQ(fcntl(dmaspan_device_fd(dev), F_GETFD), FD_CLOEXEC);
	CHECK(dmaspan_device_info(dev, &info) == 0);
	CHECK(!strcmp(info.out_name, NODE_NAME));
	dmaspan_close(dev);
	CHECK(dmaspan_open(NODE_PATH, &dev) == 0);
	dmaspan_close(dev);
	dmaspan_close(NULL);
}

static void opens_for_reading(void)
{
	struct dmaspan_channel_info channel;
	struct dmaspan_buffer *buf;
	struct dmaspan_device *dev;
	struct dmaspan_info info;

	CHECK(dmaspan_open_readonly(NODE_NAME, &dev) == 0);
	CHECK(dmaspan_device_info(dev, &info) == 0);
	CHECK(dmaspan_device_channel(dev, 0, &channel) == 0);
	CHECK_EQ(dmaspan_alloc(dev, PAGE, NULL, &buf), -EACCES);
	dmaspan_close(dev);
}

static void opens_nothing_else(void)
{
	struct dmaspan_device *dev = (void *)1;
	char longest[5000];

	memset(longest, 'x', sizeof(longest));
	longest[sizeof(longest) - 1] = 0;
	CHECK_EQ(dmaspan_open("nothing", &dev), -ENOENT);
	CHECK_EQ(dmaspan_open("", &dev), -EINVAL);
	CHECK_EQ(dmaspan_open("/dev/null", &dev), -ENOTTY);
	CHECK_EQ(dmaspan_open("/dev/dmaspan", &dev), -EISDIR);
	CHECK_EQ(dmaspan_open(longest, &dev), -ENAMETOOLONG);
	CHECK(dev == (void *)1);
}

static void channels(void)
{
	struct dmaspan_channel_info info;
	struct dmaspan_device *dev;
	unsigned int i;

	CHECK(dmaspan_open(NODE_NAME, &dev) == 0);
	for (i = 0; dmaspan_device_channel(dev, i, &info) == 0; i++)
		CHECK(!strcmp(info.out_name, "tx") || !strcmp(info.out_name, "rx"));
	CHECK_EQ(i, 2);
	CHECK_EQ(dmaspan_device_channel(dev, i, &info), -ENOENT);
	dmaspan_close(dev);
}

static void errors_in_words(void)
{
	static const int errors[] = {
		ENOTTY, E2BIG, EFAULT, EINVAL, EOPNOTSUPP, EOVERFLOW, ENOENT, EBADF,
		EACCES, EXDEV, EBUSY, EMSGSIZE, ENOMEM, EDQUOT, EMFILE, ERANGE, EAGAIN,
		ECANCELED, EIO, ENODEV,
	};

	for (size_t i = 0; i < ARRAY_SIZE(errors); i++) {
		const char *text = dmaspan_strerror(-errors[i]);

		CHECK(text && strlen(text) > 4);
		CHECK(!strchr(text, '\n'));
		for (size_t j = 0; j < i; j++)
			CHECK(strcmp(text, dmaspan_strerror(-errors[j])));
	}
	CHECK(dmaspan_strerror(0));
	CHECK(dmaspan_strerror(-99999));
	CHECK(dmaspan_strerror(99999));
}

static const struct test_case cases[] = {
	CASE(lists),
	CASE(opens),
	CASE(opens_for_reading),
	CASE(opens_nothing_else),
	CASE(channels),
	CASE(errors_in_words),
};

TEST_MAIN(cases)
