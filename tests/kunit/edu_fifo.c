// SPDX-License-Identifier: GPL-2.0-only
/* kernel/edu/edu_engine.c: the FIFO as a ring, and what each transfer moves. */
#include "../../kernel/edu/edu_engine.c"
#include "kunit.h"

#define BYTES	SZ_128K

/* Registers that are memory, and the device's own */
struct bench {
	struct edu edu;
	u8 regs[EDU_REGS_SIZE] __aligned(8);
	u8 memory[EDU_FIFO_SIZE];
};

static void no_watch(struct work_struct *work)
{
}

static void stop_watch(struct kunit_resource *res)
{
	cancel_delayed_work_sync(res->data);
}

static struct bench *bench(struct kunit *test)
{
	struct bench *b = kunit_kzalloc(test, sizeof(*b), GFP_KERNEL);
	struct edu *edu = &b->edu;

	KUNIT_ASSERT_NOT_NULL(test, b);
	edu_engine_init(edu);
	INIT_DELAYED_WORK(&edu->watch, no_watch);
	KUNIT_ASSERT_NOT_NULL(test, kunit_alloc_resource(test, NULL, stop_watch, GFP_KERNEL,
							 &edu->watch));
	edu->regs = (void __iomem *)b->regs;
	writel(EDU_ID_EDU, edu->regs + EDU_ID);
	edu->chan[EDU_TX].direction = DMA_MEM_TO_DEV;
	edu->chan[EDU_RX].direction = DMA_DEV_TO_MEM;
	INIT_LIST_HEAD(&edu->chan[EDU_TX].issued);
	INIT_LIST_HEAD(&edu->chan[EDU_RX].issued);
	return b;
}

/* A descriptor whose segments follow each other in @memory */
static struct edu_desc *issue(struct kunit *test, struct bench *b, unsigned int chan, void *memory,
			      const u32 *lengths, unsigned int count)
{
	struct edu_desc *desc;
	unsigned int i;

	desc = kunit_kzalloc(test, struct_size(desc, segments, count), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, desc);
	desc->num_segments = count;
	for (i = 0; i < count; i++) {
		desc->segments[i].addr = (unsigned long)memory + desc->len;
		desc->segments[i].len = lengths[i];
		desc->len += lengths[i];
	}
	spin_lock_irq(&b->edu.lock);
	list_add_tail(&desc->node, &b->edu.chan[chan].issued);
	edu_engine_kick(&b->edu);
	spin_unlock_irq(&b->edu.lock);
	return desc;
}

/* The device does what it was told to. Returns the length, 0 if there is nothing to do. */
static u32 move(struct kunit *test, struct bench *b)
{
	void __iomem *regs = b->edu.regs;
	u32 cmd = readl(regs + EDU_DMA_CMD), len = readq(regs + EDU_DMA_COUNT);
	u64 src = readq(regs + EDU_DMA_SRC), dst = readq(regs + EDU_DMA_DST);
	u64 place = (cmd & EDU_CMD_FROM_DEVICE ? src : dst) - EDU_MEMORY;

	if (!(cmd & EDU_CMD_START))
		return 0;
	KUNIT_ASSERT_NE(test, len, 0);
	KUNIT_ASSERT_LE(test, len, EDU_TRANSFER_MAX);
	KUNIT_ASSERT_LT(test, place, EDU_FIFO_SIZE);
	KUNIT_ASSERT_LE(test, place + len, EDU_FIFO_SIZE);
	if (cmd & EDU_CMD_FROM_DEVICE)
		memcpy((void *)(unsigned long)dst, b->memory + place, len);
	else
		memcpy(b->memory + place, (void *)(unsigned long)src, len);
	writel(0, regs + EDU_DMA_CMD);
	spin_lock_irq(&b->edu.lock);
	edu_finish(&b->edu);
	spin_unlock_irq(&b->edu.lock);
	return len;
}

