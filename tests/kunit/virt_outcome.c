// SPDX-License-Identifier: GPL-2.0-only
/* kernel/virt/virt_engine.c, virt_dma.c: how transfers end, and what is known of it afterwards. */
#include "../../kernel/virt/virt_engine.c"
#include "../../kernel/virt/virt_dma.c"
#include "kunit.h"

#define LENGTH	1000

static struct virt_chan *channel(struct kunit *test)
{
	struct virt_chan *vc = kunit_kzalloc(test, sizeof(*vc), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, vc);
	INIT_LIST_HEAD(&vc->issued);
	INIT_LIST_HEAD(&vc->submitted);
	INIT_LIST_HEAD(&vc->retired);
	vc->chan.cookie = DMA_MIN_COOKIE;
	vc->chan.completed_cookie = DMA_MIN_COOKIE;
	return vc;
}

static struct virt_engine *engine(struct kunit *test)
{
	struct virt_engine *e = kunit_kzalloc(test, sizeof(*e), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, e);
	e->v = kunit_kzalloc(test, sizeof(*e->v), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, e->v);
	return e;
}

static struct virt_desc *descriptors(struct kunit *test, unsigned int count)
{
	struct virt_desc *descs = kunit_kcalloc(test, count, sizeof(*descs), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, descs);
	return descs;
}

/* A descriptor has been submitted, and ends. */
static void end_with(struct virt_chan *vc, dma_cookie_t cookie, enum dma_ctrl_flags flags,
		     enum dmaengine_tx_result result, u32 done)
{
	struct virt_desc desc = {
		.tx = { .cookie = cookie, .flags = flags },
		.result = result, .len = LENGTH, .done = done,
	};

	vc->chan.cookie = cookie;
	end_cookie(vc, &desc);
}

static void end(struct virt_chan *vc, dma_cookie_t cookie, enum dmaengine_tx_result result,
		u32 done)
{
	end_with(vc, cookie, DMA_PREP_INTERRUPT, result, done);
}

static void expect(struct kunit *test, struct virt_chan *vc, dma_cookie_t cookie,
		   enum dma_status want, u32 want_residue)
{
	u32 residue = 0;

	KUNIT_EXPECT_EQ_MSG(test, chan_status(vc, cookie, &residue), want, "%d", cookie);
	KUNIT_EXPECT_EQ_MSG(test, residue, want_residue, "%d", cookie);
}

static void how_it_ended(struct kunit *test)
{
	struct virt_chan *vc = channel(test);

	end(vc, 2, DMA_TRANS_NOERROR, LENGTH);
	KUNIT_EXPECT_EQ(test, vc->next_outcome, 0);
	KUNIT_EXPECT_EQ(test, vc->chan.completed_cookie, 2);
	end(vc, 3, DMA_TRANS_NOERROR, LENGTH / 2);
	KUNIT_EXPECT_EQ(test, vc->chan.completed_cookie, 3);
	end(vc, 4, DMA_TRANS_READ_FAILED, 4);
	KUNIT_EXPECT_EQ(test, vc->chan.completed_cookie, 3);
	end(vc, 5, DMA_TRANS_WRITE_FAILED, LENGTH);
	KUNIT_EXPECT_EQ(test, vc->chan.completed_cookie, 3);
	end(vc, 6, DMA_TRANS_NOERROR, LENGTH);
	KUNIT_EXPECT_EQ(test, vc->next_outcome, 3);
	expect(test, vc, 2, DMA_COMPLETE, 0);
	expect(test, vc, 3, DMA_COMPLETE, LENGTH / 2);
	expect(test, vc, 4, DMA_ERROR, LENGTH - 4);
	expect(test, vc, 5, DMA_ERROR, 0);
	expect(test, vc, 6, DMA_COMPLETE, 0);
}

