// SPDX-License-Identifier: MIT
/* The programs worth keeping. */
#include <dirent.h>
#include <inttypes.h>
#include <limits.h>
#include <sys/stat.h>

#include "fuzz.h"

#define LICENCE	"SPDX-License-Identifier"

struct shared *shared;

bool corpus_init(void)
{
	shared = mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE,
		      MAP_SHARED | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	return shared != MAP_FAILED;
}

void corpus_add(const char *text)
{
	unsigned int at = __atomic_fetch_add(&shared->count, 1, __ATOMIC_RELAXED);

	if (at >= MAX_PROGRAMS) {
		__atomic_fetch_sub(&shared->count, 1, __ATOMIC_RELAXED);
		return;
	}
	snprintf(shared->text[at], MAX_TEXT, "%s", text);
	__atomic_store_n(&shared->ready[at], 1, __ATOMIC_RELEASE);
}

bool corpus_pick(struct program *p, uint64_t *rng)
{
	unsigned int count = __atomic_load_n(&shared->count, __ATOMIC_RELAXED), at;

	if (!count)
		return false;
	if (count > MAX_PROGRAMS)
		count = MAX_PROGRAMS;
	/* What is new is drawn more often. */
	at = below(rng, 2) ? below(rng, count) : count - 1 - below(rng, (count + 7) / 8);
	return __atomic_load_n(&shared->ready[at], __ATOMIC_ACQUIRE) &&
	       !program_parse(p, shared->text[at]);
}

static bool load_file(const char *path)
{
	static char text[MAX_TEXT];
	struct program p;
	unsigned int line;
	FILE *file = fopen(path, "re");
	size_t n;

	if (!file) {
		printf("# %s: %s\n", path, strerror(errno));
		return false;
	}
	n = fread(text, 1, sizeof(text) - 1, file);
	text[n] = 0;
	line = fgetc(file) != EOF || strlen(text) != n ? 1 : program_parse(&p, text);
	fclose(file);
	if (line) {
		printf("# %s:%u: no program\n", path, line);
		return false;
	}
	corpus_add(text);
	return true;
}

static bool load_directory(const char *path)
{
	struct dirent **names;
	int n = scandir(path, &names, NULL, alphasort);
	char file[PATH_MAX];
	bool good = true;

	for (int i = 0; i < n; i++) {
		if (names[i]->d_name[0] != '.') {
			snprintf(file, sizeof(file), "%s/%s", path, names[i]->d_name);
			good &= load_file(file);
		}
		free(names[i]);
	}
	if (n >= 0)
		free(names);
	return good && n >= 0;
}

bool corpus_load(const char *path)
{
	struct stat st;

	if (!stat(path, &st) && S_ISDIR(st.st_mode))
		return load_directory(path);
	return load_file(path);
}

void show_text(const char *text)
{
	for (const char *end; *text; text = *end ? end + 1 : end) {
		end = strchrnul(text, '\n');
		printf("#   %.*s\n", (int)(end - text), text);
	}
}

/* FNV-1a */
static uint64_t hash(const char *text)
{
	uint64_t h = 0xcbf29ce484222325;

	while (*text)
		h = (h ^ (unsigned char)*text++) * 0x100000001b3;
	return h;
}

void corpus_save(const char *directory, const char *text)
{
	char path[PATH_MAX];
	FILE *file;

	snprintf(path, sizeof(path), "%s/%016" PRIx64, directory, hash(text));
	file = fopen(path, "we");
	if (!file || fprintf(file, "# %s: MIT\n%s", LICENCE, text) < 0 || fclose(file))
		printf("# %s: %s\n", path, strerror(errno));
}
