// SPDX-License-Identifier: MIT
/* New programs from old ones. */
#include "fuzz.h"

uint64_t below(uint64_t *rng, uint64_t n)
{
	return test_draw(rng) % n;
}

static bool one_in(uint64_t *rng, unsigned int n)
{
	return !below(rng, n);
}

static const uint64_t edges[] = {
	0, 1, 2, 3, 7, 8, 31, 63, 64, 255, PAGE - 1, PAGE, PAGE + 1, 2 * PAGE, 65535, 65536,
	2 * MIB, 4 * MIB, 64 * MIB, 1ULL << 30, (1ULL << 31) - 1, 1ULL << 31, (1ULL << 32) - PAGE,
	(1ULL << 32) - 1, 1ULL << 32, 1ULL << 40, (1ULL << 63) - PAGE, (1ULL << 63) - 1,
	1ULL << 63, -(uint64_t)PAGE, -2ULL, -1ULL,
};

static struct value plain(uint64_t n)
{
	return (struct value) { .ref = REF_NONE, .number = n };
}

static struct value draw_edge(uint64_t *rng)
{
	uint64_t n = edges[below(rng, ARRAY_SIZE(edges))];

	if (one_in(rng, 6))
		n = 1ULL << below(rng, 64);
	return plain(one_in(rng, 8) ? n + below(rng, 5) - 2 : n);
}

static struct value draw_ref(enum ref kind, uint64_t *rng)
{
	return (struct value) {
		.ref = kind,
		.index = one_in(rng, 3) ? below(rng, 4) : 0,
	};
}

static struct value draw_offset(uint64_t *rng)
{
	static const uint64_t some[] = { 0, 0, 0, 1, 64, 100, PAGE - 1, PAGE, 2 * PAGE };
	struct value v;

	if (one_in(rng, 8))
		return draw_edge(rng);
	if (!one_in(rng, 5))
		return plain(some[below(rng, ARRAY_SIZE(some))]);
	v = draw_ref(REF_LENGTH, rng);
	v.number = one_in(rng, 2) ? -(uint64_t)PAGE : below(rng, 3) - 1;
	return v;
}

static struct value draw_length(uint64_t *rng)
{
	static const uint64_t some[] = {
		1, 64, 2000, 2048, PAGE, PAGE, 2 * PAGE, 4 * PAGE, 16 * PAGE, 64 * PAGE, 2 * MIB,
	};
	struct value v;

	if (one_in(rng, 8))
		return draw_edge(rng);
	if (!one_in(rng, 3))
		return plain(some[below(rng, ARRAY_SIZE(some))]);
	v = draw_ref(REF_LENGTH, rng);
	if (one_in(rng, 3))
		v.number = below(rng, 3) - 1;
	return v;
}

/* Where a struct or an array is: nearly always, 0: where it belongs */
static struct value draw_pointer(uint64_t *rng, unsigned int rarely)
{
	static const uint64_t back[] = { 0, 4, 8, 12, 24, 40, 64, 100 };
	struct value v;

	if (!one_in(rng, rarely))
		return plain(0);
	switch (below(rng, 5)) {
	case 0:
		return draw_edge(rng);
	case 1:
		return draw_ref(REF_VIEW, rng);
	case 2:
		v = draw_ref(REF_READONLY, rng);
		break;
	default:
		v = draw_ref(REF_WRITABLE, rng);
	}
	if (one_in(rng, 2))
		v.number = PAGE - back[below(rng, ARRAY_SIZE(back))];
	return v;
}

static struct value draw_fd(uint64_t *rng)
{
	if (one_in(rng, 10))
		return one_in(rng, 2) ? draw_edge(rng) : plain(below(rng, 16));
	return draw_ref(below(rng, REF_MAPPING), rng);
}

