// SPDX-License-Identifier: MIT
/* Syncs through the library: exact, and no system call where none is needed. */
#include <dmaspan.h>
#include <stdarg.h>
#include <sys/syscall.h>

#include "harness.h"

static unsigned int calls;

/* The library's only way into the kernel, counted */
int ioctl(int fd, unsigned long request, ...)
{
	va_list args;
	void *arg;

	va_start(args, request);
	arg = va_arg(args, void *);
	va_end(args);
	calls++;
	return (int)syscall(SYS_ioctl, fd, request, arg);
}

static struct dmaspan_device *dev;
static struct dmaspan_buffer *buf;

static void begin(uint32_t kind)
{
	struct dmaspan_buffer_opts opts = { .size = sizeof(opts), .kind = kind };

	CHECK(dmaspan_open(NODE_NAME, &dev) == 0);
	CHECK(dmaspan_alloc(dev, 4 * PAGE, &opts, &buf) == 0);
	CHECK(calls > 0);
	calls = 0;
}

static void end(void)
{
	dmaspan_free(buf);
	dmaspan_close(dev);
}

static void only_where_needed(uint32_t kind)
{
	const struct dmaspan_range ranges[] = { { 0, 16 }, { PAGE, PAGE } };

	begin(kind);
	CHECK(dmaspan_sync_for_device(buf, 0, PAGE) == 0);
	CHECK(dmaspan_sync_for_cpu(buf, PAGE, 1) == 0);
	CHECK(dmaspan_sync_ranges(buf, DMASPAN_SYNC_FOR_CPU, ranges, 2) == 0);
	CHECK_EQ(calls, dmaspan_needs_sync(buf) ? 3 : 0);
	CHECK_EQ(dmaspan_needs_sync(buf), is_bounce() && kind == DMASPAN_KIND_CACHED);
	end();
}

static void only_where_needed_cached(void)
{
	only_where_needed(DMASPAN_KIND_CACHED);
}

static void only_where_needed_coherent(void)
{
	only_where_needed(DMASPAN_KIND_COHERENT);
}

/* The same errors whether or not a sync is needed */
static void bad_ranges(void)
{
	const struct dmaspan_range range = { 0, PAGE };

	for (uint32_t kind = 0; kind < 3; kind++) {
		begin(kind);
		CHECK_EQ(dmaspan_sync_for_device(buf, 0, 0), -EINVAL);
		CHECK_EQ(dmaspan_sync_for_device(buf, 0, 4 * PAGE + 1), -EINVAL);
		CHECK_EQ(dmaspan_sync_for_cpu(buf, 4 * PAGE, 1), -EINVAL);
		CHECK_EQ(dmaspan_sync_for_cpu(buf, SIZE_MAX, 2), -EOVERFLOW);
		CHECK_EQ(dmaspan_sync_ranges(buf, 0, &range, 1), -EINVAL);
		CHECK_EQ(dmaspan_sync_ranges(buf, 3, &range, 1), -EINVAL);
		CHECK_EQ(dmaspan_sync_ranges(buf, 1, &range, 0), -EINVAL);
		CHECK_EQ(dmaspan_sync_ranges(buf, 1, &range, DMASPAN_MAX_RANGES + 1),
			 -EINVAL);
		CHECK(dmaspan_sync_ranges(buf, 1, &range, 1) == 0);
		end();
	}
}

static const struct test_case cases[] = {
	CASE(only_where_needed_cached),
	CASE(only_where_needed_coherent),
	CASE(bad_ranges),
};

TEST_MAIN(cases)
