// SPDX-License-Identifier: MIT
#include <stdio.h>

#include "cli.h"

const char *class_name(enum dmaspan_class class)
{
	switch (class) {
	case DMASPAN_CLASS_DIRECT:
		return "direct";
	case DMASPAN_CLASS_IOMMU:
		return "iommu";
	case DMASPAN_CLASS_BOUNCED:
		return "bounced";
	}
	return "unknown";
}

const char *kind_name(enum dmaspan_kind kind)
{
	switch (kind) {
	case DMASPAN_KIND_CACHED:
		return "cached";
	case DMASPAN_KIND_COHERENT:
		return "coherent";
	case DMASPAN_KIND_WC:
		return "write-combined";
	}
	return "unknown";
}

const char *direction_name(uint32_t direction)
{
	switch (direction) {
	case DMASPAN_TO_DEVICE:
		return "to-device";
	case DMASPAN_FROM_DEVICE:
		return "from-device";
	case DMASPAN_BIDIRECTIONAL:
		return "memory-to-memory";
	}
	return "unknown";
}

const char *human_size(uint64_t bytes, char *text)
{
	static const char * const units[] = {
		"B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB",
	};
	double value = (double)bytes;
	size_t unit = 0;

	while (value >= 1024 && unit < ARRAY_SIZE(units) - 1) {
		value /= 1024;
		unit++;
	}
	snprintf(text, HUMAN_SIZE, value == (uint64_t)value ? "%.0f %s" : "%.1f %s",
		 value, units[unit]);
	return text;
}
