/* SPDX-License-Identifier: MIT */
/*
 * "fail-nth": a call is repeated with its 1st, 2nd, ... allocation or user copy
 * failing, until none is left to fail.
 *
 * The kernel counts what the calling task allocates and copies, in whatever
 * code: an errno is the command's all the same. A call may succeed although
 * something failed, where the kernel has another way.
 */
#ifndef HARNESS_FAILNTH_H
#define HARNESS_FAILNTH_H

#include "virt.h"

#define FAILNTH_ERRNOS	4

/**
 * struct action - what is repeated
 * @prepare: before each attempt; may be NULL
 * @call: 0, or -1 with errno; with the failure to come, so nothing but the call
 * @undo: after a call that succeeded; may be NULL
 * @failed: after one that did not; may be NULL
 * @errnos: how it may fail, filled up with zeros
 * @quiet: it may have nothing to fail
 */
struct action {
	void (*prepare)(void);
	int (*call)(void);
	void (*undo)(void);
	void (*failed)(void);
	int errnos[FAILNTH_ERRNOS];
	bool quiet;
};

/* Whether the kernel can do it; for main(): else test_skip_all(FAILNTH_NONE) */
bool failnth_possible(void);
#define FAILNTH_NONE	"the kernel has no fault injection"

/*
 * Repeats it, on @node or without one (-1). Each attempt must leave no fd, id or
 * charge, and a failed one the caller's struct as it was; all together leave no
 * memory charged, pinned, or mapped for the device. Counts what it has done.
 */
void failnth(int node, const struct action *action);

/* The same, but the failures are the @first one and each @step th after it */
void failnth_some(int node, const struct action *action, unsigned int first,
		  unsigned int step);

/* For action.call: an ioctl whose struct must stay as it is if it fails */
int failnth_ioctl(int fd, unsigned long command, void *arg, size_t size);

#define FAILNTH_IOCTL(fd, command, arg) failnth_ioctl(fd, command, arg, sizeof(*(arg)))

/* How many failures @call would have, after prepare; undone */
unsigned int failnth_measure(const struct action *action);

#endif /* HARNESS_FAILNTH_H */