static void room(struct kunit *test)
{
	static const struct { u32 head, fill, tail, tx, rx; } table[] = {
		{ 0, 0, 0, 4095, 0 }, { 0, 1, 1, 4094, 1 }, { 0, 4094, 4094, 1, 4094 },
		{ 0, 4095, 0, 0, 4095 }, { 1, 4094, 0, 1, 4094 }, { 1, 4095, 1, 0, 4094 },
		{ 4094, 0, 4094, 1, 0 }, { 4094, 1, 0, 4094, 1 }, { 4094, 2, 1, 4093, 1 },
		{ 4094, 4095, 4094, 0, 1 }, { 2000, 2095, 0, 2000, 2095 },
		{ 2000, 2096, 1, 1999, 2095 },
	};
	struct bench *b = bench(test);
	struct edu *edu = &b->edu;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(table); i++) {
		edu->head = table[i].head;
		edu->fill = table[i].fill;
		KUNIT_EXPECT_EQ(test, edu_tail(edu), table[i].tail);
		KUNIT_EXPECT_EQ(test, edu_available(edu, &edu->chan[EDU_TX]), table[i].tx);
		KUNIT_EXPECT_EQ(test, edu_available(edu, &edu->chan[EDU_RX]), table[i].rx);
	}
}

static void cut_by_segments_and_room(struct kunit *test)
{
	static const u32 lengths[] = { 1, 3000, 10, 1085 };
	static const u32 want[] = { 1, 2048, 952, 10, 1084, 0 };
	u8 *data = kunit_kzalloc(test, EDU_FIFO_SIZE + 1, GFP_KERNEL);
	struct bench *b = bench(test);
	struct edu_desc *desc;
	unsigned int i;

	KUNIT_ASSERT_NOT_NULL(test, data);
	desc = issue(test, b, EDU_TX, data, lengths, ARRAY_SIZE(lengths));
	for (i = 0; i < ARRAY_SIZE(want); i++)
		KUNIT_EXPECT_EQ(test, move(test, b), want[i]);
	KUNIT_EXPECT_EQ(test, desc->done, EDU_FIFO_SIZE);
	KUNIT_EXPECT_FALSE(test, list_empty(&desc->node));
	issue(test, b, EDU_RX, data, lengths, 1);
	KUNIT_EXPECT_EQ(test, move(test, b), 1);
	/* Behind the end of the ring is its beginning. */
	KUNIT_EXPECT_EQ(test, b->edu.head, 1);
	KUNIT_EXPECT_EQ(test, move(test, b), 1);
	KUNIT_EXPECT_EQ(test, b->edu.fill, EDU_FIFO_SIZE);
	KUNIT_EXPECT_TRUE(test, list_empty(&desc->node));
	KUNIT_EXPECT_EQ(test, move(test, b), 0);
}

static void channels_in_turn(struct kunit *test)
{
	static const u32 one = 1, many = 3 * EDU_TRANSFER_MAX;
	u8 *data = kunit_kzalloc(test, many, GFP_KERNEL);
	struct bench *b = bench(test);

	KUNIT_ASSERT_NOT_NULL(test, data);
	issue(test, b, EDU_TX, data, &one, 1);
	issue(test, b, EDU_TX, data, &many, 1);
	issue(test, b, EDU_RX, data, &one, 1);
	issue(test, b, EDU_RX, data, &one, 1);
	KUNIT_EXPECT_PTR_EQ(test, b->edu.owner, &b->edu.chan[EDU_TX]);
	move(test, b);
	KUNIT_EXPECT_PTR_EQ(test, b->edu.owner, &b->edu.chan[EDU_RX]);
	move(test, b);
	KUNIT_EXPECT_PTR_EQ(test, b->edu.owner, &b->edu.chan[EDU_TX]);
	move(test, b);
	KUNIT_EXPECT_PTR_EQ(test, b->edu.owner, &b->edu.chan[EDU_RX]);
	move(test, b);
	KUNIT_EXPECT_PTR_EQ(test, b->edu.owner, &b->edu.chan[EDU_TX]);
}

