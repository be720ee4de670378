// SPDX-License-Identifier: MIT
/* Sizes of the command line, against the same computed another way. */
#include "../../../cli/options.c"
#include "fuzz.h"

/* What the help promises: digits, and one of K, M, G, k; in 64 bits, not zero */
static bool expected(const char *text, uint64_t *size)
{
	unsigned __int128 value = 0;
	const char *at = text;

	for (; *at >= '0' && *at <= '9'; at++) {
		value = value * 10 + (unsigned int)(*at - '0');
		if (value > UINT64_MAX)
			return false;
	}
	if (at == text)
		return false;
	if (*at == 'k' || *at == 'K')
		value <<= 10;
	else if (*at == 'M')
		value <<= 20;
	else if (*at == 'G')
		value <<= 30;
	if (*at && strchr("kKMG", *at))
		at++;
	*size = (uint64_t)value;
	return !*at && value && value <= UINT64_MAX;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = fuzz_text(data, size);
	uint64_t got = 0, want = 0;
	bool good = expected(text, &want);

	MUST(good == !parse_size(text, &got));
	if (good)
		MUST(got == want);
	free(text);
	return 0;
}