static uint64_t draw_command(uint64_t *rng)
{
	switch (below(rng, 6)) {
	case 0:
		return test_draw(rng) & 0xffffffff;
	case 1:
		return DMASPAN_INFO + below(rng, 256);
	case 2:	/* a dma-buf's: name, sync, sync files */
		return 0x40086200 + below(rng, 4) + (one_in(rng, 2) ? 0x80000000 : 0);
	case 3:
		return DMASPAN_SUBMIT + below(rng, 2);
	default:
		return DMASPAN_INFO + below(rng, 9);
	}
}

static uint64_t one_of(const uint64_t *some, size_t n, uint64_t *rng)
{
	return some[below(rng, n)];
}

#define ONE_OF(some, rng)	one_of(some, ARRAY_SIZE(some), rng)

/* A number of this type as it would be right; false: it has no such numbers */
static bool draw_number(char type, uint64_t *rng, uint64_t *number)
{
	static const uint64_t fd_flags[] = { O_RDWR, O_RDWR, O_RDWR, O_RDWR | O_CLOEXEC, O_RDONLY,
					     O_NONBLOCK, O_NONBLOCK | O_CLOEXEC, O_CLOEXEC };
	static const uint64_t channel_flags[] = { 0, 0, O_NONBLOCK, O_NONBLOCK, O_CLOEXEC,
						  O_NONBLOCK | O_CLOEXEC, O_RDWR };
	static const uint64_t counts[] = { 0, 1, 2, 3, 17, 40, 1023, 1024, 1025 };
	static const uint64_t sizes[] = { 0, 1, 8, 24, 28, 32, 40, 48, 48, 48, 56, 64, 248, 256,
					  264 };

	switch (type) {
	case 'd':	/* device */
		*number = below(rng, 3);
		return true;
	case 'k':	/* one of few */
	case 'x':	/* flags */
		*number = below(rng, 4);
		return true;
	case 'a':	/* flags that are rarely right */
		*number = one_in(rng, 4) ? below(rng, 4) : 0;
		return true;
	case 'S':	/* flags of SYNC */
		*number = one_in(rng, 8) ? below(rng, 4) : 1 + below(rng, 2);
		return true;
	case 'h':	/* one of some */
		*number = below(rng, 16);
		return true;
	case 't':	/* milliseconds */
		*number = below(rng, 30);
		return true;
	case 'F':	/* of an fd */
		*number = ONE_OF(fd_flags, rng);
		return true;
	case 'G':	/* of a channel's fd, which has no access mode */
		*number = ONE_OF(channel_flags, rng);
		return true;
	case 'e':	/* elements */
		*number = ONE_OF(counts, rng);
		return true;
	case 'y':	/* bytes of one */
		*number = ONE_OF(sizes, rng);
		return true;
	case 'C':
		*number = draw_command(rng);
		return true;
	default:
		return false;
	}
}

static struct value draw_arg(char type, uint64_t *rng)
{
	uint64_t number;

	if (strchr("nbcmv", type) && one_in(rng, 16))
		return one_in(rng, 2) ? draw_fd(rng) : draw_edge(rng);
	if (draw_number(type, rng, &number))
		return one_in(rng, 16) ? draw_edge(rng) : plain(number);
	switch (type) {
	case 'n':
		return draw_ref(REF_NODE, rng);
	case 'b':
		return draw_ref(REF_BUFFER, rng);
	case 'c':
		return draw_ref(REF_CHANNEL, rng);
	case 'm':
		return one_in(rng, 4) ? plain(below(rng, 4)) : draw_ref(REF_MAPPING, rng);
	case 'v':
		return draw_ref(REF_VIEW, rng);
	case 's':
		return one_in(rng, 3) ? draw_edge(rng) : draw_ref(REF_SEGMENTS, rng);
	case 'f':
		return draw_fd(rng);
	case 'o':
		return draw_offset(rng);
	case 'l':
		return draw_length(rng);
	case 'p':
		return draw_pointer(rng, 12);
	case 'r':	/* rarely anything */
		return one_in(rng, 16) ? draw_edge(rng) : plain(0);
	case 'M':	/* another mapping, or none */
		return one_in(rng, 3) ? draw_arg('m', rng) : plain(0);
	default:
		return draw_edge(rng);
	}
}

