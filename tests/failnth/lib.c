// SPDX-License-Identifier: MIT
/*
 * The library: a function that fails returns the errno and leaves nothing, no
 * memory of the process either.
 */
#include <dmaspan.h>
#include <malloc.h>

#include "failnth.h"

#define LENGTH	(4 * PAGE)

static struct dmaspan_device *dev;
static struct dmaspan_buffer *buf, *other;
static struct dmaspan_channel *ch;
static struct dmaspan_buffer_opts opts;
static char **names;
static size_t heap;	/* bytes */
static int fd;

/* As a system call says it */
static int result(int64_t ret)
{
	if (ret >= 0)
		return 0;
	errno = (int)-ret;
	return -1;
}

static void check_heap(void)
{
	size_t now = mallinfo2().uordblks;

	if (heap)
		CHECK_EQ(now, heap);
	heap = now;
}

static void begin(void)
{
	CHECK(dmaspan_open(device_name(), &dev) == 0);
}

static void end(void)
{
	dmaspan_close(dev);
}

static int call_list(void)
{
	return result(dmaspan_list(&names));
}

static void free_list(void)
{
	dmaspan_list_free(names);
	check_heap();
}

static void lists(void)
{
	const struct action action = {
		.call = call_list,
		.undo = free_list,
		.failed = check_heap,
		.errnos = { ENOMEM, EFAULT },
	};

	failnth(-1, &action);
}

static int call_open(void)
{
	return result(dmaspan_open(device_name(), &dev));
}

static void close_dev(void)
{
	dmaspan_close(dev);
	check_heap();
}

static void opens(void)
{
	const struct action action = {
		.call = call_open,
		.undo = close_dev,
		.failed = check_heap,
		.errnos = { ENOMEM, EFAULT },
	};

	failnth(-1, &action);
}

static int call_alloc(void)
{
	return result(dmaspan_alloc(dev, LENGTH, &opts, &buf));
}

static void free_buf(void)
{
	dmaspan_free(buf);
	check_heap();
}

static void allocates(enum dmaspan_kind kind)
{
	const struct action action = {
		.call = call_alloc,
		.undo = free_buf,
		.failed = check_heap,
		.errnos = { ENOMEM, EFAULT },
	};

	opts = (struct dmaspan_buffer_opts) { .size = sizeof(opts), .kind = kind };
	begin();
	failnth(dmaspan_device_fd(dev), &action);
	end();
}

static void allocates_cached(void)
{
	allocates(DMASPAN_KIND_CACHED);
}

static void allocates_coherent(void)
{
	allocates(DMASPAN_KIND_COHERENT);
}

static int call_import(void)
{
	return result(dmaspan_import(dev, fd, NULL, &buf));
}

static void imports(void)
{
	const struct action action = {
		.call = call_import,
		.undo = free_buf,
		.failed = check_heap,
		.errnos = { ENOMEM, EFAULT },
	};

	begin();
	CHECK(do_alloc(dmaspan_device_fd(dev), DMASPAN_KIND_CACHED, LENGTH, &fd) == 0);
	failnth(dmaspan_device_fd(dev), &action);
	close(fd);
	end();
}

static int call_segments(void)
{
	struct dmaspan_segment segments[4];

	return result(dmaspan_segments(buf, segments, ARRAY_SIZE(segments)));
}

static void lists_segments(void)
{
	const struct action action = {
		.call = call_segments,
		.undo = check_heap,
		.failed = check_heap,
		.errnos = { ENOMEM, EFAULT },
	};

	begin();
	CHECK(dmaspan_alloc(dev, LENGTH, NULL, &buf) == 0);
	failnth(dmaspan_device_fd(dev), &action);
	dmaspan_free(buf);
	end();
}

static enum dmaspan_direction direction;

static int call_channel_open(void)
{
	return result(dmaspan_channel_open(dev, NULL, direction, &ch));
}

static void close_channel(void)
{
	dmaspan_channel_close(ch);
	check_heap();
}

