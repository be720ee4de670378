// SPDX-License-Identifier: MIT
/* Memory-to-memory channels, on dmaspan_virt's device: SUBMIT with a source. */
#include "harness.h"

#define LENGTH	(5 * MIB + 3 * PAGE)	/* of more than one block */
#define BATCH	256

static struct copies w;

static void ranges(uint32_t kind)
{
	static const struct {
		size_t to, from, length;
	} moves[] = {
		{ 0, 0, 1 }, { 1, 0, 1 }, { 4095, 1, 2 }, { 3, 7, 4096 },
		{ 2 * PAGE, PAGE, PAGE }, { PAGE - 1, 5 * PAGE + 1, 3 * PAGE + 3 },
		{ 12345, 54321, 7777 }, { 32 * PAGE - 1, 1, 1 }, { 0, 0, 32 * PAGE },
		{ 1, 0, 32 * PAGE - 1 }, { 0, 1, 32 * PAGE - 1 },
	};

	copies_open(&w, kind, 32 * PAGE);
	for (size_t i = 0; i < ARRAY_SIZE(moves); i++) {
		copies_fill(&w, i);
		copies_blank(&w);
		copies_move(&w, moves[i].to, moves[i].from, moves[i].length);
	}
	copies_close(&w);
}

static void ranges_cached(void)
{
	ranges(DMASPAN_KIND_CACHED);
}

static void ranges_coherent(void)
{
	ranges(DMASPAN_KIND_COHERENT);
}

static void ranges_wc(void)
{
	ranges(DMASPAN_KIND_WC);
}

static uint64_t second_segment(const struct span *span)
{
	static struct dmaspan_segment segments[LENGTH / PAGE];
	uint32_t count;

	CHECK(do_segments(span->node, span->map.out_mapping, segments,
			  ARRAY_SIZE(segments), &count) == 0);
	test_note("%u segments", count);
	return count > 1 ? segments[0].length : span->length / 2;
}

static void across_segments(void)
{
	size_t from, to;

	copies_open(&w, DMASPAN_KIND_CACHED, LENGTH);
	from = second_segment(&w.src);
	to = second_segment(&w.dst);
	copies_fill(&w, 1);
	copies_blank(&w);
	copies_move(&w, 11, from - 100, 200);
	copies_blank(&w);
	copies_move(&w, to - 100, 77, 200);
	copies_blank(&w);
	copies_move(&w, to - 1000, from - 999, 3000);
	copies_blank(&w);
	copies_move(&w, 0, 0, LENGTH);
	copies_blank(&w);
	copies_move(&w, 13, 0, LENGTH - 13);
	copies_blank(&w);
	copies_move(&w, 0, PAGE + 1, LENGTH - PAGE - 1);
	copies_close(&w);
}

/* Each to another place, in one call */
static void a_batch(void)
{
	static struct dmaspan_transfer batch[BATCH];
	const size_t each = 3001;

	copies_open(&w, DMASPAN_KIND_CACHED, MIB);
	copies_fill(&w, 2);
	copies_blank(&w);
	for (size_t i = 0; i < BATCH; i++) {
		batch[i] = copies_transfer(&w, (BATCH - 1 - i) * 4000 + 5, i * each, each - i);
		batch[i].cookie = UINT64_MAX - i;
	}
	CHECK(do_submit_array(w.channel, batch, BATCH) == 0);
	for (size_t i = 0; i < BATCH; i++)
		copy_ended(w.channel, &batch[i]);
	/* Only what was written: a bounce buffer holds nothing else. */
	for (size_t i = 0; i < BATCH; i++)
		hand_over(&w.dst, DMASPAN_SYNC_FOR_CPU, batch[i].offset, batch[i].length);
	for (size_t i = 0; i < BATCH; i++)
		CHECK(copies_arrived(&w, batch[i].offset, batch[i].src_offset, batch[i].length));
	copies_close(&w);
}

