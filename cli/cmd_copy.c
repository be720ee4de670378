// SPDX-License-Identifier: MIT
#include <string.h>
#include <sys/stat.h>

#include "flow.h"

static bool same_file(const char *a, const char *b)
{
	struct stat sa, sb;

	return !stat(a, &sa) && !stat(b, &sb) && S_ISREG(sa.st_mode) &&
	       sa.st_dev == sb.st_dev && sa.st_ino == sb.st_ino;
}

/* "TO,FROM" */
static int split_channels(const char *text, char *to, const char **from)
{
	const char *comma = strchr(text, ',');

	if (!comma || comma == text || !comma[1] ||
	    comma - text >= DMASPAN_NAME_LEN)
		return usage(verb_copy.name,
			     "'%s' is not two channels: TO,FROM", text);
	memcpy(to, text, (size_t)(comma - text));
	to[comma - text] = '\0';
	*from = comma + 1;
	return EXIT_OK;
}

static int run(const struct options *opts)
{
	struct flow_spec specs[] = {
		{ .direction = DMASPAN_TO_DEVICE, .path = opts->args[1] },
		{ .direction = DMASPAN_FROM_DEVICE, .path = opts->args[2] },
	};
	char to[DMASPAN_NAME_LEN];
	int ret;

	if (same_file(opts->args[1], opts->args[2]))
		return usage(verb_copy.name, "IN and OUT are the same file");
	if (opts->channel) {
		ret = split_channels(opts->channel, to, &specs[1].channel);
		if (ret)
			return ret;
		specs[0].channel = to;
	}
	return session_run(&verb_copy, opts, specs, 2);
}

const struct verb verb_copy = {
	.name = "copy",
	.summary = "a file through a device into another file",
	.accepts = "bcdjn",
	.min_args = 3,
	.max_args = 3,
	.help = "usage: dmaspan copy [OPTION...] DEVICE IN OUT\n"
		"\n"
		"Gives IN to DEVICE and at the same time writes what it delivers to OUT, until\n"
		"as many bytes came back as went out.\n"
		"\n"
		"  -c, --channel TO,FROM  the channels; default: the first free ones\n"
		"  -b, --block SIZE       bytes per transfer; default: 64K\n"
		"  -n, --bytes SIZE       stop after so many bytes\n"
		"      --direct           read and write around the page cache (O_DIRECT)\n"
		"      --json             the summary as a JSON object\n"
		"\n"
		"SIZE takes K, M or G.\n",
	.run = run,
};
