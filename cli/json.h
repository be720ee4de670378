/* SPDX-License-Identifier: MIT */
#ifndef DMASPAN_CLI_JSON_H
#define DMASPAN_CLI_JSON_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

/**
 * struct json - a JSON text being written
 * @file: where to
 * @more: the next value needs a comma before it
 *
 * @key is NULL inside an array and for the outermost value.
 */
struct json {
	FILE *file;
	bool more;
};

void json_begin(struct json *json, const char *key, char bracket);
void json_end(struct json *json, char bracket);
void json_string(struct json *json, const char *key, const char *value);
void json_number(struct json *json, const char *key, uint64_t value);
void json_address(struct json *json, const char *key, uint64_t value);
void json_seconds(struct json *json, const char *key, double value);
void json_bool(struct json *json, const char *key, bool value);

#endif /* DMASPAN_CLI_JSON_H */
