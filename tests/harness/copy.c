// SPDX-License-Identifier: MIT
/* Memory-to-memory channels of dmaspan_virt's device. */
#include "virt.h"

void copies_open(struct copies *w, uint32_t kind, size_t length)
{
	knobs_reset();
	findings_clear();
	w->node = node_open(O_RDWR);
	CHECK(do_channel_open(w->node, "copy0", O_CLOEXEC, &w->channel) == 0);
	span_open(&w->src, w->node, kind, DMASPAN_TO_DEVICE, length);
	span_open(&w->dst, w->node, kind, DMASPAN_FROM_DEVICE, length);
}

void copies_close(struct copies *w)
{
	close(w->channel);
	span_close(&w->dst);
	span_close(&w->src);
	close(w->node);
	no_findings();
}

struct dmaspan_transfer copies_transfer(const struct copies *w, uint64_t to,
					uint64_t from, uint64_t length)
{
	return (struct dmaspan_transfer) {
		.mapping = w->dst.map.out_mapping,
		.offset = to,
		.length = length,
		.cookie = to ^ from << 20,
		.src_mapping = w->src.map.out_mapping,
		.src_offset = from,
	};
}

void copy_ended(int channel, const struct dmaspan_transfer *t)
{
	struct dmaspan_completion done;

	CHECK(do_wait(channel, &done, WAIT_MS) == 0);
	CHECK_EQ(done.status, 0);
	CHECK_EQ(done.cookie, t->cookie);
	CHECK_EQ(done.length, t->length);
}

void copies_fill(const struct copies *w, unsigned int seed)
{
	fill(w->src.data, w->src.length, seed);
	hand_over(&w->src, DMASPAN_SYNC_FOR_DEVICE, 0, w->src.length);
}

void copies_blank(const struct copies *w)
{
	memset(w->dst.data, 0xee, w->dst.length);
	hand_over(&w->dst, DMASPAN_SYNC_FOR_DEVICE, 0, w->dst.length);
}

bool copies_arrived(const struct copies *w, size_t to, size_t from, size_t length)
{
	if (memcmp(w->dst.data + to, w->src.data + from, length))
		return false;
	for (size_t i = to > 256 ? to - 256 : 0; i < to; i++)
		if (w->dst.data[i] != 0xee)
			return false;
	for (size_t i = to + length; i < w->dst.length && i < to + length + 256; i++)
		if (w->dst.data[i] != 0xee)
			return false;
	return true;
}

void copies_move(const struct copies *w, size_t to, size_t from, size_t length)
{
	const struct dmaspan_transfer t = copies_transfer(w, to, from, length);

	CHECK(do_submit_array(w->channel, &t, 1) == 0);
	copy_ended(w->channel, &t);
	hand_over(&w->dst, DMASPAN_SYNC_FOR_CPU, to, length);
	if (!copies_arrived(w, to, from, length))
		test_fail(__FILE__, __LINE__, "%zu bytes from %zu to %zu are wrong",
			  length, from, to);
}
