// SPDX-License-Identifier: MIT
#include <stdio.h>

#include "cli.h"
#include "json.h"

static int get_info(const char *name, struct dmaspan_info *info)
{
	struct dmaspan_device *dev;
	int ret;

	ret = dmaspan_open_readonly(name, &dev);
	if (ret)
		return ret;
	ret = dmaspan_device_info(dev, info);
	dmaspan_close(dev);
	return ret;
}

static void print_json(struct json *json, const char *name,
		       const struct dmaspan_info *info, int error)
{
	json_begin(json, NULL, '{');
	json_string(json, "name", name);
	if (error) {
		json_string(json, "error", dmaspan_strerror(error));
	} else {
		json_string(json, "bus_name", info->out_bus_name);
		json_number(json, "channels", info->out_channels);
		json_number(json, "limit", info->out_limit);
		json_number(json, "used", info->out_used);
	}
	json_end(json, '}');
}

static void print_text(const char *name, const struct dmaspan_info *info,
		       int error)
{
	char used[HUMAN_SIZE], limit[HUMAN_SIZE];

	if (error)
		printf("%-16s %s\n", name, dmaspan_strerror(error));
	else
		printf("%-16s %-24s %u channels, %s of %s used\n", name,
		       info->out_bus_name, info->out_channels,
		       human_size(info->out_used, used),
		       human_size(info->out_limit, limit));
}

static int run(const struct options *opts)
{
	struct json json = { .file = stdout };
	struct dmaspan_info info;
	char **names;
	int count, ret;

	count = dmaspan_list(&names);
	if (count < 0)
		return fail("/dev/dmaspan", dmaspan_strerror(count),
			    "list the devices");
	if (!count && !opts->json)
		fputs("dmaspan: no devices: load the module of a driver that offers one\n",
		      stderr);

	if (opts->json)
		json_begin(&json, NULL, '[');
	for (int i = 0; i < count; i++) {
		ret = get_info(names[i], &info);
		if (opts->json)
			print_json(&json, names[i], &info, ret);
		else
			print_text(names[i], &info, ret);
	}
	if (opts->json) {
		json_end(&json, ']');
		putchar('\n');
	}
	dmaspan_list_free(names);
	return EXIT_OK;
}

const struct verb verb_list = {
	.name = "list",
	.summary = "the devices on this machine",
	.accepts = "jo",
	.help = "usage: dmaspan list [-o json]\n"
		"\n"
		"Lists the devices, one per line: name, bus, channels, memory in use.\n"
		"\n"
		"  -o json, --json  a JSON array\n",
	.run = run,
};
