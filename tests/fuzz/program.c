// SPDX-License-Identifier: MIT
/* The calls there are; programs as text. */
#include <ctype.h>

#include "fuzz.h"

#define CALL(_name, _args)	{ #_name, _args, call_##_name, false, 0 }
#define MAKER(_name, _args)	{ #_name, _args, call_##_name, true, 0 }
#define COMMAND(_name, _args)	\
	{ #_name, _args COMMAND_TAIL, call_##_name, false, sizeof(_args) - 1 }
#define MAKES(_name, _args, _later)	\
	{ #_name, _args COMMAND_TAIL _later, call_##_name, true, sizeof(_args) - 1 }

const struct op ops[] = {
	MAKER(open, "dF"),
	CALL(close, "f"),
	CALL(dup, "f"),
	COMMAND(info, "n"),
	COMMAND(channel_info, "nk"),
	COMMAND(buffer_info, "nb"),
	MAKES(alloc, "nklaF", ""),
	MAKES(map, "nbk", ""),
	COMMAND(segments, "nmsp"),
	COMMAND(unmap, "nm"),
	COMMAND(sync, "nmSolepk"),
	MAKES(channel_open, "nhG", ""),
	MAKES(submit, "cmolimoeypka", "rrMM"),
	COMMAND(cancel, "c"),
	CALL(ioctl, "fCpiiiiiiii"),
	CALL(read, "cekp"),
	CALL(poll, "fit"),
	MAKER(mmap, "blkxo"),
	CALL(munmap, "vol"),
	CALL(mprotect, "volk"),
	CALL(madvise, "volh"),
	CALL(mremap, "vlk"),
	CALL(touch, "volk"),
	CALL(fork, "k"),
	CALL(cpu_sync, "bh"),
	CALL(lseek, "fik"),
	CALL(pass, "f"),
	CALL(vmsplice, "vol"),
	CALL(direct, "volk"),
	CALL(nonblock, "fk"),
	CALL(sleep, "t"),
	CALL(fds, "h"),
};

const size_t num_ops = ARRAY_SIZE(ops);

static const char *const races[] = { "none", "thread", "process" };

static bool parse_number(const char **text, uint64_t *number)
{
	char *end;

	if (!isdigit((unsigned char)**text))
		return false;
	errno = 0;
	*number = strtoull(*text, &end, 0);
	*text = end;
	return !errno;
}

static bool parse_value(const char *text, struct value *v)
{
	const char *ref = *text ? strchr(REFS, *text) : NULL;
	bool minus = false;
	uint64_t index;

	*v = (struct value) { .ref = REF_NONE };
	if (ref) {
		v->ref = ref - REFS;
		text++;
		if (!parse_number(&text, &index) || index >= POOL)
			return false;
		v->index = index;
		if (!*text)
			return true;
		if (*text != '+' && *text != '-')
			return false;
		minus = *text++ == '-';
	} else if (*text == '-') {
		minus = true;
		text++;
	}
	if (!parse_number(&text, &v->number) || *text)
		return false;
	if (minus)
		v->number = -v->number;
	return true;
}

static bool parse_call(struct call *c, char *line)
{
	char *rest, *word = strtok_r(line, " \t\r", &rest);
	size_t op = 0, n = 0;

	while (op < num_ops && strcmp(ops[op].name, word))
		op++;
	if (op == num_ops)
		return false;
	memset(c, 0, sizeof(*c));
	for (size_t i = 0; i < MAX_ARGS; i++)
		c->args[i].ref = REF_NONE;
	c->op = op;
	while ((word = strtok_r(NULL, " \t\r", &rest)))
		if (n == strlen(ops[op].args) || !parse_value(word, &c->args[n++]))
			return false;
	return true;
}

/* "race thread 3", as the first line that says something */
static bool parse_race(struct program *p, char *line)
{
	char kind[16];
	unsigned int from;

	if (p->count || sscanf(line, "race %15s %u", kind, &from) != 2 || from > MAX_CALLS)
		return false;
	for (size_t i = 0; i < ARRAY_SIZE(races); i++) {
		if (!strcmp(kind, races[i])) {
			p->race = i;
			p->from = from;
			return true;
		}
	}
	return false;
}

static bool parse_line(struct program *p, char *line)
{
	line += strspn(line, " \t\r");
	if (!*line || *line == '#')
		return true;
	if (!strncmp(line, "race ", 5))
		return parse_race(p, line);
	return p->count < MAX_CALLS && parse_call(&p->calls[p->count++], line);
}

unsigned int program_parse(struct program *p, const char *text)
{
	static char copy[MAX_TEXT];
	char *line = copy, *next;

	memset(p, 0, sizeof(*p));
	if (snprintf(copy, sizeof(copy), "%s", text) >= (int)sizeof(copy))
		return 1;
	for (unsigned int number = 1; line; number++, line = next) {
		next = strchr(line, '\n');
		if (next)
			*next++ = 0;
		if (!parse_line(p, line))
			return number;
	}
	return 0;
}

static int print_number(char *text, uint64_t n)
{
	if (n > -PAGE)
		return sprintf(text, "-%llu", (unsigned long long)-n);
	return sprintf(text, n < PAGE ? "%llu" : "%#llx", (unsigned long long)n);
}

static int print_value(char *text, const struct value *v)
{
	int n = sprintf(text, " ");

	if (v->ref != REF_NONE) {
		n += sprintf(text + n, "%c%u", REFS[v->ref], v->index);
		if (!v->number)
			return n;
		if (v->number <= -PAGE)
			n += sprintf(text + n, "+");
	}
	return n + print_number(text + n, v->number);
}

static bool is_default(const struct value *v)
{
	return v->ref == REF_NONE && !v->number;
}

size_t program_print(const struct program *p, char *text)
{
	size_t n = 0;

	if (p->race)
		n += sprintf(text + n, "race %s %u\n", races[p->race], p->from);
	for (unsigned int i = 0; i < p->count; i++) {
		const struct call *c = &p->calls[i];
		size_t args = strlen(ops[c->op].args);

		while (args && is_default(&c->args[args - 1]))
			args--;
		n += sprintf(text + n, "%s", ops[c->op].name);
		for (size_t k = 0; k < args; k++)
			n += print_value(text + n, &c->args[k]);
		n += sprintf(text + n, "\n");
		/* A line has at most 12 + 20 * 25 characters. */
		if (n > MAX_TEXT - 544)
			break;
	}
	text[n] = 0;
	return n;
}
