// SPDX-License-Identifier: MIT
/* The command line of every verb: a byte that is the verb, then words, each ended by a zero. */
#include <getopt.h>

#include "../../../cli/cli.h"
#include "fuzz.h"

#define WORDS 16

static const struct verb * const verbs[] = {
	&verb_list, &verb_info, &verb_play, &verb_capture, &verb_copy, &verb_bench, &verb_check,
};

static void check(const struct verb *verb, const struct options *opts, int argc)
{
	int count = 0;

	MUST(opts->block && opts->block <= SIZE_MAX / 64);
	MUST(opts->bytes);
	MUST(!opts->channel || strchr(verb->accepts, 'c'));
	MUST(!opts->output || strchr(verb->accepts, 'F'));
	MUST(!opts->direct || strchr(verb->accepts, 'd'));
	if (opts->help)
		return;
	if (strchr(verb->accepts, 'x')) {
		MUST(opts->command && opts->command[0]);
		return;
	}
	while (count < MAX_ARGS && opts->args[count])
		MUST(*opts->args[count++]);
	MUST(count >= verb->min_args && count <= verb->max_args && count < argc);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text, *argv[WORDS + 1];
	const struct verb *verb;
	struct options opts;
	int argc = 1, ret;

	if (!size)
		return 0;
	verb = verbs[data[0] % ARRAY_SIZE(verbs)];
	text = fuzz_text(data + 1, size - 1);
	argv[0] = (char *)verb->name;
	for (char *at = text; at < text + size - 1 && argc < WORDS; at += strlen(at) + 1)
		argv[argc++] = at;
	argv[argc] = NULL;
	/* glibc's way to begin anew */
	optind = 0;
	ret = parse_options(verb, argc, argv, &opts);
	MUST(ret == EXIT_OK || ret == EXIT_USAGE);
	if (!ret)
		check(verb, &opts, argc);
	free(text);
	return 0;
}