static void two_channels(void)
{
	static struct dmaspan_transfer batch[2][32];
	const size_t each = 32 * KIB;
	int channels[2];

	copies_open(&w, DMASPAN_KIND_CACHED, 2 * 32 * each);
	channels[0] = w.channel;
	CHECK(do_channel_open(w.node, "copy1", O_CLOEXEC, &channels[1]) == 0);
	copies_fill(&w, 3);
	copies_blank(&w);
	for (size_t i = 0; i < 64; i++) {
		batch[i % 2][i / 2] = copies_transfer(&w, i * each + 1, (63 - i) * each, each - 1);
		batch[i % 2][i / 2].cookie = i;
	}
	for (size_t i = 0; i < 32; i++)
		for (size_t k = 0; k < 2; k++)
			CHECK(do_submit_array(channels[k], &batch[k][i], 1) == 0);
	for (size_t k = 0; k < 2; k++)
		for (size_t i = 0; i < 32; i++)
			copy_ended(channels[k], &batch[k][i]);
	hand_over(&w.dst, DMASPAN_SYNC_FOR_CPU, 0, w.dst.length);
	for (size_t i = 0; i < 64; i++)
		CHECK(!memcmp(w.dst.data + i * each + 1,
			      w.src.data + (63 - i) * each, each - 1));
	close(channels[1]);
	copies_close(&w);
}

static void within_one_buffer(void)
{
	static const struct {
		size_t to, from, length;
		int error;
	} moves[] = {
		{ PAGE, 0, PAGE, 0 }, { 0, PAGE, PAGE, 0 }, { 9000, 100, 8900, 0 },
		{ 0, 0, 1, EINVAL }, { 100, 100, 100, EINVAL }, { 1, 0, 2, EINVAL },
		{ 0, 1, 2, EINVAL }, { PAGE, 0, PAGE + 1, EINVAL },
		{ 0, PAGE, PAGE + 1, EINVAL }, { 5000, 5999, 1000, EINVAL },
		{ 5000, 6000, 1000, 0 },
	};
	int node = node_open(O_RDWR), channel;
	struct dmaspan_map again;
	struct span span;

	CHECK(do_channel_open(node, "copy1", O_CLOEXEC, &channel) == 0);
	span_open(&span, node, DMASPAN_KIND_CACHED, DMASPAN_BIDIRECTIONAL, 8 * PAGE);
	CHECK(do_map(node, span.fd, DMASPAN_TO_DEVICE, &again) == 0);
	for (size_t i = 0; i < ARRAY_SIZE(moves); i++) {
		struct dmaspan_transfer t = {
			.mapping = span.map.out_mapping,
			.offset = moves[i].to,
			.length = moves[i].length,
			.src_mapping = span.map.out_mapping,
			.src_offset = moves[i].from,
		};

		if (moves[i].error) {
			CHECK_ERRNO(do_submit_array(channel, &t, 1), moves[i].error);
			t.src_mapping = again.out_mapping;
			CHECK_ERRNO(do_submit_array(channel, &t, 1), moves[i].error);
			continue;
		}
		fill(span.data, span.length, i);
		hand_over(&span, DMASPAN_SYNC_FOR_DEVICE, 0, span.length);
		CHECK(do_submit_array(channel, &t, 1) == 0);
		copy_ended(channel, &t);
		hand_over(&span, DMASPAN_SYNC_FOR_CPU, 0, span.length);
		CHECK(!memcmp(span.data + t.offset, span.data + t.src_offset, t.length));
	}
	CHECK(do_unmap(node, again.out_mapping) == 0);
	span_close(&span);
	close(channel);
	close(node);
}

static void wrong_direction(void)
{
	struct dmaspan_transfer t;

	copies_open(&w, DMASPAN_KIND_CACHED, PAGE);
	t = copies_transfer(&w, 0, 0, 16);
	t.mapping = w.src.map.out_mapping;
	CHECK_ERRNO(do_submit_array(w.channel, &t, 1), EACCES);
	t = copies_transfer(&w, 0, 0, 16);
	t.src_mapping = w.dst.map.out_mapping;
	CHECK_ERRNO(do_submit_array(w.channel, &t, 1), EACCES);
	copies_close(&w);
}

