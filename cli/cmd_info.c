// SPDX-License-Identifier: MIT
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>

#include "cli.h"
#include "json.h"

static void device_json(struct json *json, const struct dmaspan_info *info)
{
	json_string(json, "name", info->out_name);
	json_string(json, "bus_name", info->out_bus_name);
	json_number(json, "abi", info->out_abi);
	json_bool(json, "coherent", info->out_flags & DMASPAN_DEVICE_COHERENT);
	json_bool(json, "iommu", info->out_flags & DMASPAN_DEVICE_IOMMU);
	json_address(json, "dma_mask", info->out_dma_mask);
	json_number(json, "max_mapping", info->out_max_mapping);
	json_number(json, "limit", info->out_limit);
	json_number(json, "used", info->out_used);
}

static void device_text(const struct dmaspan_info *info)
{
	char segment[HUMAN_SIZE], limit[HUMAN_SIZE], used[HUMAN_SIZE];

	printf("name             %s\n", info->out_name);
	printf("bus              %s\n", info->out_bus_name);
	printf("interface        version %" PRIu32 "\n", info->out_abi);
	printf("coherent         %s\n",
	       info->out_flags & DMASPAN_DEVICE_COHERENT ? "yes" : "no");
	printf("iommu            %s\n",
	       info->out_flags & DMASPAN_DEVICE_IOMMU ? "yes" : "no");
	printf("address mask     0x%" PRIx64 "\n", (uint64_t)info->out_dma_mask);
	if (info->out_max_mapping >= UINT32_MAX)
		printf("longest segment  no limit\n");
	else
		printf("longest segment  %s\n",
		       human_size(info->out_max_mapping, segment));
	printf("memory limit     %s\n", human_size(info->out_limit, limit));
	printf("memory used      %s\n", human_size(info->out_used, used));
}

static void channel_json(struct json *json,
			 const struct dmaspan_channel_info *ch)
{
	json_begin(json, NULL, '{');
	json_string(json, "name", ch->out_name);
	json_string(json, "direction", direction_name(ch->out_direction));
	json_bool(json, "busy", ch->out_flags & DMASPAN_CHANNEL_BUSY);
	json_number(json, "owner", ch->out_owner);
	json_end(json, '}');
}

static void channel_text(const struct dmaspan_channel_info *ch)
{
	printf("channel          %s, %s, ", ch->out_name,
	       direction_name(ch->out_direction));
	if (!(ch->out_flags & DMASPAN_CHANNEL_BUSY))
		puts("free");
	else if (ch->out_owner)
		printf("in use by process %" PRIu32 "\n", ch->out_owner);
	else
		puts("in use");
}

static int print_all(const char *name, struct dmaspan_device *dev, bool as_json)
{
	struct json json = { .file = stdout };
	struct dmaspan_channel_info ch;
	struct dmaspan_info info;
	int ret;

	ret = dmaspan_device_info(dev, &info);
	if (ret)
		return fail(name, dmaspan_strerror(ret), "ask for its facts");

	if (as_json) {
		json_begin(&json, NULL, '{');
		device_json(&json, &info);
		json_begin(&json, "channels", '[');
	} else {
		device_text(&info);
	}
	for (unsigned int i = 0; i < info.out_channels; i++) {
		ret = dmaspan_device_channel(dev, i, &ch);
		if (ret)
			break;
		if (as_json)
			channel_json(&json, &ch);
		else
			channel_text(&ch);
	}
	if (as_json) {
		json_end(&json, ']');
		json_end(&json, '}');
		putchar('\n');
	}
	if (ret)
		return fail(name, dmaspan_strerror(ret), "ask for its channels");
	return EXIT_OK;
}

static int run(const struct options *opts)
{
	struct dmaspan_device *dev;
	int ret;

	ret = dmaspan_open_readonly(opts->args[0], &dev);
	if (ret)
		return fail_open(opts->args[0], ret);
	ret = print_all(opts->args[0], dev, opts->json);
	dmaspan_close(dev);
	return ret;
}

const struct verb verb_info = {
	.name = "info",
	.summary = "facts about a device and its channels",
	.accepts = "jo",
	.min_args = 1,
	.max_args = 1,
	.help = "usage: dmaspan info [-o json] DEVICE\n"
		"\n"
		"Says what a device is, what it can reach, how much memory its users may\n"
		"hold, and which channels it has.\n"
		"\n"
		"  -o json, --json  a JSON object\n",
	.run = run,
};
