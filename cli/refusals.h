/* SPDX-License-Identifier: MIT */
/*
 * What dmaspan.ko's trace events say of a program's calls: those that were
 * refused, and channels that were closed too early. Read from an instance of
 * the kernel's tracer of our own.
 */
#ifndef DMASPAN_CLI_REFUSALS_H
#define DMASPAN_CLI_REFUSALS_H

#include <stdbool.h>
#include <stdio.h>

/**
 * struct refusal - one event; the texts are in the line it was parsed from
 * @device: whose
 * @what: the command, in lower case, or the channel
 * @abandoned: a channel was closed; else a command was refused
 * @error: why, of a refusal, positive
 * @mapping: which a refusal is about, and the range; zeros if it is not known
 * @queued: of a closed channel, transfers that it had
 * @unread: ... and completions
 */
struct refusal {
	const char *device;
	const char *what;
	bool abandoned;
	int error;
	unsigned int mapping;
	unsigned long long offset;
	unsigned long long length;
	unsigned int queued;
	unsigned int unread;
};

/* Begins to listen; -errno */
int refusals_start(void);

/* What there is since then; NULL if nothing was begun */
FILE *refusals_read(void);

void refusals_stop(void);

/* Cuts @line up; false if it is no mistake of the program's */
bool refusal_parse(char *line, struct refusal *refusal);

/* In words */
void refusal_explain(FILE *to, const struct refusal *refusal);

#endif /* DMASPAN_CLI_REFUSALS_H */