/* Nobody was called, so that the status is all there is to know. */
static void how_it_ended_silently(struct kunit *test)
{
	struct virt_chan *vc = channel(test);

	end_with(vc, 2, 0, DMA_TRANS_NOERROR, LENGTH);
	KUNIT_EXPECT_EQ(test, vc->next_outcome, 0);
	end_with(vc, 3, 0, DMA_TRANS_NOERROR, LENGTH - 1);
	KUNIT_EXPECT_EQ(test, vc->chan.completed_cookie, 2);
	end_with(vc, 4, 0, DMA_TRANS_NOERROR, LENGTH);
	expect(test, vc, 2, DMA_COMPLETE, 0);
	expect(test, vc, 3, DMA_ERROR, 1);
	expect(test, vc, 4, DMA_COMPLETE, 0);
}

/* The last VIRT_OUTCOMES are known, wherever the ring began: its count wraps, too. */
static void last_of_many(struct kunit *test)
{
	static const u32 begins[] = {
		0, 1, VIRT_OUTCOMES - 1, U32_MAX - VIRT_OUTCOMES / 2, U32_MAX,
	};
	unsigned int i;
	int n;

	for (i = 0; i < ARRAY_SIZE(begins); i++) {
		struct virt_chan *vc = channel(test);

		vc->next_outcome = begins[i];
		for (n = 1; n <= VIRT_OUTCOMES + 1; n++)
			end(vc, 1 + n, DMA_TRANS_ABORTED, n);
		/* Of what is forgotten it is still known that it did not complete. */
		expect(test, vc, 2, DMA_ERROR, 0);
		for (n = 2; n <= VIRT_OUTCOMES + 1; n++)
			expect(test, vc, 1 + n, DMA_ERROR, LENGTH - n);
	}
}

/* What ended well takes none of their places. */
static void good_ones_take_no_place(struct kunit *test)
{
	struct virt_chan *vc = channel(test);
	int n;

	end(vc, 2, DMA_TRANS_READ_FAILED, 8);
	for (n = 3; n < 3 + 2 * VIRT_OUTCOMES; n++)
		end(vc, n, DMA_TRANS_NOERROR, LENGTH);
	expect(test, vc, 2, DMA_ERROR, LENGTH - 8);
	expect(test, vc, 3, DMA_COMPLETE, 0);
}

static void cookies_begin_again(struct kunit *test)
{
	static const dma_cookie_t cookies[] = { INT_MAX - 1, INT_MAX, DMA_MIN_COOKIE, 2 };
	struct virt_desc *descs = descriptors(test, ARRAY_SIZE(cookies));
	struct virt_chan *vc = channel(test);
	unsigned int i;

	KUNIT_EXPECT_TRUE(test, is_later(3, 2));
	KUNIT_EXPECT_FALSE(test, is_later(2, 2));
	KUNIT_EXPECT_FALSE(test, is_later(2, 3));
	KUNIT_EXPECT_FALSE(test, is_later(INT_MAX, DMA_MIN_COOKIE));
	for (i = 0; i < ARRAY_SIZE(cookies); i++) {
		descs[i].tx.cookie = cookies[i];
		list_add_tail(&descs[i].node, &vc->issued);
	}
	for (i = 0; i < ARRAY_SIZE(cookies); i++)
		KUNIT_EXPECT_PTR_EQ(test, find_in(&vc->issued, cookies[i]), &descs[i]);
	KUNIT_EXPECT_NULL(test, find_in(&vc->issued, 3));
	KUNIT_EXPECT_NULL(test, find_in(&vc->issued, INT_MAX - 2));
}

/* Where a descriptor is found: on its list, in the hand, or terminated. */
static void before_the_end(struct kunit *test)
{
	struct virt_desc *descs = descriptors(test, 4);
	struct virt_chan *vc = channel(test);
	unsigned int i;

	for (i = 0; i < 4; i++) {
		descs[i].tx.cookie = i + 2;
		descs[i].len = LENGTH;
		descs[i].done = i;
	}
	vc->chan.cookie = 5;
	vc->hand = &descs[0];
	list_add_tail(&descs[1].node, &vc->issued);
	list_add_tail(&descs[2].node, &vc->submitted);
	list_add_tail(&descs[3].node, &vc->retired);
	for (i = 0; i < 3; i++)
		expect(test, vc, i + 2, DMA_IN_PROGRESS, LENGTH - i);
	expect(test, vc, 5, DMA_ERROR, LENGTH - 3);
	vc->paused = true;
	expect(test, vc, 3, DMA_PAUSED, LENGTH - 1);
	descs[0].terminated = true;
	expect(test, vc, 2, DMA_ERROR, 0);
}

