/* SPDX-License-Identifier: MIT */
/*
 * What the tests share.
 *
 * A program is a table of cases. Each runs in a process group of its own, with
 * a time limit, and must give back every fd and every byte that it took.
 * Wrappers of commands (do_*) return 0, or -1 with errno set.
 */
#ifndef HARNESS_H
#define HARNESS_H

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>
#include <linux/dmaspan.h>

#define NODE_NAME	"edu0"
#define NODE_PATH	"/dev/dmaspan/" NODE_NAME
#define NODE_CLASS	"/sys/class/dmaspan/" NODE_NAME
#define VIRT_NAME	"virt0"	/* dmaspan_virt's, for test_device(): strict */
#define VIRT_COHERENT	"virt1"
#define DISK_DIR	"/mnt/nvme"
#define PAGE		4096UL
#define KIB		1024UL
#define MIB		(1024 * KIB)
#define EDU_CHUNK	2048	/* the hardware moves so much in EDU_CHUNK_MS */
#define EDU_CHUNK_MS	100
#define EDU_FIFO	4095
#define BOUNCE_MEMORY	(128 * MIB)	/* vm/run: 65536 slots of 2 KiB */
#define WAIT_MS		60000	/* generous: an emulated machine is slow */

#define ARRAY_SIZE(a)	(sizeof(a) / sizeof((a)[0]))
#define PTR(p)		((uint64_t)(uintptr_t)(p))

/*
 * Cases, harness.c
 *
 * The environment: TEST_CASE, the only case to run; ROUNDS, a factor for what
 * is repeated and for time limits; SEED, of what is drawn; DMASPAN_SLOW, a factor
 * for time limits.
 */

#define MAY_KEEP	(1U << 0) /* the device is not there at the end */
#define VIRT_ONLY	(1U << 1) /* for test_main_by_device(): not on edu */

struct test_case {
	const char *name;
	void (*run)(void);
	unsigned int flags;
	unsigned int seconds;	/* limit; 0: the default */
};

#define CASE(fn)	{ #fn, fn, 0, 0 }
#define VIRT_CASE(fn)	{ #fn, fn, VIRT_ONLY, 0 }

int test_main(const struct test_case *cases, size_t count);
/*
 * All cases with edu, virt0 and virt1 as what test_device() says, as "DEVICE: CASE".
 * A case on a virt device fails if it leaves a finding.
 */
int test_main_by_device(const struct test_case *cases, size_t count);

#define TEST_MAIN(cases) \
	int main(void) { return test_main(cases, ARRAY_SIZE(cases)); }

void test_fail(const char *file, int line, const char *format, ...)
	__attribute__((noreturn, format(printf, 3, 4)));
void test_skip(const char *reason) __attribute__((noreturn));
/* @standard, more if ROUNDS asks for more */
unsigned int test_rounds(unsigned int standard);
/* SEED, or a new one; it is said, so that what failed can be repeated */
uint64_t test_seed(void);
/* The next number drawn from *@state, which is a seed at first */
uint64_t test_draw(uint64_t *state);
/* What the run adds up: "race_rounds" and the like */
void test_count(const char *what, uint64_t n);
void test_note(const char *format, ...) __attribute__((format(printf, 1, 2)));
/* What the case is at: said if it fails, or its time is up */
void test_doing(const char *format, ...) __attribute__((format(printf, 1, 2)));
/* Leaves the whole program out: for main() */
int test_skip_all(const char *reason);
/* The node that all below is about, unless it is the edu device's: for main() */
void test_device(const char *name);
const char *device_name(void);
bool device_is_virt(void);

#define CHECK(cond) do {						\
	errno = 0;							\
	if (!(cond))							\
		test_fail(__FILE__, __LINE__, "%s (errno %d, %s)",	\
			  #cond, errno, strerror(errno));		\
} while (0)

