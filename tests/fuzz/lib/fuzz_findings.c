// SPDX-License-Identifier: MIT
/* Lines of dmaspan_virt's findings, and what is said about them. */
#include "../../../cli/findings.h"
#include "fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = fuzz_text(data, size), *words = NULL;
	struct finding finding;
	size_t length;
	FILE *file;

	if (finding_parse(text, &finding)) {
		file = open_memstream(&words, &length);
		MUST(file);
		finding_explain(file, &finding);
		MUST(!fclose(file));
		/* Whose, what, and the kernel's own words are always said. */
		MUST(!strncmp(words, finding.device, strlen(finding.device)));
		MUST(strstr(words, finding.kind) && strstr(words, finding.message));
		MUST(words[length - 1] == '\n');
		free(words);
	}
	free(text);
	return 0;
}
