/* SPDX-License-Identifier: MIT */
/*
 * Races on purpose. A round is a process that opens a scene, in which victims
 * step again and again while an attack takes place: in a thread of the same
 * process ("inside"), or from without. A victim may fail as it always may and
 * as the attack causes, in no other way. After the round nothing is charged,
 * and the device works.
 *
 * The environment: RACE_VICTIM and RACE_SEED, as said of a round that failed, for that one again.
 */
#ifndef HARNESS_RACE_H
#define HARNESS_RACE_H

#include <sys/types.h>

#include "harness.h"

#define RACE_LENGTH	(4 * PAGE)
#define RACE_ERRNOS	10
#define RACE_STEP_MS	WAIT_MS	/* a transfer is lost if it takes longer */

/* fd and mapping are of a buffer that lets the device read and write */
struct race_scene {
	int node;
	int channel;		/* -1 if the victim needs none */
	int fd;
	uint32_t kind;
	unsigned char *data;
	struct dmaspan_map map;
};

/* Errnos end with 0 */
struct race_victim {
	const char *name;
	const char *edu;	/* the channel it needs there; NULL: not on this device */
	const char *virt;
	/* One try: 0 or a negative errno. EFAULT is for SIGSEGV, ENXIO for SIGBUS, too */
	int (*step)(const struct race_scene *s, uint64_t *state);
	unsigned int threads;
	bool blocks;		/* for ever, if nothing wakes it */
	int says[RACE_ERRNOS];
};

#define RACE_NO_CHANNEL	""

struct race_attack {
	void (*before)(void);	/* in the victims' process, which has no threads yet */
	void (*inside)(struct race_scene *s, uint64_t *state);
	void (*outside)(pid_t victims, uint64_t *state);
	void (*after)(void);	/* puts the machine right again */
	bool kills;
	bool wakes;		/* who waits on the node or the channel, too */
	bool every;		/* all victims on edu, too */
	bool takes_fds;		/* a number is then closed, or another thing's */
	const struct race_victim *only;
	int causes[RACE_ERRNOS];
};

extern const struct race_victim race_victims[];
extern const size_t race_num_victims;

/* @rounds for each victim; on edu, which is slow, for a few that are drawn, unless it is @every */
void race_run(const struct race_attack *attack, unsigned int rounds);

#endif /* HARNESS_RACE_H */