#define CHECK_EQ(a, b) do {						\
	long long a_ = (long long)(a), b_ = (long long)(b);		\
	if (a_ != b_)							\
		test_fail(__FILE__, __LINE__,				\
			  "%s is %lld, want %s = %lld", #a, a_, #b, b_);	\
} while (0)

#define CHECK_ERRNO(call, want) do {					\
	long long r_;							\
	errno = 0;							\
	r_ = (long long)(call);						\
	if (r_ != -1 || errno != (want))				\
		test_fail(__FILE__, __LINE__,				\
			  "%s: %lld, errno %d (%s), want %s", #call, r_,	\
			  r_ == -1 ? errno : 0,				\
			  r_ == -1 ? strerror(errno) : "success", #want);	\
} while (0)

/* The guest, guest.c */

enum mode { MODE_PLAIN, MODE_IOMMU, MODE_BOUNCE };

enum mode test_mode(void);
bool is_bounce(void);
/* 6 for 6.1 */
int kernel_major(void);
int count_fds(void);
uint64_t read_number(const char *path);
/* 0 or -errno */
int write_text(const char *path, const char *text);
uint64_t used_bytes(void);
uint64_t limit_bytes(void);
int set_limit(uint64_t bytes);
/* What edu's buffer costs: without an IOMMU device memory is a power of two of pages */
uint64_t alloc_charge(uint32_t kind, uint64_t length);
/* What edu's mapping adds: an IOMMU's page tables, 8 bytes for a page, whole pages */
uint64_t map_charge(uint64_t length);
/* Waits for the count; frees that follow a close() may be late */
bool used_becomes(uint64_t bytes);
bool wait_for(bool (*done)(void), unsigned int ms);
bool node_exists(void);
void msleep(unsigned int ms);
uint64_t now_ns(void);
/* Exit status; 127 if it did not run */
int run(const char *const argv[]);
#define RUN(...)	run((const char *const []) { __VA_ARGS__, NULL })
/* Does not wait for who holds it: -1 with EWOULDBLOCK */
int remove_module(const char *name);
uint64_t module_references(const char *name);
/* The tests' memory cgroup: made with this memory.max; entered and left, pid 0 being the caller */
#define CGROUP_FILE(name)	"/sys/fs/cgroup/dmaspan/" name
void cgroup_make(const char *most);
void cgroup_enter(pid_t pid);
void cgroup_leave(pid_t pid);
uint64_t cgroup_oom_kills(void);
void unbind_device(void);
void bind_device(void);
/* The edu device is pulled out of the machine, and plugged in */
void unplug_edu(void);
void plug_edu(void);
/* The driver's directory in sysfs, and the name that its device has there */
void device_driver(char *driver, size_t room, char *address, size_t address_room);
/* A child that runs @fn; its status by reap() */
pid_t spawn(void (*fn)(void *), void *arg);
/* Exit status, or 128 + signal */
int reap(pid_t pid);
/* A child that waits in read() of a channel; its status is the errno, 255 if there is none */
pid_t spawn_reader(int channel);
/* The physical address behind a page of a CPU view, by /proc/self/pagemap */
uint64_t physical(const void *page);
int send_fd(int socket, int fd);
int receive_fd(int socket);
/* Runs @fn, which faults: the signal's number, 0 if it did not */
int signal_of(void (*fn)(void *), void *arg);

/* Commands, calls.c */

int node_open(int flags);
int do_info(int node, struct dmaspan_info *info);
int do_channel_info(int node, uint32_t index, struct dmaspan_channel_info *info);
int do_alloc(int node, uint32_t kind, uint64_t length, int *fd);
int do_alloc_flags(int node, uint32_t kind, uint32_t flags, uint32_t fd_flags,
		   uint64_t length, int *fd);
int do_buffer_info(int node, int fd, struct dmaspan_buffer_info *info);
int do_map(int node, int fd, uint32_t direction, struct dmaspan_map *map);
int do_segments(int node, uint32_t mapping, struct dmaspan_segment *segments,
		uint32_t room, uint32_t *count);
