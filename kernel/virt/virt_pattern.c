// SPDX-License-Identifier: GPL-2.0-only
/*
 * Patterns: any sample of any of them, and fast runs. virt_signal.h says what
 * they are.
 */
#include <linux/bitops.h>
#include <linux/kernel.h>
#include <linux/math64.h>
#include <linux/string.h>

#include "virt_signal.h"

#define PRBS_FIRST	0x7fffffffu
#define PRBS_PERIOD	0x7fffffffu	/* samples: 32 and the bits' period have no common factor */
#define PRBS_STEPS	64		/* so many steps cost less than a jump */

/* 2^30 sin(2 pi k / 256), to the nearest integer. */
static const u32 sine_quarter[65] = {
	0, 26350943, 52686014, 78989349, 105245103, 131437462,
	157550647, 183568930, 209476638, 235258165, 260897982, 286380643,
	311690799, 336813204, 361732726, 386434353, 410903207, 435124548,
	459083786, 482766489, 506158392, 529245404, 552013618, 574449320,
	596538995, 618269338, 639627258, 660599890, 681174602, 701339000,
	721080937, 740388522, 759250125, 777654384, 795590213, 813046808,
	830013654, 846480531, 862437520, 877875009, 892783698, 907154608,
	920979082, 934248793, 946955747, 959092290, 970651112, 981625251,
	992008094, 1001793390, 1010975242, 1019548121, 1027506862, 1034846671,
	1041563127, 1047652185, 1053110176, 1057933813, 1062120190, 1065666786,
	1068571464, 1070832474, 1072448455, 1073418433, 1073741824,
};

static u32 sine[256];

/* prbs_jump[k][j]: what becomes of a sample that is BIT(j), 2^k samples later. */
static u32 prbs_jump[31][32];

/* Bits 0 to 27 come from the sample before, the others from those too. */
static u32 prbs_step(u32 sample)
{
	u32 next = (sample >> 1) ^ (sample >> 4);

	return next ^ next << 28 ^ next << 31;
}

static u32 prbs_apply(const u32 *jump, u32 sample)
{
	u32 next = 0;

	for (; sample; sample &= sample - 1)
		next ^= jump[__ffs(sample)];
	return next;
}

static u32 prbs_at(u64 index)
{
	u32 sample = PRBS_FIRST;
	unsigned int k;
	u32 left;

	div_u64_rem(index, PRBS_PERIOD, &left);
	for (k = 0; left; k++, left >>= 1)
		if (left & 1)
			sample = prbs_apply(prbs_jump[k], sample);
	return sample;
}

/**
 * virt_pattern_init() - before any pattern is used
 *
 * Calls after the first change nothing.
 */
void virt_pattern_init(void)
{
	unsigned int k, j;

	for (j = 0; j < 64; j++) {
		sine[j] = sine_quarter[j];
		sine[64 + j] = sine_quarter[64 - j];
		sine[128 + j] = -sine_quarter[j];
		sine[192 + j] = -sine_quarter[64 - j];
	}
	for (j = 0; j < 32; j++)
		prbs_jump[0][j] = prbs_step(BIT(j));
	for (k = 1; k < ARRAY_SIZE(prbs_jump); k++)
		for (j = 0; j < 32; j++)
			prbs_jump[k][j] = prbs_apply(prbs_jump[k - 1], prbs_jump[k - 1][j]);
}

/**
 * virt_pattern_seek() - go to a sample
 * @p: the place; its @kind stays
 * @index: the sample's number
 */
void virt_pattern_seek(struct virt_pattern *p, u64 index)
{
	u64 steps = index - p->index;

	p->index = index;
	if (p->kind != VIRT_PRBS)
		return;
	if (!index || steps > PRBS_STEPS) {
		p->prbs = prbs_at(index);
		return;
	}
	while (steps--)
		p->prbs = prbs_step(p->prbs);
}

/* Neither a device nor its driver promises any alignment. */
static void put_sample(u8 *to, u32 sample)
{
	__le32 word = cpu_to_le32(sample);

	memcpy(to, &word, VIRT_SAMPLE);
}

/**
 * virt_pattern_make() - some samples
 * @p: where; behind them afterwards
 * @to: their place
 * @samples: how many
 */
void virt_pattern_make(struct virt_pattern *p, u8 *to, size_t samples)
{
	u8 *end = to + samples * VIRT_SAMPLE;
	u32 n = p->index;
	u32 prbs;

	p->index += samples;
	switch (p->kind) {
	case VIRT_SINE:
		for (; to < end; to += VIRT_SAMPLE)
			put_sample(to, sine[n++ % ARRAY_SIZE(sine)]);
		break;
	case VIRT_PRBS:
		for (prbs = p->prbs; to < end; to += VIRT_SAMPLE) {
			put_sample(to, prbs);
			prbs = prbs_step(prbs);
		}
		p->prbs = prbs;
		break;
	default:
		for (; to < end; to += VIRT_SAMPLE)
			put_sample(to, n++);
	}
}

static size_t count_wrong(const __le32 *expected, const u8 *from, size_t samples)
{
	size_t wrong = 0;
	size_t i;

	for (i = 0; i < samples; i++)
		wrong += memcmp(&expected[i], from + i * VIRT_SAMPLE, VIRT_SAMPLE) != 0;
	return wrong;
}

/**
 * virt_pattern_check() - compare some samples
 * @p: where; behind them afterwards
 * @from: the samples
 * @samples: how many
 *
 * Return: how many are not the pattern's.
 */
size_t virt_pattern_check(struct virt_pattern *p, const u8 *from, size_t samples)
{
	size_t wrong = 0;
	size_t n;

	for (; samples; samples -= n, from += n * VIRT_SAMPLE) {
		n = min_t(size_t, samples, ARRAY_SIZE(p->expected));
		virt_pattern_make(p, (u8 *)p->expected, n);
		if (memcmp(p->expected, from, n * VIRT_SAMPLE))
			wrong += count_wrong(p->expected, from, n);
	}
	return wrong;
}