/* What makes a struct wrong is drawn seldom: one mistake should not hide another. */
static struct value draw_tail(char type, uint64_t *rng)
{
	if (!one_in(rng, 24))
		return plain(0);
	if (type == 'p')
		return draw_pointer(rng, 1);
	return type == 'z' ? plain(below(rng, 200)) : draw_edge(rng);
}

static bool in_tail(const struct op *op, size_t arg)
{
	return op->tail && arg >= op->tail && arg < op->tail + strlen(COMMAND_TAIL);
}

static void draw_call(struct call *c, uint64_t *rng)
{
	bool maker = one_in(rng, 3);
	const struct op *op;

	memset(c, 0, sizeof(*c));
	do {
		c->op = below(rng, num_ops);
		op = &ops[c->op];
	} while (maker && !op->maker);
	for (size_t i = 0; i < MAX_ARGS; i++) {
		if (i >= strlen(op->args))
			c->args[i] = plain(0);
		else if (in_tail(op, i))
			c->args[i] = draw_tail(op->args[i], rng);
		else
			c->args[i] = draw_arg(op->args[i], rng);
	}
}

static void draw_race(struct program *p, uint64_t *rng)
{
	p->race = one_in(rng, 2) ? RACE_NONE : RACE_THREAD + below(rng, 2);
	p->from = p->race ? below(rng, p->count + 1) : 0;
}

void program_generate(struct program *p, uint64_t *rng)
{
	memset(p, 0, sizeof(*p));
	p->count = 4 + below(rng, 20);
	for (unsigned int i = 0; i < p->count; i++)
		draw_call(&p->calls[i], rng);
	draw_race(p, rng);
}

static void insert(struct program *p, const struct call *c, unsigned int at)
{
	if (p->count == MAX_CALLS)
		return;
	memmove(&p->calls[at + 1], &p->calls[at], (p->count - at) * sizeof(*c));
	p->calls[at] = *c;
	p->count++;
}

static void change(struct program *p, uint64_t *rng)
{
	struct call *c = &p->calls[below(rng, p->count)];
	const struct op *op = &ops[c->op];
	size_t arg = below(rng, strlen(op->args));

	if (one_in(rng, 4))
		c->args[arg].number += below(rng, 17) - 8;
	else if (one_in(rng, 4))
		c->args[arg].index = below(rng, 8);
	else
		c->args[arg] = in_tail(op, arg) ? draw_tail(op->args[arg], rng) :
						  draw_arg(op->args[arg], rng);
}

/* The first calls of one, then the last of the other */
static void splice_in(struct program *p, const struct program *other, uint64_t *rng)
{
	unsigned int keep = below(rng, p->count + 1), from = below(rng, other->count + 1);

	p->count = keep;
	while (from < other->count && p->count < MAX_CALLS)
		p->calls[p->count++] = other->calls[from++];
}

static void mutate_once(struct program *p, const struct program *other, uint64_t *rng)
{
	unsigned int at = p->count ? below(rng, p->count) : 0, to;
	struct call c;

	if (!p->count) {
		program_generate(p, rng);
		return;
	}
	switch (below(rng, 12)) {
	case 0:
	case 1:
	case 2:
		draw_call(&c, rng);
		insert(p, &c, below(rng, p->count + 1));
		break;
	case 3:
		c = p->calls[at];
		insert(p, &c, below(rng, p->count + 1));
		break;
	case 4:
		memmove(&p->calls[at], &p->calls[at + 1], (--p->count - at) * sizeof(c));
		break;
	case 5:
		to = below(rng, p->count);
		c = p->calls[at];
		p->calls[at] = p->calls[to];
		p->calls[to] = c;
		break;
	case 6:
		splice_in(p, other, rng);
		break;
	case 7:
		draw_race(p, rng);
		break;
	default:
		change(p, rng);
	}
}

void program_mutate(struct program *p, const struct program *other, uint64_t *rng)
{
	do
		mutate_once(p, other, rng);
	while (!one_in(rng, 3));
}