static void opens_channel(void)
{
	const struct action action = {
		.call = call_channel_open,
		.undo = close_channel,
		.failed = check_heap,
		.errnos = { ENOMEM, EFAULT },
	};

	direction = DMASPAN_FROM_DEVICE;
	begin();
	failnth(dmaspan_device_fd(dev), &action);
	end();
}

/*
 * Whatever failed, nothing is queued, and no completion waits for the next. What
 * the device wrote is taken: a sync for it may be what failed.
 */
static void nothing_queued(void)
{
	struct dmaspan_completion done;

	CHECK(dmaspan_sync_for_cpu(buf, 0, LENGTH) == 0);
	CHECK_EQ(dmaspan_cancel(ch), 0);
	CHECK_EQ(dmaspan_wait(ch, &done, 1, 0), -ETIMEDOUT);
	check_heap();
}

/*
 * ETIMEDOUT: without a clock that can be read in user space the time is copied
 * out by the kernel, and may be wrong when that is what fails.
 */
static int call_copy(void)
{
	return result(dmaspan_copy(ch, buf, 0, other, 0, LENGTH, WAIT_MS));
}

static void same_data(void)
{
	CHECK(!memcmp(dmaspan_data(buf), dmaspan_data(other), LENGTH));
	nothing_queued();
}

static void new_data(void)
{
	static unsigned int seed;

	fill(dmaspan_data(other), LENGTH, ++seed);
}

static void copies(void)
{
	const struct action action = {
		.prepare = new_data,
		.call = call_copy,
		.undo = same_data,
		.failed = nothing_queued,
		.errnos = { ENOMEM, EFAULT, EOPNOTSUPP, ETIMEDOUT },
	};

	begin();
	CHECK(dmaspan_channel_open(dev, NULL, DMASPAN_BIDIRECTIONAL, &ch) == 0);
	opts = (struct dmaspan_buffer_opts) { .size = sizeof(opts) };
	opts.direction = DMASPAN_FROM_DEVICE;
	CHECK(dmaspan_alloc(dev, LENGTH, &opts, &buf) == 0);
	opts.direction = DMASPAN_TO_DEVICE;
	CHECK(dmaspan_alloc(dev, LENGTH, &opts, &other) == 0);
	failnth(dmaspan_device_fd(dev), &action);
	dmaspan_channel_close(ch);
	dmaspan_free(other);
	dmaspan_free(buf);
	end();
}

static int call_capture(void)
{
	return result(dmaspan_transfer(ch, buf, 0, LENGTH, WAIT_MS));
}

static void captures(void)
{
	const struct action action = {
		.call = call_capture,
		.undo = nothing_queued,
		.failed = nothing_queued,
		.errnos = { ENOMEM, EFAULT, EOPNOTSUPP, ETIMEDOUT },
	};

	begin();
	CHECK(dmaspan_channel_open(dev, "source", DMASPAN_FROM_DEVICE, &ch) == 0);
	opts = (struct dmaspan_buffer_opts) { .size = sizeof(opts) };
	opts.direction = DMASPAN_FROM_DEVICE;
	CHECK(dmaspan_alloc(dev, LENGTH, &opts, &buf) == 0);
	failnth(dmaspan_device_fd(dev), &action);
	dmaspan_channel_close(ch);
	dmaspan_free(buf);
	end();
}

static const struct test_case cases[] = {
	CASE(lists),
	CASE(opens),
	CASE(allocates_cached),
	CASE(allocates_coherent),
	CASE(imports),
	CASE(lists_segments),
	CASE(opens_channel),
	VIRT_CASE(copies),
	VIRT_CASE(captures),
};

int main(int argc, char *argv[])
{
	/* What malloc() keeps for a thread would count as used. */
	if (argc && !getenv("GLIBC_TUNABLES")) {
		setenv("GLIBC_TUNABLES", "glibc.malloc.tcache_count=0", 1);
		execv("/proc/self/exe", argv);
		return EXIT_FAILURE;
	}
	return failnth_main(cases, ARRAY_SIZE(cases));
}