static void bad_sources(void)
{
	static const struct {
		uint64_t offset, length;
		int error;
	} bad[] = {
		{ 0, 2 * PAGE + 1, EINVAL }, { 2 * PAGE, 1, EINVAL },
		{ 2 * PAGE - 1, 2, EINVAL }, { 1ULL << 32, 1, EINVAL },
		{ UINT64_MAX, 1, EOVERFLOW }, { -(uint64_t)PAGE, PAGE, EOVERFLOW },
	};
	struct dmaspan_transfer t, two[2];
	uint32_t cancelled;

	copies_open(&w, DMASPAN_KIND_CACHED, 2 * PAGE);
	two[0] = copies_transfer(&w, 0, 0, 16);
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		two[1] = copies_transfer(&w, 0, bad[i].offset, bad[i].length);
		CHECK_ERRNO(do_submit_array(w.channel, two, 2), bad[i].error);
		two[1] = copies_transfer(&w, bad[i].offset, 0, bad[i].length);
		CHECK_ERRNO(do_submit_array(w.channel, two, 2), bad[i].error);
	}
	two[1] = copies_transfer(&w, 0, 0, 0);
	CHECK_ERRNO(do_submit_array(w.channel, two, 2), EINVAL);
	t = copies_transfer(&w, 0, 0, 16);
	t.src_mapping = 0;
	CHECK_ERRNO(do_submit_array(w.channel, &t, 1), ENOENT);
	t.src_mapping = UINT32_MAX;
	CHECK_ERRNO(do_submit_array(w.channel, &t, 1), ENOENT);
	t = copies_transfer(&w, 0, 0, 16);
	t.mapping = 0;
	CHECK_ERRNO(do_submit_array(w.channel, &t, 1), ENOENT);
	t = copies_transfer(&w, 0, 0, 16);
	t.__reserved = 1;
	CHECK_ERRNO(do_submit_array(w.channel, &t, 1), EINVAL);
	/* The first version's struct has no source. */
	t = copies_transfer(&w, 0, 0, 16);
	CHECK_ERRNO(do_submit_sized(w.channel, &t, 1, 0), ENOENT);
	CHECK_ERRNO(do_submit_sized(w.channel, &t, 1, 32), ENOENT);
	CHECK(do_cancel(w.channel, &cancelled) == 0);
	CHECK_EQ(cancelled, 0);
	/* A mapping of a refused transfer is free again. */
	copies_close(&w);
}

static void directions(void)
{
	struct dmaspan_channel_open arg = { .size = sizeof(arg), .name = "copy0" };
	struct dmaspan_channel_info info;
	int node = node_open(O_RDWR);
	unsigned int copies = 0;

	for (uint32_t i = 0; !do_channel_info(node, i, &info); i++) {
		bool is_copy = !strncmp(info.out_name, "copy", 4);

		CHECK_EQ(info.out_direction == DMASPAN_BIDIRECTIONAL, is_copy);
		copies += is_copy;
	}
	CHECK(copies >= 2);
	CHECK(ioctl(node, DMASPAN_CHANNEL_OPEN, &arg) == 0);
	CHECK_EQ(arg.out_direction, DMASPAN_BIDIRECTIONAL);
	close(arg.out_fd);
	close(node);
}

static const struct test_case cases[] = {
	CASE(directions),
	CASE(ranges_cached),
	CASE(ranges_coherent),
	CASE(ranges_wc),
	CASE(across_segments),
	CASE(a_batch),
	CASE(two_channels),
	CASE(within_one_buffer),
	CASE(wrong_direction),
	CASE(bad_sources),
};

int main(void)
{
	test_device(VIRT_NAME);
	return test_main(cases, ARRAY_SIZE(cases));
}
