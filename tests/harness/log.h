/* SPDX-License-Identifier: MIT */
/* What the kernel logs meanwhile. */
#ifndef HARNESS_LOG_H
#define HARNESS_LOG_H

#include "harness.h"

/* The log from here on: an fd */
int log_open(void);
/* Waits for a record that holds @text, whatever comes before it; false if none does in WAIT_MS */
bool log_says(int log, const char *text);

#endif /* HARNESS_LOG_H */
