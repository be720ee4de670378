// SPDX-License-Identifier: MIT
/* Memory is zero before a program sees it, whoever had it before.  timeout: 200 */
#include "user.h"
#include "virt.h"

#define DIRT	0xd7
#define POISON	0xaa	/* free pages, on a kernel with page_poison */
#define MANY	12	/* buffers that are dirty at the same time */

static const size_t lengths[] = {
	PAGE, 3 * PAGE, 17 * PAGE, 64 * PAGE, 2 * MIB + PAGE,
};

static int alloc(int node, uint32_t kind, uint32_t flags, size_t length)
{
	int fd;

	CHECK(do_alloc_flags(node, kind, flags, O_RDWR | O_CLOEXEC, length, &fd) == 0);
	return fd;
}

/* An opener that writes all over its memory, lets the device see it, and leaves */
static void dirty(uint32_t kind, uint32_t flags, size_t length, unsigned int count)
{
	int node = node_open(O_RDWR), fds[MANY];
	struct dmaspan_map map;

	for (unsigned int i = 0; i < count; i++) {
		void *data;

		fds[i] = alloc(node, kind, flags, length);
		data = view(fds[i], length);
		memset(data, DIRT, length);
		CHECK(do_map(node, fds[i], DMASPAN_BIDIRECTIONAL, &map) == 0);
		CHECK(do_sync(node, map.out_mapping, DMASPAN_SYNC_FOR_DEVICE, 0, length) == 0);
		munmap(data, length);
	}
	while (count--)
		close(fds[count]);
	close(node);
	CHECK(used_becomes(0));
}

static uint64_t looks;

/* Through a view, and after every hand-over that a new mapping allows */
static void is_fresh(uint32_t kind, uint32_t flags, size_t length)
{
	int node = node_open(O_RDWR), fd = alloc(node, kind, flags, length);
	unsigned char *data = view(fd, length);
	struct dmaspan_map map;

	CHECK(all_zero(data, length));
	for (uint32_t direction = 0; direction < 3; direction++) {
		CHECK(do_map(node, fd, direction, &map) == 0);
		CHECK(do_sync(node, map.out_mapping, DMASPAN_SYNC_FOR_CPU, 0, length) == 0);
		CHECK(all_zero(data, length));
		CHECK(do_unmap(node, map.out_mapping) == 0);
		CHECK(all_zero(data, length));
	}
	munmap(data, length);
	close(fd);
	close(node);
	looks++;
}

static void reused(uint32_t kind, uint32_t flags)
{
	looks = 0;
	for (size_t i = 0; i < ARRAY_SIZE(lengths); i++) {
		bool large = lengths[i] >= 2 * MIB;

		/* One block of pages is at most a huge page; see the header. */
		if (flags && lengths[i] > MIB)
			continue;
		for (unsigned int n = 0; n < test_rounds(1); n++) {
			dirty(kind, flags, lengths[i], large ? 2 : MANY);
			for (unsigned int k = 0; k < (large ? 2 : MANY / 2); k++)
				is_fresh(kind, flags, lengths[i]);
		}
	}
	test_count("fresh_looks", looks);
}

static void cached(void)
{
	reused(DMASPAN_KIND_CACHED, 0);
}

static void coherent(void)
{
	reused(DMASPAN_KIND_COHERENT, 0);
}

static void write_combined(void)
{
	reused(DMASPAN_KIND_WC, 0);
}

static void contiguous(void)
{
	reused(DMASPAN_KIND_CACHED, DMASPAN_ALLOC_CONTIGUOUS);
}

