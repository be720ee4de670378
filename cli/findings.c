// SPDX-License-Identifier: MIT
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "cli.h"
#include "findings.h"

enum {
	SEQ, TIME, DEVICE, KIND, TIMES, ACCESS, ADDRESS, LENGTH, MAPPING, OFFSET,
	SIZE, DIRECTION, PID, COMM, SITE, MESSAGE, COLUMNS
};

bool finding_parse(char *line, struct finding *finding)
{
	char *column[COLUMNS], *rest = line;

	line[strcspn(line, "\n")] = 0;
	if (*line == '#')
		return false;
	for (int i = 0; i < COLUMNS; i++) {
		column[i] = strsep(&rest, "\t");
		if (!column[i])
			return false;
	}
	*finding = (struct finding) {
		.device = column[DEVICE],
		.kind = column[KIND],
		.times = strtoull(column[TIMES], NULL, 10),
		.access = column[ACCESS],
		.address = strtoull(column[ADDRESS], NULL, 16),
		.length = strtoull(column[LENGTH], NULL, 10),
		.mapped = strcmp(column[MAPPING], "-"),
		.mapping = strtoull(column[MAPPING], NULL, 10),
		.offset = strtoll(column[OFFSET], NULL, 10),
		.size = strtoull(column[SIZE], NULL, 10),
		.direction = column[DIRECTION],
		.pid = strtoull(column[PID], NULL, 10),
		.comm = column[COMM],
		.site = column[SITE],
		.message = column[MESSAGE],
	};
	return true;
}

/* Calls of a program that uses the library: "%s" is the range */
#define HAND_OVER "dmaspan_sync_for_device(buffer, %s)"
#define TAKE "dmaspan_sync_for_cpu(buffer, %s) after dmaspan_wait()"

/* What it did not do, and when it should; @access is NULL where it does not matter */
static const struct remedy {
	const char *kind;
	const char *access;
	const char *call;
	const char *when;
} remedies[] = {
	{ "stale-read", NULL, HAND_OVER,
	  ", after the program wrote these bytes and before dmaspan_submit()" },
	{ "stale-write", NULL, HAND_OVER,
	  ", after the program wrote these bytes and before dmaspan_submit()" },
	{ "cpu-write", NULL, HAND_OVER,
	  ", after the program wrote these bytes; or it wrote them too early" },
	{ "not-taken", "device-write", TAKE, ", before the next transfer into these bytes" },
	{ "not-taken", "sync-for-device", TAKE,
	  ", before the bytes are handed to the device again" },
	{ "not-taken", "unmap", TAKE,
	  ", before the program read these bytes or freed the buffer" },
	{ "in-flight", "sync-for-cpu", "dmaspan_wait()",
	  ", before the bytes are taken from the transfer that writes them" },
	{ "in-flight", "sync-for-device", "dmaspan_wait()",
	  ", before the bytes of a transfer are handed over again" },
	{ "in-flight", "unmap", "dmaspan_wait() or dmaspan_cancel()",
	  ", before the buffer is freed" },
	{ "overlap", NULL, "one mapping for both uses",
	  ": what the device writes through one hides what it writes through the other" },
	{ "direction", NULL, "a buffer allocated for this direction",
	  ": DMASPAN_FROM_DEVICE is written by the device, DMASPAN_TO_DEVICE read" },
};

static const struct remedy *finding_remedy(const struct finding *finding)
{
	for (size_t i = 0; i < ARRAY_SIZE(remedies); i++) {
		const struct remedy *remedy = &remedies[i];

		if (!strcmp(remedy->kind, finding->kind) &&
		    (!remedy->access || !strcmp(remedy->access, finding->access)))
			return remedy;
	}
	return NULL;
}

static void print_remedy(FILE *to, const struct remedy *remedy, const char *range)
{
	const char *mark = strstr(remedy->call, "%s");

	if (mark)
		fprintf(to, "    missing: %.*s%s%s%s\n", (int)(mark - remedy->call),
			remedy->call, range, mark + 2, remedy->when);
	else
		fprintf(to, "    missing: %s%s\n", remedy->call, remedy->when);
}

/* A program's mappings are all made by one function of dmaspan */
static bool made_by_dmaspan(const struct finding *finding)
{
	return strstr(finding->site, "[dmaspan]");
}

void finding_explain(FILE *to, const struct finding *finding)
{
	const struct remedy *remedy = finding_remedy(finding);
	char range[64];

	fprintf(to, "%s: %s, at %s of ", finding->device, finding->kind, finding->access);
	if (finding->mapped) {
		snprintf(range, sizeof(range), "%" PRId64 ", %" PRIu64, finding->offset,
			 finding->length);
		fprintf(to, "%" PRIu64 " bytes at offset %" PRId64
			" of mapping %" PRIu64 " (%" PRIu64 " bytes, %s)",
			finding->length, finding->offset, finding->mapping, finding->size,
			finding->direction);
	} else {
		snprintf(range, sizeof(range), "%" PRIu64 " bytes", finding->length);
		fprintf(to, "%" PRIu64 " bytes at address %#" PRIx64, finding->length,
			finding->address);
	}
	if (finding->times > 1)
		fprintf(to, ", %" PRIu64 " times", finding->times);
	fprintf(to, "\n    %s\n", finding->message);
	if (remedy && made_by_dmaspan(finding))
		print_remedy(to, remedy, range);
	else if (finding->mapped)
		fprintf(to, "    mapped by %s (pid %" PRIu64 ") at %s\n", finding->comm,
			finding->pid, finding->site);
}
