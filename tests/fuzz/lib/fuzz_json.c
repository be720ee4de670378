// SPDX-License-Identifier: MIT
/* Strings in JSON: read back, they are the same. */
#include "../../../cli/json.h"
#include "fuzz.h"

static unsigned int hex(const char *at)
{
	char digits[5] = { at[0], at[1], at[2], at[3] };
	char *end;
	unsigned int value = (unsigned int)strtoul(digits, &end, 16);

	MUST(end == digits + 4);
	return value;
}

/* The character at @at, which then is behind it */
static unsigned char read_one(const char **at)
{
	unsigned char c = (unsigned char)*(*at)++;

	MUST(c >= 0x20 && c != '"');
	if (c != '\\')
		return c;
	c = (unsigned char)*(*at)++;
	if (c == '"' || c == '\\')
		return c;
	MUST(c == 'u');
	*at += 4;
	return (unsigned char)hex(*at - 4);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = fuzz_text(data, size), *written = NULL;
	struct json json = { 0 };
	const char *at;
	size_t length;

	json.file = open_memstream(&written, &length);
	MUST(json.file);
	json_string(&json, NULL, text);
	MUST(!fclose(json.file));
	at = written;
	MUST(*at++ == '"');
	for (const char *c = text; *c; c++)
		MUST(read_one(&at) == (unsigned char)*c);
	MUST(!strcmp(at, "\""));
	free(written);
	free(text);
	return 0;
}
