// SPDX-License-Identifier: MIT
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "cli.h"

static const struct verb * const verbs[] = {
	&verb_list, &verb_info, &verb_play, &verb_capture, &verb_copy,
	&verb_bench, &verb_check,
};

static int print_help(void)
{
	puts("usage: dmaspan VERB [OPTION...] [ARGUMENT...]\n"
	     "\n"
	     "DMA memory for programs: look at devices, move data through them.\n");
	for (size_t i = 0; i < ARRAY_SIZE(verbs); i++)
		printf("  %-9s %s\n", verbs[i]->name, verbs[i]->summary);
	puts("\n"
	     "  --help     this text; 'dmaspan VERB --help' for one verb\n"
	     "  --version  the version\n"
	     "\n"
	     "Exit codes: 0 done, 1 failed, 2 wrong usage, 3 no such device.");
	return EXIT_OK;
}

static int dispatch(int argc, char **argv)
{
	struct options opts;
	int ret;

	if (argc < 2)
		return usage(NULL, "a verb is missing");
	if (!strcmp(argv[1], "--help") || !strcmp(argv[1], "-h"))
		return print_help();
	if (!strcmp(argv[1], "--version")) {
		puts("dmaspan " DMASPAN_VERSION);
		return EXIT_OK;
	}

	for (size_t i = 0; i < ARRAY_SIZE(verbs); i++) {
		if (strcmp(argv[1], verbs[i]->name))
			continue;
		ret = parse_options(verbs[i], argc - 1, argv + 1, &opts);
		if (ret)
			return ret;
		if (opts.help) {
			fputs(verbs[i]->help, stdout);
			return EXIT_OK;
		}
		return verbs[i]->run(&opts);
	}
	return usage(NULL, "no verb or option '%s'", argv[1]);
}

int main(int argc, char **argv)
{
	int ret;

	/* They end a capture in order, as EPIPE and EFBIG */
	signal(SIGPIPE, SIG_IGN);
	signal(SIGXFSZ, SIG_IGN);

	ret = dispatch(argc, argv);

	errno = 0;
	if ((fflush(stdout) || ferror(stdout)) && errno != EPIPE) {
		fail("standard output", strerror(errno ? errno : EIO), "write");
		if (!ret)
			ret = EXIT_FAILED;
	}
	return ret;
}
