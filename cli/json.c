// SPDX-License-Identifier: MIT
#include <inttypes.h>

#include "json.h"

static void put_string(struct json *json, const char *text)
{
	fputc('"', json->file);
	for (; *text; text++) {
		unsigned char c = (unsigned char)*text;

		if (c == '"' || c == '\\')
			fprintf(json->file, "\\%c", c);
		else if (c < 0x20)
			fprintf(json->file, "\\u%04x", c);
		else
			fputc(c, json->file);
	}
	fputc('"', json->file);
}

static void put_key(struct json *json, const char *key)
{
	if (json->more)
		fputs(", ", json->file);
	json->more = true;
	if (key) {
		put_string(json, key);
		fputs(": ", json->file);
	}
}

void json_begin(struct json *json, const char *key, char bracket)
{
	put_key(json, key);
	fputc(bracket, json->file);
	json->more = false;
}

void json_end(struct json *json, char bracket)
{
	fputc(bracket, json->file);
	json->more = true;
}

void json_string(struct json *json, const char *key, const char *value)
{
	put_key(json, key);
	put_string(json, value);
}

void json_number(struct json *json, const char *key, uint64_t value)
{
	put_key(json, key);
	fprintf(json->file, "%" PRIu64, value);
}

/* As a string: a JSON number loses bits above 2^53 in many readers */
void json_address(struct json *json, const char *key, uint64_t value)
{
	put_key(json, key);
	fprintf(json->file, "\"0x%" PRIx64 "\"", value);
}

void json_seconds(struct json *json, const char *key, double value)
{
	put_key(json, key);
	fprintf(json->file, "%.6f", value);
}

void json_bool(struct json *json, const char *key, bool value)
{
	put_key(json, key);
	fputs(value ? "true" : "false", json->file);
}
