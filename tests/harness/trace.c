// SPDX-License-Identifier: MIT
/* Trace events. */
#include "trace.h"
#include "user.h"

void trace_set(const char *events, bool on)
{
	char path[128];

	snprintf(path, sizeof(path), TRACING "events/%s/enable", events);
	CHECK_EQ(write_text(path, on ? "1" : "0"), 0);
}

/* Opening it so does that. */
void trace_empty(void)
{
	int trace = open(TRACING "trace", O_WRONLY | O_TRUNC | O_CLOEXEC);

	CHECK(trace >= 0);
	close(trace);
}

const char *trace_text(void)
{
	static char text[TRACE_TEXT];

	CHECK(read_text(TRACING "trace", text, sizeof(text)) > 0);
	return text;
}
