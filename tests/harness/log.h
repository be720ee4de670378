/* SPDX-License-Identifier: MIT */
/* What the kernel logs meanwhile. */
#ifndef HARNESS_LOG_H
#define HARNESS_LOG_H

#include "harness.h"

#define LOG_RECORD	8192	/* room for any */

/* The log from here on: an fd */
int log_open(void);
/* False: there is none now. Passes over those that were overwritten before they were read. */
bool log_next(int log, char *record);
/* Waits for a record that holds @text, whatever comes before it; false if none does in WAIT_MS */
bool log_says(int log, const char *text);

#endif /* HARNESS_LOG_H */
