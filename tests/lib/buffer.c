// SPDX-License-Identifier: MIT
/* Buffers through the library. */
#include <dmaspan.h>

#include "harness.h"

static struct dmaspan_device *dev;

static void begin(void)
{
	CHECK(dmaspan_open(NODE_NAME, &dev) == 0);
}

static void end(void)
{
	dmaspan_close(dev);
}

static void defaults(void)
{
	struct dmaspan_buffer_info info;
	struct dmaspan_buffer *buf;

	begin();
	CHECK(dmaspan_alloc(dev, 10000, NULL, &buf) == 0);
	CHECK_EQ(dmaspan_length(buf), 3 * PAGE);
	CHECK(dmaspan_data(buf));
	CHECK(all_zero(dmaspan_data(buf), 3 * PAGE));
	CHECK(dmaspan_mapping(buf) != 0);
	CHECK_EQ(dmaspan_needs_sync(buf), is_bounce());
	CHECK_EQ(dmaspan_class(buf), test_mode() == MODE_PLAIN ? DMASPAN_CLASS_DIRECT :
		 is_bounce() ? DMASPAN_CLASS_BOUNCED : DMASPAN_CLASS_IOMMU);
	CHECK_EQ(fcntl(dmaspan_buffer_fd(buf), F_GETFD), FD_CLOEXEC);
	CHECK(dmaspan_buffer_query(buf, &info) == 0);
	CHECK_EQ(info.out_kind, DMASPAN_KIND_CACHED);
	CHECK_EQ(info.out_mappings, 1);
	CHECK_EQ(used_bytes(), 3 * PAGE + map_charge(3 * PAGE));
	dmaspan_free(buf);
	CHECK(used_becomes(0));
	end();
}

static void options(void)
{
	struct dmaspan_buffer_opts opts = { .size = sizeof(opts) };
	struct dmaspan_buffer_info info;
	struct dmaspan_segment segment;
	struct dmaspan_buffer *buf;

	begin();
	opts.kind = DMASPAN_KIND_WC;
	CHECK(dmaspan_alloc(dev, PAGE, &opts, &buf) == 0);
	CHECK(dmaspan_buffer_query(buf, &info) == 0);
	CHECK_EQ(info.out_kind, DMASPAN_KIND_WC);
	CHECK(!dmaspan_needs_sync(buf));
	dmaspan_free(buf);

	opts = (struct dmaspan_buffer_opts) { .size = sizeof(opts), .no_data = true };
	CHECK(dmaspan_alloc(dev, PAGE, &opts, &buf) == 0);
	CHECK(!dmaspan_data(buf));
	CHECK(dmaspan_mapping(buf) != 0);
	dmaspan_free(buf);

	opts = (struct dmaspan_buffer_opts) { .size = sizeof(opts), .no_mapping = true };
	CHECK(dmaspan_alloc(dev, PAGE, &opts, &buf) == 0);
	CHECK_EQ(dmaspan_mapping(buf), 0);
	CHECK(dmaspan_segments(buf, &segment, 1) <= 0);
	dmaspan_free(buf);

	opts = (struct dmaspan_buffer_opts) { .size = sizeof(opts), .contiguous = true };
	CHECK(dmaspan_alloc(dev, 100 * KIB, &opts, &buf) == 0);
	CHECK(dmaspan_buffer_query(buf, &info) == 0);
	CHECK_EQ(info.out_extents, 1);
	dmaspan_free(buf);
	end();
}

/* A caller of another release has a shorter or a longer struct. */
static void options_of_other_releases(void)
{
	struct {
		struct dmaspan_buffer_opts opts;
		unsigned char more[16];
	} longer = { .opts.size = sizeof(longer) };
	struct dmaspan_buffer *buf;

	begin();
	CHECK(dmaspan_alloc(dev, PAGE, &longer.opts, &buf) == 0);
	dmaspan_free(buf);
	longer.more[15] = 1;
	CHECK_EQ(dmaspan_alloc(dev, PAGE, &longer.opts, &buf), -E2BIG);
	longer.opts.size = 0;
	CHECK_EQ(dmaspan_alloc(dev, PAGE, &longer.opts, &buf), -EINVAL);
	longer.opts.size = offsetof(struct dmaspan_buffer_opts, contiguous);
	longer.opts.direction = DMASPAN_TO_DEVICE;
	longer.opts.contiguous = true;
	CHECK(dmaspan_alloc(dev, PAGE, &longer.opts, &buf) == 0);
	dmaspan_free(buf);
	end();
}

