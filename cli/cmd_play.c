// SPDX-License-Identifier: MIT
#include "flow.h"

static int run(const struct options *opts)
{
	const struct flow_spec spec = {
		.direction = DMASPAN_TO_DEVICE,
		.path = opts->args[1],
		.channel = opts->channel,
	};

	return session_run(&verb_play, opts, &spec, 1);
}

const struct verb verb_play = {
	.name = "play",
	.summary = "a file to a device",
	.accepts = "bcdjno",
	.min_args = 2,
	.max_args = 2,
	.help = "usage: dmaspan play [OPTION...] DEVICE FILE\n"
		"\n"
		"Reads FILE into DMA memory, block by block, and gives it to DEVICE.\n"
		"\n"
		"  -c, --channel NAME  the channel; default: the first free one to the device\n"
		"  -b, --block SIZE    bytes per transfer; default: 64K\n"
		"  -n, --bytes SIZE    stop after so many bytes\n"
		"      --direct        read around the page cache (O_DIRECT)\n"
		"  -o json, --json     the summary as a JSON object\n"
		"\n"
		"SIZE takes K, M or G.\n",
	.run = run,
};
