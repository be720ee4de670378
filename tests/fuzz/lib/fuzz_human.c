// SPDX-License-Identifier: MIT
/* Numbers in words: sizes, errors, and enums that a newer kernel may have more of. */
#include "../../../cli/cli.h"
#include "fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char text[HUMAN_SIZE];
	uint64_t value = 0;
	double number;
	char unit[8];

	memcpy(&value, data, size < sizeof(value) ? size : sizeof(value));
	MUST(human_size(value, text) == text);
	MUST(strlen(text) < sizeof(text));
	MUST(sscanf(text, "%lf %7s", &number, unit) == 2);
	/* Rounded to a tenth, 1023.96 is 1024.0 */
	MUST(number >= 0 && number <= 1024);
	MUST(value < 1024 ? number == (double)value : number >= 1);
	MUST(*dmaspan_strerror((int)(uint32_t)value));
	MUST(*class_name((enum dmaspan_class)(uint32_t)value));
	MUST(*kind_name((enum dmaspan_kind)(uint32_t)value));
	MUST(*direction_name((uint32_t)value));
	return 0;
}