/* What one kind has dirtied comes back as another, and program's own memory as a buffer. */
static void of_another_kind(void)
{
	for (unsigned int n = 0; n < test_rounds(2); n++) {
		unsigned char *own = mmap(NULL, 4 * MIB, PROT_READ | PROT_WRITE,
					  MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

		CHECK(own != MAP_FAILED);
		memset(own, DIRT, 4 * MIB);
		munmap(own, 4 * MIB);
		for (uint32_t from = 0; from < 3; from++) {
			dirty(from, 0, 16 * PAGE, MANY);
			for (uint32_t to = 0; to < 3; to++)
				is_fresh(to, 0, 16 * PAGE);
		}
	}
}

/* The block behind a contiguous buffer is rounded up; the rest of it is nobody's to see. */
static void tail_of_a_block(void)
{
	int node = node_open(O_RDWR), fd;

	dirty(DMASPAN_KIND_CACHED, DMASPAN_ALLOC_CONTIGUOUS, 4 * PAGE, MANY);
	fd = alloc(node, DMASPAN_KIND_CACHED, DMASPAN_ALLOC_CONTIGUOUS, 3 * PAGE);
	CHECK_ERRNO((long)mmap(NULL, 4 * PAGE, PROT_READ, MAP_SHARED, fd, 0), EINVAL);
	CHECK_ERRNO((long)mmap(NULL, PAGE, PROT_READ, MAP_SHARED, fd, 3 * PAGE), EINVAL);
	close(fd);
	close(node);
}

/* Only what the completion says was written is not zero. */
static void only_so_much_is_written(const struct span *span, uint64_t offset, uint64_t moved)
{
	CHECK(all_zero(span->data, offset));
	CHECK(all_zero(span->data + offset + moved, span->length - offset - moved));
}

static bool no_dirt(const unsigned char *data, size_t length)
{
	static const unsigned char dirt[] = { DIRT, DIRT, DIRT, DIRT };
	unsigned char poison[16];

	memset(poison, POISON, sizeof(poison));
	return !memmem(data, length, dirt, sizeof(dirt)) &&
	       !memmem(data, length, poison, sizeof(poison));
}

static void transfers_that_end(const char *knob)
{
	struct stream s;

	for (uint32_t n = 0; n < test_rounds(4); n++) {
		struct dmaspan_completion done;
		uint64_t offset = n * 100 * SAMPLE;

		dirty(DMASPAN_KIND_CACHED, 0, 4 * PAGE, 4);
		knobs_reset();
		stream_open(&s, "source", 4 * PAGE);
		knob_set(knob, 1);
		CHECK(do_sync(s.node, s.span.map.out_mapping, DMASPAN_SYNC_FOR_DEVICE, 0,
			      s.span.length) == 0);
		CHECK(stream_submit(&s, offset, 2 * PAGE, 1) == 0);
		CHECK(do_wait(s.channel, &done, WAIT_MS) == 0);
		CHECK(done.status || done.length < 2 * PAGE);
		CHECK(do_sync(s.node, s.span.map.out_mapping, DMASPAN_SYNC_FOR_CPU, 0,
			      s.span.length) == 0);
		/* Of one that failed it says what is certain: more may be there. */
		only_so_much_is_written(&s.span, offset, done.status ? 2 * PAGE : done.length);
		CHECK(no_dirt(s.span.data, s.span.length));
		stream_close(&s);
	}
	knobs_reset();
	findings_clear();
}

static void short_transfers(void)
{
	transfers_that_end("short_nth");
}

static void failed_transfers(void)
{
	transfers_that_end("fail_nth");
}

/* A device writes whole lines or bounce slots at most in its own copy: the rest stays as it was. */
static void around_what_is_written(void)
{
	struct stream s;

	for (unsigned int n = 0; n < test_rounds(4); n++) {
		dirty(DMASPAN_KIND_CACHED, 0, 4 * PAGE, 4);
		stream_open(&s, "source", 4 * PAGE);
		stream_move(&s, PAGE + 100, 3 * SAMPLE);
		CHECK(do_sync(s.node, s.span.map.out_mapping, DMASPAN_SYNC_FOR_CPU, 0,
			      s.span.length) == 0);
		only_so_much_is_written(&s.span, PAGE + 100, 3 * SAMPLE);
		stream_close(&s);
	}
	findings_clear();
}

static const struct test_case cases[] = {
	CASE(cached),
	CASE(coherent),
	CASE(write_combined),
	CASE(contiguous),
	CASE(of_another_kind),
	CASE(tail_of_a_block),
	VIRT_CASE(short_transfers),
	VIRT_CASE(failed_transfers),
	VIRT_CASE(around_what_is_written),
};

int main(void)
{
	return test_main_by_device(cases, ARRAY_SIZE(cases));
}
