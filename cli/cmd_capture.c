// SPDX-License-Identifier: MIT
#include "flow.h"

static int run(const struct options *opts)
{
	const struct flow_spec spec = {
		.direction = DMASPAN_FROM_DEVICE,
		.path = opts->output,
		.channel = opts->channel,
	};

	if (!opts->output)
		return usage(verb_capture.name, "-o FILE is missing");
	return session_run(&verb_capture, opts, &spec, 1);
}

const struct verb verb_capture = {
	.name = "capture",
	.summary = "a device to a file",
	.accepts = "Fbcdjn",
	.min_args = 1,
	.max_args = 1,
	.help = "usage: dmaspan capture -o FILE [OPTION...] DEVICE\n"
		"\n"
		"Writes what DEVICE delivers to FILE, from the DMA memory itself, until -n\n"
		"bytes have come or until SIGINT or SIGTERM.\n"
		"\n"
		"  -o, --output FILE   where to\n"
		"  -c, --channel NAME  the channel; default: the first free one from the device\n"
		"  -b, --block SIZE    bytes per transfer; default: 64K\n"
		"  -n, --bytes SIZE    stop after so many bytes\n"
		"      --direct        write around the page cache (O_DIRECT)\n"
		"      --json          the summary as a JSON object\n"
		"\n"
		"SIZE takes K, M or G.\n",
	.run = run,
};
