// SPDX-License-Identifier: MIT
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>

#include "cli.h"

#define MAX_TEXT 4352 /* a path and some words */

/* A message is one write, so that those of several processes do not mix */
int fail(const char *object, const char *cause, const char *action, ...)
{
	char text[MAX_TEXT];
	va_list args;

	va_start(args, action);
	vsnprintf(text, sizeof(text), action, args);
	va_end(args);
	fprintf(stderr, "dmaspan: %s: cannot %s: %s\n", object, text, cause);
	return EXIT_FAILED;
}

int usage(const char *verb, const char *problem, ...)
{
	char text[MAX_TEXT];
	va_list args;

	va_start(args, problem);
	vsnprintf(text, sizeof(text), problem, args);
	va_end(args);
	fprintf(stderr, "dmaspan: %s%s%s\ntry 'dmaspan %s%s--help'\n",
		verb ? verb : "", verb ? ": " : "", text, verb ? verb : "",
		verb ? " " : "");
	return EXIT_USAGE;
}

int fail_open(const char *device, int error)
{
	const char *cause = dmaspan_strerror(error);
	char **names;
	int count;

	if (error == -ENOENT) {
		cause = "no such device; 'dmaspan list' shows those there are";
		count = dmaspan_list(&names);
		if (count == 0)
			cause = "no such device: there is none here; load the module of its driver";
		if (count >= 0)
			dmaspan_list_free(names);
	}
	fail(device, cause, "open the device");

	switch (error) {
	case -ENOENT:
	case -ENODEV:
	case -ENXIO:
		return EXIT_NO_DEVICE;
	default:
		return EXIT_FAILED;
	}
}
