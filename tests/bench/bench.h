/* SPDX-License-Identifier: MIT */
/*
 * What the benchmarks share.
 *
 * A figure is one thing measured, ours and its peers in turn, round by round,
 * so that whatever else the machine does hits all of them. What is printed is
 * the median of the rounds, and their 10th and 90th percentile.
 */
#ifndef BENCH_H
#define BENCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <dmaspan.h>

#define KIB		1024UL
#define MIB		(1024 * KIB)
#define PAGE		(4 * KIB)
#define BIG		(64 * MIB)

#define ARRAY_SIZE(a)	(sizeof(a) / sizeof((a)[0]))
#define MOST_ROUNDS	101
#define MOST_PEERS	4

/* A figure without a goal, and without a bound for ours */
#define NO_GOAL		0
#define NO_LIMIT	(-1)

/**
 * struct bench - what the program was started with
 * @dev: the device that our buffers are for
 * @icount: a nanosecond is an instruction
 * @bounce: the device's buffers are bounced
 */
struct bench {
	struct dmaspan_device *dev;
	bool icount;
	bool bounce;
};

/**
 * struct figure - one thing that is measured
 * @name: stable, for those who compare runs
 * @unit: of the values
 * @higher: is better; else lower is
 * @goal: how many times better than a peer ours is to be, or NO_GOAL
 * @limit: what ours must not exceed, or NO_LIMIT
 * @rounds: odd, at most MOST_ROUNDS; not of report()
 */
struct figure {
	const char *name;
	const char *unit;
	bool higher;
	double goal;
	double limit;
	unsigned int rounds;
};

/**
 * struct subject - who is measured
 * @name: as printed
 * @measure: does it once; returns the value in the figure's unit
 * @arg: for @measure
 */
struct subject {
	const char *name;
	double (*measure)(void *arg);
	void *arg;
};

/**
 * struct series - the values of one subject
 * @values: sorted once they are reported
 * @count: number of @values
 */
struct series {
	double values[MOST_ROUNDS];
	unsigned int count;
};

/* stats.c */
void series_add(struct series *s, double value);
void report(const struct figure *fig, struct series *ours,
	    const char *peer_name, struct series *peer);
/* A round is a turn each, the first half of it to warm up; a line for each peer, or one */
void compare(const struct figure *fig, const struct subject *ours,
	     const struct subject *peers, unsigned int num_peers);

/* util.c */
void die(const char *format, ...) __attribute__((noreturn, format(printf, 1, 2)));
void note(const char *format, ...) __attribute__((format(printf, 1, 2)));
/* Ends the program where a call of ours or of the system failed */
void must(int ret, const char *what);
uint64_t now_ns(void);
uint64_t page_faults(void);
void *must_map(int fd, size_t length);
/* One write to each page */
void touch(void *data, size_t length);
/* System calls that @fn makes, in a child of this process */
unsigned int count_calls(void (*fn)(void *arg), void *arg);

/* copy.c */
typedef void (*copy_fn)(void *to, const void *from);
copy_fn fastest_copy(void *to, const void *from, size_t length);

/* dmatest.c: false where the module is not loaded */
bool dmatest_exists(void);
/* Transfers of 4 KiB a second, of the kernel's own test on a channel of the device */
double dmatest_rate(const char *platform_device);

/* peers.c: the fds are the caller's; -1 where the peer is missing */
int our_alloc(struct bench *b, uint32_t kind, size_t length);
bool heap_exists(void);
int heap_alloc(size_t length);
bool udmabuf_exists(void);
/* The dma-buf; its memory is a memfd of its own, closed already */
int udmabuf_alloc(size_t length);
void peer_sync_pair(int fd);

/* The groups */
void bench_write(struct bench *b);
void bench_touch(struct bench *b);
void bench_alloc(struct bench *b);
void bench_sync(struct bench *b);
void bench_calls(struct bench *b);
void bench_engine(struct bench *b);
void bench_virt(struct bench *b);

#endif /* BENCH_H */
