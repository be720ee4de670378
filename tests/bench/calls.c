// SPDX-License-Identifier: MIT
/*
 * What single calls cost. Made for a guest that counts instructions, where the
 * figures repeat; getppid(), the smallest system call, gives the scale.
 *
 * What takes memory is timed one call at a time: the median is then a call that
 * met no refill of a free list, where a mean has a share of some.
 */
#include <errno.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "bench.h"

#define ROUNDS		51
#define CALLS		20
#define HUGE		(2 * MIB)

/**
 * struct call - what the calls are made on
 * @b: the program
 * @buf: a buffer, mapped
 * @fd: the buffer, or a peer's
 * @length: of it
 */
struct call {
	struct bench *b;
	struct dmaspan_buffer *buf;
	int fd;
	size_t length;
};

static double per_call(uint64_t spent, unsigned int calls)
{
	return (double)spent / calls;
}

static double getppid_call(void *arg)
{
	uint64_t start = now_ns();
	int i;

	(void)arg;
	for (i = 0; i < CALLS; i++)
		syscall(SYS_getppid);
	return per_call(now_ns() - start, CALLS);
}

static double alloc_call(void *arg)
{
	const struct call *c = arg;
	uint64_t start = now_ns(), spent;
	int fd = our_alloc(c->b, DMASPAN_KIND_CACHED, c->length);

	spent = now_ns() - start;
	close(fd);
	return (double)spent;
}

static double info_call(void *arg)
{
	struct dmaspan_buffer_info info;
	const struct call *c = arg;
	uint64_t start = now_ns();
	int i;

	for (i = 0; i < CALLS; i++)
		dmaspan_buffer_query(c->buf, &info);
	return per_call(now_ns() - start, CALLS);
}

static uint32_t map(const struct call *c)
{
	struct dmaspan_map arg = { .size = sizeof(arg), .fd = c->fd };

	must(ioctl(dmaspan_device_fd(c->b->dev), DMASPAN_MAP, &arg), "DMASPAN_MAP");
	return arg.out_mapping;
}

static void unmap(const struct call *c, uint32_t mapping)
{
	struct dmaspan_unmap arg = { .size = sizeof(arg), .mapping = mapping };

	must(ioctl(dmaspan_device_fd(c->b->dev), DMASPAN_UNMAP, &arg), "DMASPAN_UNMAP");
}

static double map_call(void *arg)
{
	uint64_t start = now_ns(), spent;
	uint32_t mapping = map(arg);

	spent = now_ns() - start;
	unmap(arg, mapping);
	return (double)spent;
}

static double unmap_call(void *arg)
{
	uint32_t mapping = map(arg);
	uint64_t start = now_ns();

	unmap(arg, mapping);
	return (double)(now_ns() - start);
}

static double sync_function(void *arg)
{
	const struct call *c = arg;
	uint64_t start = now_ns();
	int i;

	for (i = 0; i < CALLS; i++)
		dmaspan_sync_for_cpu(c->buf, 0, PAGE);
	return per_call(now_ns() - start, CALLS);
}

/* The command, which the library does not give where no sync is needed */
static double sync_call(void *arg)
{
	const struct dmaspan_range range = { .length = PAGE };
	const struct call *c = arg;
	struct dmaspan_sync sync = {
		.size = sizeof(sync),
		.flags = DMASPAN_SYNC_FOR_CPU,
		.mapping = dmaspan_mapping(c->buf),
		.count = 1,
		.ranges = (uintptr_t)&range,
	};
	uint64_t start = now_ns();
	int i;

	for (i = 0; i < CALLS; i++)
		must(ioctl(dmaspan_device_fd(c->b->dev), DMASPAN_SYNC, &sync), "DMASPAN_SYNC");
	return per_call(now_ns() - start, CALLS);
}

/* Half a pair: the peer's call is either start or end */
static double peer_sync_call(void *arg)
{
	const struct call *c = arg;
	uint64_t start = now_ns();
	int i;

	for (i = 0; i < CALLS; i++)
		peer_sync_pair(c->fd);
	return per_call(now_ns() - start, 2 * CALLS);
}

/* Aligned for huge entries, nothing of it there yet */
static char *must_reserve(size_t length)
{
	char *base = mmap(NULL, length + HUGE, PROT_NONE,
			  MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	if (base == MAP_FAILED)
		die("mmap: %s", strerror(errno));
	return base + (-(uintptr_t)base & (HUGE - 1));
}

static double faults_of(char *data, size_t length, size_t step)
{
	uint64_t start = now_ns(), faults = page_faults(), spent;
	size_t i;

	for (i = 0; i < length; i += step)
		*(volatile char *)(data + i) = 1;
	spent = now_ns() - start;
	faults = page_faults() - faults;
	return faults ? per_call(spent, (unsigned int)faults) : 0;
}

static double our_fault(void *arg)
{
	const struct call *c = arg;
	char *data = must_reserve(c->length);
	double spent;

	if (mmap(data, c->length, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_FIXED,
		 c->fd, 0) == MAP_FAILED)
		die("mmap: %s", strerror(errno));
	spent = faults_of(data, c->length, HUGE);
	munmap(data, c->length);
	return spent;
}

static double anonymous_fault(void *arg)
{
	const size_t length = 32 * PAGE;
	char *data = mmap(NULL, length, PROT_READ | PROT_WRITE,
			  MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	double spent;

	(void)arg;
	if (data == MAP_FAILED)
		die("mmap: %s", strerror(errno));
	madvise(data, length, MADV_NOHUGEPAGE);
	spent = faults_of(data, length, PAGE);
	munmap(data, length);
	return spent;
}

static void one(struct bench *b, const char *name, double (*measure)(void *arg),
		struct call *c, const struct subject *peer)
{
	const struct figure fig = {
		.name = name,
		.unit = b->icount ? "instructions" : "ns",
		.limit = NO_LIMIT,
		.rounds = ROUNDS,
	};
	const struct subject scale = { "getppid", getppid_call, NULL };

	compare(&fig, &(struct subject) { "dmaspan", measure, c }, peer ? peer : &scale, 1);
}

void bench_calls(struct bench *b)
{
	struct call small = { .b = b, .length = PAGE }, big = { .b = b, .length = BIG };
	const struct subject peer_sync = { "DMA_BUF_IOCTL_SYNC", peer_sync_call, &small };
	const struct subject fault = { "anonymous page fault", anonymous_fault, NULL };
	struct dmaspan_buffer_info info;

	must(dmaspan_alloc(b->dev, PAGE, NULL, &small.buf), "dmaspan_alloc");
	must(dmaspan_alloc(b->dev, BIG, NULL, &big.buf), "dmaspan_alloc");
	small.fd = dmaspan_buffer_fd(small.buf);
	big.fd = dmaspan_buffer_fd(big.buf);

	one(b, "call_alloc_4k", alloc_call, &small, NULL);
	one(b, "call_buffer_info", info_call, &small, NULL);
	one(b, "call_map_4k", map_call, &small, NULL);
	one(b, "call_unmap_4k", unmap_call, &small, NULL);
	one(b, "call_map_64m", map_call, &big, NULL);
	one(b, "call_sync_4k", sync_call, &small, &peer_sync);
	one(b, "function_sync_4k", sync_function, &small, &peer_sync);
	must(dmaspan_buffer_query(big.buf, &info), "dmaspan_buffer_query");
	if (info.out_flags & DMASPAN_BUFFER_FAULTED)
		one(b, "fault_2m", our_fault, &big, &fault);

	dmaspan_free(big.buf);
	dmaspan_free(small.buf);
}
