// SPDX-License-Identifier: MIT
/* Lines of the kernel's tracer, and what is said about them. */
#include "../../../cli/refusals.h"
#include "fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = fuzz_text(data, size), *words = NULL;
	struct refusal refusal;
	size_t length;
	FILE *file;

	if (refusal_parse(text, &refusal)) {
		MUST(refusal.device && refusal.what);
		MUST(refusal.abandoned || refusal.error > 0);
		file = open_memstream(&words, &length);
		MUST(file);
		refusal_explain(file, &refusal);
		MUST(!fclose(file));
		MUST(!strncmp(words, refusal.device, strlen(refusal.device)));
		MUST(strstr(words, refusal.what));
		free(words);
	}
	free(text);
	return 0;
}
