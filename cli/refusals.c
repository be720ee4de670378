// SPDX-License-Identifier: MIT
#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli.h"
#include "refusals.h"

#define INSTANCE "/sys/kernel/tracing/instances/dmaspan-check"

static bool started;

static int enable_events(void)
{
	FILE *file = fopen(INSTANCE "/events/dmaspan/enable", "we");
	int ret = 0;

	if (!file)
		return -errno;
	if (fputs("1\n", file) < 0)
		ret = -EIO;
	if (fclose(file))
		ret = -errno;
	return ret;
}

int refusals_start(void)
{
	int ret;

	/* One may be left of a run that was killed */
	rmdir(INSTANCE);
	if (mkdir(INSTANCE, 0700))
		return -errno;
	started = true;
	ret = enable_events();
	if (ret)
		refusals_stop();
	return ret;
}

FILE *refusals_read(void)
{
	return started ? fopen(INSTANCE "/trace", "re") : NULL;
}

void refusals_stop(void)
{
	if (started)
		rmdir(INSTANCE);
	started = false;
}

/* What cannot be helped, or is asked for on purpose, is not a mistake */
static bool is_mistake(const struct refusal *refusal)
{
	switch (refusal->error) {
	case EINVAL:
	case ENOENT:
	case EACCES:
	case EOVERFLOW:
	case EFAULT:
	case EBADF:
	case ENOTTY:
	case E2BIG:
		return true;
	case EBUSY:
		return !strcmp(refusal->what, "unmap");
	default:
		return false;
	}
}

/* The text behind an event's name: "DEVICE WHAT FIELD=..."; what is left of it */
static char *cut_names(char *text, struct refusal *refusal)
{
	refusal->device = strsep(&text, " ");
	refusal->what = strsep(&text, " ");
	return text;
}

bool refusal_parse(char *line, struct refusal *refusal)
{
	static const char refused[] = ": dmaspan_refused: ", abandoned[] = ": dmaspan_abandoned: ";
	char *at;

	*refusal = (struct refusal) { };
	at = strstr(line, refused);
	if (at) {
		at = cut_names(at + strlen(refused), refusal);
		return at && sscanf(at, "errno=%d mapping=%u offset=%llu length=%llu",
				    &refusal->error, &refusal->mapping, &refusal->offset,
				    &refusal->length) == 4 && is_mistake(refusal);
	}
	at = strstr(line, abandoned);
	if (!at)
		return false;
	refusal->abandoned = true;
	at = cut_names(at + strlen(abandoned), refusal);
	return at && sscanf(at, "queued=%u unread=%u", &refusal->queued, &refusal->unread) == 2;
}

static void explain_refused(FILE *to, const struct refusal *refusal)
{
	fprintf(to, "%s: refused, at %s", refusal->device, refusal->what);
	if (refusal->length)
		fprintf(to, " of %llu bytes at offset %llu of mapping %u", refusal->length,
			refusal->offset, refusal->mapping);
	else if (refusal->mapping)
		fprintf(to, " of mapping %u", refusal->mapping);
	fprintf(to, "\n    %s\n", dmaspan_strerror(-refusal->error));
}

void refusal_explain(FILE *to, const struct refusal *refusal)
{
	if (!refusal->abandoned) {
		explain_refused(to, refusal);
		return;
	}
	fprintf(to, "%s: abandoned, at close of channel %s\n"
		"    transfers on their way: %u, completions not read: %u\n"
		"    missing: dmaspan_wait() for each transfer, or dmaspan_cancel()\n",
		refusal->device, refusal->what, refusal->queued, refusal->unread);
}
