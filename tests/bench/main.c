// SPDX-License-Identifier: MIT
/*
 * bench [--icount] [--bounce] GROUP...
 *
 * Prints a line of JSON for each figure and peer; scripts/bench runs it.
 */
#include <stdio.h>
#include <string.h>

#include "bench.h"

static const struct {
	const char *name;
	void (*run)(struct bench *b);
} groups[] = {
	{ "write", bench_write },
	{ "touch", bench_touch },
	{ "alloc", bench_alloc },
	{ "sync", bench_sync },
	{ "calls", bench_calls },
	{ "engine", bench_engine },
	{ "virt", bench_virt },
};

static bool run_group(struct bench *b, const char *name)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(groups); i++) {
		if (strcmp(groups[i].name, name))
			continue;
		note("group %s", name);
		groups[i].run(b);
		return true;
	}
	return false;
}

static int complain(void)
{
	size_t i;

	fputs("usage: bench [--icount] [--bounce] GROUP...\ngroups:", stderr);
	for (i = 0; i < ARRAY_SIZE(groups); i++)
		fprintf(stderr, " %s", groups[i].name);
	fputc('\n', stderr);
	return 2;
}

int main(int argc, char **argv)
{
	struct bench b = { .icount = false };
	int i, ret;

	for (i = 1; i < argc && argv[i][0] == '-'; i++) {
		if (!strcmp(argv[i], "--icount"))
			b.icount = true;
		else if (!strcmp(argv[i], "--bounce"))
			b.bounce = true;
		else
			return complain();
	}
	if (i == argc)
		return complain();
	ret = dmaspan_open("edu0", &b.dev);
	if (ret)
		die("edu0: %s", dmaspan_strerror(ret));
	for (; i < argc; i++)
		if (!run_group(&b, argv[i]))
			return complain();
	dmaspan_close(b.dev);
	return 0;
}