int do_unmap(int node, uint32_t mapping);
int do_sync(int node, uint32_t mapping, uint32_t flags, uint64_t offset,
	    uint64_t length);
int do_sync_ranges(int node, uint32_t mapping, uint32_t flags,
		   const struct dmaspan_range *ranges, uint32_t count);
int do_channel_open(int node, const char *name, uint32_t fd_flags, int *fd);
int do_submit(int channel, uint32_t mapping, uint64_t offset, uint64_t length,
	      uint64_t cookie);
int do_submit_array(int channel, const struct dmaspan_transfer *transfers,
		    uint32_t count);
/* The same with arrays of another size */
int do_submit_sized(int channel, const void *transfers, uint32_t count, uint32_t size);
int do_cancel(int channel, uint32_t *cancelled);
/* One completion; -1 with ETIMEDOUT if there is none in time */
int do_wait(int channel, struct dmaspan_completion *completion, int timeout_ms);

/* A buffer with everything on it, span.c */

struct span {
	int node;
	int fd;
	size_t length;
	unsigned char *data;
	struct dmaspan_map map;
};

/* These fail the case where they cannot do it */
void span_open(struct span *span, int node, uint32_t kind, uint32_t direction,
	       size_t length);
void span_close(struct span *span);
void *view(int fd, size_t length);
/* A buffer that was asked for without O_RDWR, and a view that such an fd allows */
int read_only_buffer(int node, uint32_t kind, size_t length);
void *read_only_view(int fd, size_t length);
void fill(void *data, size_t length, unsigned int seed);
bool filled(const void *data, size_t length, unsigned int seed);
bool all_zero(const void *data, size_t length);

/* The two ends of the edu device's FIFO */
struct loop {
	int tx;
	int rx;
};

void loop_open(struct loop *loop, int node);
void loop_close(struct loop *loop);
/* The sync that the mapping needs, if any */
void hand_over(const struct span *span, uint32_t to, size_t offset, size_t length);
/* One transfer to its end, without any sync */
void move(int channel, const struct span *span, size_t offset, size_t length);
/* The same with the sync that the mapping needs */
void play(struct loop *loop, const struct span *span, size_t offset, size_t length);
void capture(struct loop *loop, const struct span *span, size_t offset,
	     size_t length);

/* Both ends, each with a buffer of RIG_LENGTH bytes */
#define RIG_LENGTH	(4 * PAGE)

struct rig {
	int node;
	struct loop loop;
	struct span out;
	struct span in;
};

void rig_open(struct rig *rig, uint32_t kind);
void rig_close(struct rig *rig);
/* The same when the device is gone, and its mappings with it */
void rig_drop(struct rig *rig);
/* Nothing is held, and data go out and come back */
void device_works(void);

/* A memory-to-memory channel of VIRT_NAME with buffers for both sides, copy.c */

struct copies {
	int node;
	int channel;
	struct span src;
	struct span dst;
};

/* With all knobs turned back, and no findings at the end */
void copies_open(struct copies *w, uint32_t kind, size_t length);
void copies_close(struct copies *w);
struct dmaspan_transfer copies_transfer(const struct copies *w, uint64_t to,
					uint64_t from, uint64_t length);
/* A new pattern in all of what is read, a blank in all of what is written */
void copies_fill(const struct copies *w, unsigned int seed);
void copies_blank(const struct copies *w);
/* It came from @from, and around it all is blank */
bool copies_arrived(const struct copies *w, size_t to, size_t from, size_t length);
/* One copy to its end, checked */
void copies_move(const struct copies *w, size_t to, size_t from, size_t length);
/* The next completion is this transfer's, and good */
void copy_ended(int channel, const struct dmaspan_transfer *t);

#endif /* HARNESS_H */
