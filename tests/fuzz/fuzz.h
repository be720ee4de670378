/* SPDX-License-Identifier: MIT */
/*
 * The fuzzer of the ABI.
 *
 * A program is a list of calls, one per line of text. An argument is a number,
 * or refers to what earlier calls made: "b1" is the second buffer (counted
 * modulo those there are), "l0-1" one less than the first buffer's length.
 *
 * program.c    the calls there are; programs as text
 * mutate.c     new programs from old ones
 * execute.c    what a running program has made; calls_abi.c, calls_os.c: each call
 * cover.c      KCOV
 * corpus.c     the programs worth keeping, shared by all workers
 * worker.c     one program in a process of its own; what is kept
 * main.c       options, replay, the checks at the end
 */
#ifndef FUZZ_H
#define FUZZ_H

#include "harness.h"

#define MAX_CALLS	40
#define MAX_ARGS	20
#define MAX_TEXT	8192
#define ARG_BYTES	(2 * PAGE)	/* room for a command's struct of any size */

/* program.c */

/* What a value may refer to; the letters are those of the text. */
#define REFS		"nbcdmvslwr"
enum ref {
	REF_NODE,	/* fds */
	REF_BUFFER,
	REF_CHANNEL,
	REF_OTHER,
	REF_MAPPING,	/* an id */
	REF_VIEW,	/* an address */
	REF_SEGMENTS,	/* a mapping's number of them */
	REF_LENGTH,	/* a buffer's */
	REF_WRITABLE,	/* a page, with a read-only one behind it */
	REF_READONLY,	/* a page, with nothing behind it */
	REF_NONE,	/* a plain number */
};

struct value {
	uint8_t ref;
	uint8_t index;
	uint64_t number;	/* added to what is referred to */
};

struct call {
	uint8_t op;
	struct value args[MAX_ARGS];
};

enum race { RACE_NONE, RACE_THREAD, RACE_PROCESS };

/* From call number @from on, two run it at once on the same objects. */
struct program {
	uint8_t race;
	uint8_t from;
	uint8_t count;
	struct call calls[MAX_CALLS];
};

struct run;

/*
 * @args: one letter per argument, what mutate.c draws for it. Missing ones are
 * zero. A command of the ABI has COMMAND_TAIL; what it has behind that came
 * later, so that programs in the corpus stay what they were.
 */
struct op {
	const char *name;
	const char *args;
	long (*call)(struct run *r, const uint64_t *a, const struct call *c);
	bool maker;	/* without it others find no object: it is drawn more often */
	uint8_t tail;	/* the first argument of COMMAND_TAIL, 0: it has none */
};

#define COMMAND_TAIL	"ziip"	/* size (0: right), reserved field, tail's byte, where it is */

extern const struct op ops[];
extern const size_t num_ops;

/* 0, or the number of the line that is no program's */
unsigned int program_parse(struct program *p, const char *text);
/* Length; the text fits into MAX_TEXT */
size_t program_print(const struct program *p, char *text);

/* mutate.c */

void program_generate(struct program *p, uint64_t *rng);
void program_mutate(struct program *p, const struct program *other, uint64_t *rng);
uint64_t below(uint64_t *rng, uint64_t n);

/* execute.c */

#define POOL	64

struct pool {
	unsigned int count;
	int64_t item[POOL];
	uint64_t more[POOL];	/* buffer, view: length; mapping: segments */
};

struct run {
	struct pool *pools;	/* by enum ref, up to REF_VIEW; shared by threads */
	unsigned char *arg;	/* this thread's struct, ARG_BYTES */
	void *array;		/* this thread's array for commands, ARRAY_BYTES */
};

#define ARRAY_BYTES	((DMASPAN_MAX_TRANSFERS + 1) * DMASPAN_MAX_TRANSFER_SIZE)

void pool_add(struct run *r, enum ref kind, int64_t item, uint64_t more);
/* The view that an argument refers to, cut to what is inside of it; false: none */
bool pick_view(struct run *r, const struct value *v, uint64_t *offset, uint64_t *length,
	       unsigned char **base);
/* These survive a fault; false if there was one */
bool guarded_write(uint64_t to, const void *from, size_t length);
bool guarded_read(void *to, uint64_t from, size_t length);
bool guarded_touch(unsigned char *from, size_t length, bool write);
/* A call that would block is interrupted again and again while it is armed. */
void interrupts(bool on);
/*
 * All of a program, in this process, which is only for that; @cover: KCOV's fds or -1.
 * What fails before its first call ends the process with NOT_BEGUN.
 */
#define NOT_BEGUN	99
void execute(const struct program *p, const int *cover);

/* calls_abi.c */