static void every_nth(struct kunit *test)
{
	static const enum virt_fate want[] = {
		VIRT_ENDS, VIRT_ENDS_SHORT, VIRT_HANGS, VIRT_ENDS_SHORT, VIRT_ENDS, VIRT_FAILS,
		VIRT_ENDS, VIRT_ENDS_SHORT, VIRT_HANGS, VIRT_ENDS_SHORT, VIRT_ENDS, VIRT_FAILS,
	};
	struct virt_engine *e = engine(test);
	struct virt_device *v = e->v;
	unsigned int i;

	for (i = 0; i < 3; i++)
		KUNIT_EXPECT_EQ(test, decide_fate(e), VIRT_ENDS);
	v->fail_nth = 6;
	v->hang_nth = 3;
	v->short_nth = 2;
	atomic_set(&e->transfers, 0);
	for (i = 0; i < ARRAY_SIZE(want); i++)
		KUNIT_EXPECT_EQ_MSG(test, decide_fate(e), want[i], "%u", i + 1);
	v->fail_nth = 1;
	KUNIT_EXPECT_EQ(test, decide_fate(e), VIRT_FAILS);
	v->fail_nth = UINT_MAX;
	atomic_set(&e->transfers, -2);
	KUNIT_EXPECT_EQ(test, decide_fate(e), VIRT_FAILS);
}

static void where_it_ends(struct kunit *test)
{
	static const struct { u32 length, half; } table[] = {
		{ 1, 0 }, { 7, 0 }, { 8, 4 }, { 15, 4 }, { 16, 8 }, { U32_MAX, 0x7ffffffc },
	};
	struct virt_engine *e = engine(test);
	struct virt_device *v = e->v;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(table); i++) {
		struct virt_desc *desc = descriptors(test, 1);

		desc->len = table[i].length;
		v->short_nth = 0;
		begin(e, desc);
		KUNIT_EXPECT_EQ(test, desc->limit, table[i].length);
		KUNIT_EXPECT_EQ(test, desc->start, 0);
		v->short_nth = 1;
		begin(e, desc);
		KUNIT_EXPECT_EQ(test, desc->limit, table[i].half);
	}
}

static void latency_and_jitter(struct kunit *test)
{
	struct virt_engine *e = engine(test);
	struct virt_device *v = e->v;
	u64 ns, least = U64_MAX, most = 0;
	unsigned int i;

	v->latency_us = UINT_MAX;
	KUNIT_EXPECT_EQ(test, latency(e), UINT_MAX * 1000ULL);
	v->jitter_us = UINT_MAX;
	KUNIT_EXPECT_GE(test, latency(e), UINT_MAX * 1000ULL);
	v->latency_us = 5;
	v->jitter_us = 1;
	for (i = 0; i < 200; i++) {
		ns = latency(e);
		least = min(least, ns);
		most = max(most, ns);
	}
	KUNIT_EXPECT_EQ(test, least, 5000);
	KUNIT_EXPECT_EQ(test, most, 6000);
}

static struct kunit_case cases[] = {
	KUNIT_CASE(how_it_ended),
	KUNIT_CASE(how_it_ended_silently),
	KUNIT_CASE(last_of_many),
	KUNIT_CASE(good_ones_take_no_place),
	KUNIT_CASE(cookies_begin_again),
	KUNIT_CASE(before_the_end),
	KUNIT_CASE(every_nth),
	KUNIT_CASE(where_it_ends),
	KUNIT_CASE(latency_and_jitter),
	{ }
};

static struct kunit_suite suite = { .name = "dmaspan_virt_outcome", .test_cases = cases };
kunit_test_suites(&suite);
