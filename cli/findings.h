/* SPDX-License-Identifier: MIT */
/*
 * What dmaspan_virt found, as its debugfs file says it: a line for each, in
 * columns separated by tabs, "-" where there is nothing.
 */
#ifndef DMASPAN_CLI_FINDINGS_H
#define DMASPAN_CLI_FINDINGS_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#define FINDINGS_FILE "/sys/kernel/debug/dmaspan_virt/findings"

/**
 * struct finding - one line; pointers into it
 * @times: how often
 * @address: of the device
 * @length: in bytes
 * @mapped: the next four are known
 * @mapping: its number, counted up by the device
 * @offset: into the mapping
 * @size: of the mapping
 */
struct finding {
	const char *device;
	const char *kind;
	uint64_t times;
	const char *access;
	uint64_t address;
	uint64_t length;
	bool mapped;
	uint64_t mapping;
	int64_t offset;
	uint64_t size;
	const char *direction;
	uint64_t pid;
	const char *comm;
	const char *site;
	const char *message;
};

/* Cuts @line up; false if it is not a finding */
bool finding_parse(char *line, struct finding *finding);

/* In words: what happened where, and what is missing */
void finding_explain(FILE *to, const struct finding *finding);

#endif /* DMASPAN_CLI_FINDINGS_H */