static void bad_values(void)
{
	struct dmaspan_buffer_opts opts = { .size = sizeof(opts) };
	struct dmaspan_buffer *buf = (void *)1;

	begin();
	CHECK_EQ(dmaspan_alloc(dev, 0, NULL, &buf), -EINVAL);
	CHECK_EQ(dmaspan_alloc(dev, SIZE_MAX, NULL, &buf), -EOVERFLOW);
	CHECK_EQ(dmaspan_alloc(dev, (size_t)1 << 40, NULL, &buf), -EDQUOT);
	opts.kind = 7;
	CHECK_EQ(dmaspan_alloc(dev, PAGE, &opts, &buf), -EOPNOTSUPP);
	opts.kind = 0;
	opts.direction = 7;
	CHECK_EQ(dmaspan_alloc(dev, PAGE, &opts, &buf), -EOPNOTSUPP);
	CHECK_EQ(dmaspan_import(dev, -1, NULL, &buf), -EBADF);
	CHECK_EQ(dmaspan_import(dev, STDOUT_FILENO, NULL, &buf), -EINVAL);
	/* Outputs are written on success only. */
	CHECK(buf == (void *)1);
	dmaspan_free(NULL);
	end();
}

static void imports(void)
{
	struct dmaspan_buffer_opts opts = { .size = sizeof(opts) };
	struct dmaspan_buffer *buf, *same;

	begin();
	CHECK(dmaspan_alloc(dev, 2 * PAGE, NULL, &buf) == 0);
	opts.direction = DMASPAN_TO_DEVICE;
	CHECK(dmaspan_import(dev, dmaspan_buffer_fd(buf), &opts, &same) == 0);
	CHECK(dmaspan_buffer_fd(buf) != dmaspan_buffer_fd(same));
	CHECK_EQ(dmaspan_length(same), 2 * PAGE);
	fill(dmaspan_data(buf), 2 * PAGE, 1);
	dmaspan_free(buf);
	CHECK(filled(dmaspan_data(same), 2 * PAGE, 1));
	CHECK_EQ(used_bytes(), 2 * PAGE + map_charge(2 * PAGE));
	dmaspan_free(same);
	CHECK(used_becomes(0));
	end();
}

static void imports_a_read_only_fd(void)
{
	struct dmaspan_buffer_opts opts = {
		.size = sizeof(opts), .direction = DMASPAN_TO_DEVICE,
	};
	struct dmaspan_buffer *buf;
	int fd;

	begin();
	CHECK(do_alloc_flags(dmaspan_device_fd(dev), 0, 0, O_RDONLY | O_CLOEXEC, PAGE,
			     &fd) == 0);
	CHECK_EQ(dmaspan_import(dev, fd, NULL, &buf), -EACCES);
	CHECK(dmaspan_import(dev, fd, &opts, &buf) == 0);
	CHECK(all_zero(dmaspan_data(buf), PAGE));
	dmaspan_free(buf);
	close(fd);
	end();
}

static void segments(void)
{
	struct dmaspan_segment all[64], first;
	struct dmaspan_buffer *buf;
	uint64_t sum = 0;
	int count;

	begin();
	CHECK(dmaspan_alloc(dev, 600 * KIB, NULL, &buf) == 0);
	count = dmaspan_segments(buf, NULL, 0);
	CHECK(count >= 1 && count <= (int)ARRAY_SIZE(all));
	memset(all, 0x55, sizeof(all));
	CHECK_EQ(dmaspan_segments(buf, all, ARRAY_SIZE(all)), count);
	for (int i = 0; i < count; i++)
		sum += all[i].length;
	CHECK_EQ(sum, dmaspan_length(buf));
	CHECK_EQ(dmaspan_segments(buf, &first, 1), count);
	CHECK_EQ(first.address, all[0].address);
	CHECK_EQ(first.length, all[0].length);
	dmaspan_free(buf);
	end();
}

/* A view of a huge buffer is made at once, where huge entries fit. */
static void no_faults_later(void)
{
	struct dmaspan_buffer_info info;
	struct dmaspan_buffer *buf;

	begin();
	CHECK(dmaspan_alloc(dev, 8 * MIB, NULL, &buf) == 0);
	CHECK(dmaspan_buffer_query(buf, &info) == 0);
	if (info.out_huge)
		CHECK_EQ((uintptr_t)dmaspan_data(buf) & (info.out_huge - 1), 0);
	CHECK(all_zero(dmaspan_data(buf), dmaspan_length(buf)));
	dmaspan_free(buf);
	end();
}

static const struct test_case cases[] = {
	CASE(defaults),
	CASE(options),
	CASE(options_of_other_releases),
	CASE(bad_values),
	CASE(imports),
	CASE(imports_a_read_only_fd),
	CASE(segments),
	CASE(no_faults_later),
};

TEST_MAIN(cases)
