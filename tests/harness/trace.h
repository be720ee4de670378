/* SPDX-License-Identifier: MIT */
/* Trace events: what there was since trace_empty(). */
#ifndef HARNESS_TRACE_H
#define HARNESS_TRACE_H

#include "harness.h"

#define TRACING		"/sys/kernel/tracing/"
#define TRACE_TEXT	(256 * KIB)

/* @events: a system, or SYSTEM/EVENT */
void trace_set(const char *events, bool on);
void trace_empty(void);
/* All there is, at most TRACE_TEXT; the caller does not own it */
const char *trace_text(void);

#endif /* HARNESS_TRACE_H */
