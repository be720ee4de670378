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
 * @makes: the fd of a call that succeeded, closed after @undo; may be NULL
 * @errnos: how it may fail, filled up with zeros
 * @quiet: it may have nothing to fail
 */
struct action {
	void (*prepare)(void);
	int (*call)(void);
	void (*undo)(void);
	void (*failed)(void);
	const int *makes;
	int errnos[FAILNTH_ERRNOS];
	bool quiet;
};

/* Whether the kernel can do it; for main(): else test_skip_all(FAILNTH_NONE) */
bool failnth_possible(void);
#define FAILNTH_NONE	"the kernel has no fault injection"
/* test_main_by_device() where it can */
int failnth_main(const struct test_case *cases, size_t count);

#define FAILNTH_MAIN(cases) \
	int main(void) { return failnth_main(cases, ARRAY_SIZE(cases)); }

/*
 * Repeats it, on @node or without one (-1). Each attempt must leave no fd, id or
 * charge of the device, nothing pinned or mapped for it, and a failed one the
 * caller's struct as it was; all together leave no memory charged. Counts what
 * it has done.
 */
void failnth(int node, const struct action *action);

/* The same with a buffer and its node, which are there as *@fd and *@node */
void failnth_buffer(int *node, int *fd, uint32_t kind, size_t length,
		    const struct action *action);

/*
 * A buffer of so many single pages, apart from each other: more segments than
 * one page of a scatterlist has room for
 */
#define FAILNTH_SCATTERED	320
int failnth_scattered(int node);

/* The device's channel of a direction; BIDIRECTIONAL: that copies, virt only */
const char *failnth_channel(uint32_t direction);

/* The same of close(), each time of what @open_fd returns */
void failnth_closes(int node, int (*open_fd)(void));

/* For action.call: an ioctl whose struct must stay as it is if it fails */
int failnth_ioctl(int fd, unsigned long command, void *arg, size_t size);

#define FAILNTH_IOCTL(fd, command, arg) failnth_ioctl(fd, command, arg, sizeof(*(arg)))

#endif /* HARNESS_FAILNTH_H */