static void emptied_meanwhile(struct kunit *test)
{
	static const u32 length = 100;
	u8 *data = kunit_kzalloc(test, length, GFP_KERNEL);
	struct bench *b = bench(test);
	struct edu_desc *desc;

	KUNIT_ASSERT_NOT_NULL(test, data);
	b->edu.head = 4000;
	b->edu.fill = length;
	desc = issue(test, b, EDU_RX, data, &length, 1);
	edu_engine_clear(&b->edu);
	KUNIT_EXPECT_EQ(test, b->edu.head, 4000);
	KUNIT_EXPECT_EQ(test, move(test, b), 95);
	KUNIT_EXPECT_EQ(test, desc->done, 95);
	KUNIT_EXPECT_EQ(test, b->edu.fill, 0);
	KUNIT_EXPECT_EQ(test, b->edu.head, 0);
	b->edu.head = 4000;
	b->edu.fill = 95;
	edu_engine_clear(&b->edu);
	KUNIT_EXPECT_EQ(test, b->edu.head, 0);
}

/* What was in flight for nobody any more is still in the FIFO, or was never in it. */
static void terminated_does_not_count(struct kunit *test)
{
	static const u32 length = 100;
	u8 *data = kunit_kzalloc(test, length, GFP_KERNEL);
	struct bench *b = bench(test);
	unsigned int chan;

	KUNIT_ASSERT_NOT_NULL(test, data);
	b->edu.head = 4000;
	b->edu.fill = length;
	for (chan = EDU_TX; chan < EDU_CHANNELS; chan++) {
		struct edu_desc *desc = issue(test, b, chan, data, &length, 1);

		edu_engine_disown(&b->edu, &b->edu.chan[chan]);
		list_del_init(&desc->node);
		KUNIT_EXPECT_NE(test, move(test, b), 0);
		KUNIT_EXPECT_EQ(test, desc->done, 0);
		KUNIT_EXPECT_EQ(test, b->edu.head, 4000);
		KUNIT_EXPECT_EQ(test, b->edu.fill, length);
	}
}

/* Whatever the lengths, and whoever waits for whom: what comes out is what went in. */
static void bytes_in_order(struct kunit *test)
{
	u8 *in = kunit_kzalloc(test, BYTES, GFP_KERNEL);
	u8 *out = kunit_kzalloc(test, BYTES, GFP_KERNEL);
	u32 done[EDU_CHANNELS] = { }, seed = 1;
	struct bench *b = bench(test);
	unsigned int i, wraps = 0;

	KUNIT_ASSERT_TRUE(test, in && out);
	for (i = 0; i < BYTES; i++)
		in[i] = i * 2654435761u >> 24;
	while (done[EDU_TX] < BYTES || done[EDU_RX] < BYTES) {
		unsigned int chan = seed >> 31;
		u32 length;

		seed = seed * 1664525 + 1013904223;
		length = min_t(u32, (seed >> 8) % 3000 + 1, BYTES - done[chan]);
		if (!length)
			continue;
		issue(test, b, chan, (chan == EDU_TX ? in : out) + done[chan], &length, 1);
		done[chan] += length;
		while (move(test, b)) {
			wraps += b->edu.head + b->edu.fill > EDU_FIFO_SIZE;
			KUNIT_ASSERT_LE(test, b->edu.fill, EDU_FIFO_SIZE);
			KUNIT_ASSERT_LT(test, b->edu.head, EDU_FIFO_SIZE);
		}
	}
	KUNIT_EXPECT_GT(test, wraps, 0);
	KUNIT_EXPECT_EQ(test, b->edu.fill, 0);
	KUNIT_EXPECT_EQ(test, memcmp(in, out, BYTES), 0);
}

static struct kunit_case cases[] = {
	KUNIT_CASE(room),
	KUNIT_CASE(cut_by_segments_and_room),
	KUNIT_CASE(channels_in_turn),
	KUNIT_CASE(emptied_meanwhile),
	KUNIT_CASE(terminated_does_not_count),
	KUNIT_CASE(bytes_in_order),
	{ }
};

static struct kunit_suite suite = { .name = "dmaspan_edu_fifo", .test_cases = cases };
kunit_test_suites(&suite);
