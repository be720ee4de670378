// SPDX-License-Identifier: MIT
#include <errno.h>
#include <getopt.h>
#include <stdlib.h>
#include <string.h>

#include "cli.h"

#define DEFAULT_BLOCK (64 * 1024)

/* No single letter of their own */
enum {
	OPT_DIRECT = 'd',
	OPT_JSON = 'j',
};

static const struct option long_options[] = {
	{ "block", required_argument, NULL, 'b' },
	{ "bytes", required_argument, NULL, 'n' },
	{ "channel", required_argument, NULL, 'c' },
	{ "direct", no_argument, NULL, OPT_DIRECT },
	{ "help", no_argument, NULL, 'h' },
	{ "json", no_argument, NULL, OPT_JSON },
	{ "output", required_argument, NULL, 'o' },
	{ }
};

/* A number of bytes, not zero, with K, M or G for powers of 1024 */
static int parse_size(const char *text, uint64_t *size)
{
	unsigned long long value;
	unsigned int shift = 0;
	char *end;

	if (*text < '0' || *text > '9')
		return -EINVAL;
	errno = 0;
	value = strtoull(text, &end, 10);
	if (errno)
		return -errno;

	switch (*end) {
	case 'k':
	case 'K':
		shift = 10;
		break;
	case 'M':
		shift = 20;
		break;
	case 'G':
		shift = 30;
		break;
	}
	if (shift)
		end++;
	if (*end || !value)
		return -EINVAL;
	return __builtin_mul_overflow(value, 1ULL << shift, size) ? -ERANGE : 0;
}

static int parse_block(const struct verb *verb, struct options *opts)
{
	uint64_t size;

	/* A ring of them must still have a size */
	if (parse_size(optarg, &size) || size > SIZE_MAX / 64)
		return usage(verb->name, "'%s' is not a block size", optarg);
	opts->block = (size_t)size;
	return EXIT_OK;
}

static int parse_output(const struct verb *verb, struct options *opts)
{
	if (strchr(verb->accepts, 'F')) {
		opts->output = optarg;
		return EXIT_OK;
	}
	if (strcmp(optarg, "json"))
		return usage(verb->name, "-o is followed by 'json', not '%s'",
			     optarg);
	opts->json = true;
	return EXIT_OK;
}

static int parse_option(const struct verb *verb, int letter,
			struct options *opts)
{
	switch (letter) {
	case 'b':
		return parse_block(verb, opts);
	case 'c':
		opts->channel = optarg;
		return EXIT_OK;
	case 'n':
		if (parse_size(optarg, &opts->bytes))
			return usage(verb->name, "'%s' is not a number of bytes",
				     optarg);
		return EXIT_OK;
	case 'o':
		return parse_output(verb, opts);
	case OPT_DIRECT:
		opts->direct = true;
		return EXIT_OK;
	default:
		opts->json = true;
		return EXIT_OK;
	}
}

static bool accepts(const struct verb *verb, int letter)
{
	if (letter == 'o' && strchr(verb->accepts, 'F'))
		return true;
	return letter == OPT_JSON || strchr(verb->accepts, letter);
}

static int parse_arguments(const struct verb *verb, int argc, char **argv,
			   struct options *opts)
{
	int count = argc - optind;

	if (count < verb->min_args)
		return usage(verb->name, "an argument is missing");
	if (strchr(verb->accepts, 'x')) {
		opts->command = argv + optind;
		return EXIT_OK;
	}
	if (count > verb->max_args)
		return usage(verb->name, "unexpected argument '%s'",
			     argv[optind + verb->max_args]);
	for (int i = 0; i < count; i++) {
		if (!argv[optind + i][0])
			return usage(verb->name, "an argument is empty");
		opts->args[i] = argv[optind + i];
	}
	return EXIT_OK;
}

int parse_options(const struct verb *verb, int argc, char **argv,
		  struct options *opts)
{
	/* '+': what follows a program's name is not ours */
	const char *letters = strchr(verb->accepts, 'x') ? "+:h" : ":b:c:hn:o:";
	const char *given;
	int index, letter, ret;

	*opts = (struct options) {
		.block = DEFAULT_BLOCK,
		.bytes = UINT64_MAX,
	};
	opterr = 0;
	for (;;) {
		index = optind;
		letter = getopt_long(argc, argv, letters, long_options, NULL);
		if (letter == -1)
			return parse_arguments(verb, argc, argv, opts);
		given = argv[optind > index ? optind - 1 : index];
		if (letter == 'h') {
			opts->help = true;
			return EXIT_OK;
		}
		if (letter == ':')
			return usage(verb->name, "'%s' lacks its value", given);
		if (letter == '?' || !accepts(verb, letter)) {
			if (letter != '?' && optarg)
				return usage(verb->name, "no option '-%c' here",
					     letter);
			return usage(verb->name, "unknown option '%s'", given);
		}
		ret = parse_option(verb, letter, opts);
		if (ret)
			return ret;
	}
}