long call_info(struct run *r, const uint64_t *a, const struct call *c);
long call_channel_info(struct run *r, const uint64_t *a, const struct call *c);
long call_buffer_info(struct run *r, const uint64_t *a, const struct call *c);
long call_alloc(struct run *r, const uint64_t *a, const struct call *c);
long call_map(struct run *r, const uint64_t *a, const struct call *c);
long call_segments(struct run *r, const uint64_t *a, const struct call *c);
long call_unmap(struct run *r, const uint64_t *a, const struct call *c);
long call_sync(struct run *r, const uint64_t *a, const struct call *c);
long call_channel_open(struct run *r, const uint64_t *a, const struct call *c);
long call_submit(struct run *r, const uint64_t *a, const struct call *c);
long call_cancel(struct run *r, const uint64_t *a, const struct call *c);
long call_ioctl(struct run *r, const uint64_t *a, const struct call *c);

/* calls_os.c */

long call_open(struct run *r, const uint64_t *a, const struct call *c);
long call_close(struct run *r, const uint64_t *a, const struct call *c);
long call_dup(struct run *r, const uint64_t *a, const struct call *c);
long call_read(struct run *r, const uint64_t *a, const struct call *c);
long call_poll(struct run *r, const uint64_t *a, const struct call *c);
long call_mmap(struct run *r, const uint64_t *a, const struct call *c);
long call_munmap(struct run *r, const uint64_t *a, const struct call *c);
long call_mprotect(struct run *r, const uint64_t *a, const struct call *c);
long call_madvise(struct run *r, const uint64_t *a, const struct call *c);
long call_mremap(struct run *r, const uint64_t *a, const struct call *c);
long call_touch(struct run *r, const uint64_t *a, const struct call *c);
long call_fork(struct run *r, const uint64_t *a, const struct call *c);
long call_cpu_sync(struct run *r, const uint64_t *a, const struct call *c);
long call_lseek(struct run *r, const uint64_t *a, const struct call *c);
long call_pass(struct run *r, const uint64_t *a, const struct call *c);
long call_vmsplice(struct run *r, const uint64_t *a, const struct call *c);
long call_direct(struct run *r, const uint64_t *a, const struct call *c);
long call_nonblock(struct run *r, const uint64_t *a, const struct call *c);
long call_sleep(struct run *r, const uint64_t *a, const struct call *c);
long call_fds(struct run *r, const uint64_t *a, const struct call *c);

/* cover.c */

#define SIDES		2		/* of a race */
#define EDGE_BITS	18
#define MAX_PCS		(1U << 22)	/* bytes of our modules' text */

/* Shared by all workers */
struct coverage {
	uint64_t edges[(1 << EDGE_BITS) / 64];
	uint64_t pcs[MAX_PCS / 64];
	uint64_t num_edges;
	uint64_t num_pcs;
};

/* What one program reached that nobody had, as edges */
#define MAX_NEWS	4096
struct news {
	unsigned int count;
	uint32_t edges[MAX_NEWS];
};

/* False: no KCOV here. Once, before there are workers */
bool cover_find_modules(void);
/* This worker's two fds and buffers; false if it cannot */
bool cover_open(int fds[SIDES]);
void cover_reset(void);
/* In the process or thread that is to be seen */
void cover_enable(int fd);
/* What was seen since cover_reset() and is not in @c */
void cover_news(const struct coverage *c, struct news *news);
/* Whether all of @wanted was seen since cover_reset() */
bool cover_has(const struct news *wanted);
/* Takes what was seen into @c; how many edges were new, and PCs */
unsigned int cover_commit(struct coverage *c, unsigned int *new_pcs);
/* Leaves of @news what was seen */
void cover_keep(struct news *news);

/* corpus.c */

#define MAX_PROGRAMS	8192
#define RECENT		8
#define MAX_WORKERS	16

struct shared {
	struct coverage coverage;
	uint64_t executions;
	unsigned int stop;
	unsigned int hangs;
	unsigned int late;	/* programs that were ended by the watchdog */
	unsigned int unbegun;	/* programs that ended with NOT_BEGUN */
	unsigned int next;	/* of what is replayed */
	unsigned int loaded;
	unsigned int count;	/* of what follows */
	struct {
		unsigned int next;
		char text[RECENT][MAX_TEXT];
	} recent[MAX_WORKERS];
	unsigned int ready[MAX_PROGRAMS];
	char text[MAX_PROGRAMS][MAX_TEXT];
};

extern struct shared *shared;

bool corpus_init(void);
/* Nothing happens if it is full */
void corpus_add(const char *text);
bool corpus_pick(struct program *p, uint64_t *rng);
/* A file, or all of a directory; false if one is no program, which is said */
bool corpus_load(const char *path);
/* As comments, for the log */
void show_text(const char *text);
/* Names the file after what is in it */
void corpus_save(const char *directory, const char *text);

/* main.c */

#define NUM_DEVICES	3
#define NUM_MODULES	3

extern const char *const device_names[NUM_DEVICES];
extern const char *const module_names[NUM_MODULES];

/* worker.c */

struct options {
	const char *corpus;	/* where new programs go, NULL: nowhere */
	uint64_t seed;
	unsigned int minutes;
	unsigned int times;
	unsigned int workers;
	bool replay;
	bool cover;		/* there is KCOV */
};

/* A worker's life; the process ends with it. */
void worker(unsigned int number, const struct options *o);

#endif /* FUZZ_H */
