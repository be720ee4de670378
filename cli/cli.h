/* SPDX-License-Identifier: MIT */
/*
 * What the verbs share.
 *
 * Functions that return "an exit code" have said on stderr what failed, once;
 * their callers unwind and pass the code on.
 */
#ifndef DMASPAN_CLI_H
#define DMASPAN_CLI_H

#include <dmaspan.h>

#ifndef DMASPAN_VERSION
#define DMASPAN_VERSION "0.1"
#endif

#define ARRAY_SIZE(array) (sizeof(array) / sizeof((array)[0]))

enum {
	EXIT_OK = 0,
	EXIT_FAILED = 1,
	EXIT_USAGE = 2,
	EXIT_NO_DEVICE = 3,
};

#define MAX_ARGS 3

/**
 * struct options - what a verb was called with
 * @channel: NULL: not given
 * @output: -o FILE; NULL: not given
 * @block: bytes per transfer
 * @bytes: UINT64_MAX: not given
 * @args: the arguments that are no options, NULL where there are fewer
 * @command: all of them, with a NULL behind, of a verb that runs a program
 */
struct options {
	const char *channel;
	const char *output;
	size_t block;
	uint64_t bytes;
	bool direct;
	bool json;
	bool help;
	const char *args[MAX_ARGS];
	char **command;
};

/**
 * struct verb - one word after "dmaspan"
 * @accepts: its options: c(hannel) b(lock) n(bytes) d(irect) j(son), and what
 *	-o is followed by: o(nly "json") or F(ile); x: it runs a program, whose
 *	arguments are its own
 * @min_args: fewest arguments
 * @max_args: most arguments
 */
struct verb {
	const char *name;
	const char *summary;
	const char *accepts;
	int min_args;
	int max_args;
	const char *help;
	int (*run)(const struct options *opts);
};

extern const struct verb verb_list;
extern const struct verb verb_info;
extern const struct verb verb_play;
extern const struct verb verb_capture;
extern const struct verb verb_copy;
extern const struct verb verb_bench;
extern const struct verb verb_check;

/* options.c: return an exit code */
int parse_options(const struct verb *verb, int argc, char **argv,
		  struct options *opts);

/* errors.c: return the exit code that fits */
int fail(const char *object, const char *cause, const char *action, ...)
	__attribute__((format(printf, 3, 4)));
int usage(const char *verb, const char *problem, ...)
	__attribute__((format(printf, 2, 3)));
int fail_open(const char *device, int error);

/* names.c */
const char *class_name(enum dmaspan_class class);
const char *kind_name(enum dmaspan_kind kind);
const char *direction_name(uint32_t direction);

#define HUMAN_SIZE 24

/* "64 KiB"; @text has room for HUMAN_SIZE bytes, and is returned */
const char *human_size(uint64_t bytes, char *text);

#endif /* DMASPAN_CLI_H */
