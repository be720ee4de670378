// SPDX-License-Identifier: MIT
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "cli.h"
#include "json.h"

#define MAX_ROUNDS 1000
#define MIN_ROUNDS 5
#define BUDGET_NS 3000000000ULL /* for one test, after MIN_ROUNDS */
#define KIB 1024UL
#define MIB (1024 * KIB)
#define TRANSFER_LENGTH (2 * KIB)
#define TRANSFER_MS 2000
#define COPY_LENGTH MIB

/**
 * struct bench - what one round needs
 * @buf: of @length bytes, or NULL if a round makes its own
 * @to: with @from, a channel each way, or NULL
 * @copies: a channel from memory to memory, or NULL
 */
struct bench {
	struct dmaspan_device *dev;
	struct dmaspan_buffer *buf;
	struct dmaspan_channel *to;
	struct dmaspan_channel *from;
	struct dmaspan_channel *copies;
	size_t length;
};

enum channels {
	NO_CHANNEL = 0,
	BOTH_WAYS,
	COPIES,
};

/**
 * struct test - one line of the output
 * @rounds: at most
 * @buffer: a round uses a buffer that exists already
 * @moved: bytes in a round, for MB/s; 0: not of interest
 * @round: what is measured; 0 or a negative errno
 */
struct test {
	const char *name;
	size_t length;
	int rounds;
	bool buffer;
	enum channels channels;
	size_t moved;
	int (*round)(const struct bench *b);
};

static int alloc_free(const struct bench *b)
{
	const struct dmaspan_buffer_opts opts = {
		.size = sizeof(opts),
		.no_data = true,
		.no_mapping = true,
	};
	struct dmaspan_buffer *buf;
	int ret;

	ret = dmaspan_alloc(b->dev, b->length, &opts, &buf);
	if (!ret)
		dmaspan_free(buf);
	return ret;
}

static int map_unmap(const struct bench *b)
{
	const struct dmaspan_buffer_opts opts = {
		.size = sizeof(opts),
		.no_data = true,
	};
	struct dmaspan_buffer *buf;
	int ret;

	ret = dmaspan_import(b->dev, dmaspan_buffer_fd(b->buf), &opts, &buf);
	if (!ret)
		dmaspan_free(buf);
	return ret;
}

static int sync_page(const struct bench *b)
{
	size_t offset = b->length / 2;
	int ret;

	ret = dmaspan_sync_for_device(b->buf, offset, 4 * KIB);
	return ret ? ret : dmaspan_sync_for_cpu(b->buf, offset, 4 * KIB);
}

static int out_and_back(const struct bench *b)
{
	int64_t n;

	n = dmaspan_transfer(b->to, b->buf, 0, TRANSFER_LENGTH, TRANSFER_MS);
	if (n >= 0)
		n = dmaspan_transfer(b->from, b->buf, 0, TRANSFER_LENGTH,
				     TRANSFER_MS);
	return n < 0 ? (int)n : 0;
}

static int copy_half(const struct bench *b)
{
	int64_t n;

	n = dmaspan_copy(b->copies, b->buf, COPY_LENGTH, b->buf, 0, COPY_LENGTH,
			 TRANSFER_MS);
	return n < 0 ? (int)n : 0;
}

static const struct test tests[] = {
	{ "alloc_free_4k", 4 * KIB, 1000, false, NO_CHANNEL, 0, alloc_free },
	{ "alloc_free_1m", MIB, 200, false, NO_CHANNEL, 0, alloc_free },
	{ "alloc_free_64m", 64 * MIB, 10, false, NO_CHANNEL, 0, alloc_free },
	{ "map_unmap_4k", 4 * KIB, 1000, true, NO_CHANNEL, 0, map_unmap },
	{ "map_unmap_1m", MIB, 200, true, NO_CHANNEL, 0, map_unmap },
	{ "map_unmap_64m", 64 * MIB, 20, true, NO_CHANNEL, 0, map_unmap },
	{ "sync_4k_of_64m", 64 * MIB, 1000, true, NO_CHANNEL, 0, sync_page },
	{ "out_and_back_2k", TRANSFER_LENGTH, 10, true, BOTH_WAYS, 0, out_and_back },
	{ "copy_1m", 2 * COPY_LENGTH, 200, true, COPIES, COPY_LENGTH, copy_half },
};

static uint64_t now_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec * 1000000000 + (uint64_t)ts.tv_nsec;
}

static int compare(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return (x > y) - (x < y);
}

/*
 * Sorted times in @ns; the first, unmeasured round warms up.
 * Return: the number of rounds, or a negative errno.
 */
static int measure(const struct test *test, const struct bench *b, uint64_t *ns)
{
	uint64_t start, begin = now_ns();
	int rounds = 0;
	int ret;

	ret = test->round(b);
	while (!ret && rounds < test->rounds &&
	       (rounds < MIN_ROUNDS || now_ns() - begin < BUDGET_NS)) {
		start = now_ns();
		ret = test->round(b);
		ns[rounds++] = now_ns() - start;
	}
	if (ret)
		return ret;
	qsort(ns, (size_t)rounds, sizeof(*ns), compare);
	return rounds;
}

static void print_result(struct json *json, const struct test *test,
			 const uint64_t *ns, int rounds)
{
	uint64_t value = ns[rounds / 2];
	uint64_t spread = ns[rounds * 3 / 4] - ns[rounds / 4];
	uint64_t speed = value ? test->moved * 1000 / value : 0;

	if (!json) {
		printf("%-16s %12" PRIu64 " ns  spread %12" PRIu64 " ns  %d rounds",
		       test->name, value, spread, rounds);
		if (test->moved)
			printf("  %" PRIu64 " MB/s", speed);
		putchar('\n');
		fflush(stdout);
		return;
	}
	json_begin(json, NULL, '{');
	json_string(json, "name", test->name);
	json_string(json, "unit", "ns");
	json_number(json, "value", value);
	json_number(json, "spread", spread);
	json_number(json, "rounds", (uint64_t)rounds);
	if (test->moved)
		json_number(json, "mb_per_s", speed);
	json_end(json, '}');
}

static int open_channels(enum channels channels, struct bench *b)
{
	int ret;

	if (channels == COPIES)
		return dmaspan_channel_open(b->dev, NULL, DMASPAN_BIDIRECTIONAL,
					    &b->copies);
	if (channels == NO_CHANNEL)
		return 0;
	ret = dmaspan_channel_open(b->dev, NULL, DMASPAN_TO_DEVICE, &b->to);
	return ret ? ret : dmaspan_channel_open(b->dev, NULL, DMASPAN_FROM_DEVICE,
						&b->from);
}

static int run_test(const struct test *test, struct dmaspan_device *dev,
		    struct json *json)
{
	const struct dmaspan_buffer_opts opts = {
		.size = sizeof(opts),
		.no_mapping = test->round == map_unmap,
	};
	struct bench b = { .dev = dev, .length = test->length };
	uint64_t ns[MAX_ROUNDS];
	int ret;

	ret = open_channels(test->channels, &b);
	if (!ret && test->buffer)
		ret = dmaspan_alloc(dev, test->length, &opts, &b.buf);
	if (!ret)
		ret = measure(test, &b, ns);
	if (ret > 0)
		print_result(json, test, ns, ret);

	dmaspan_channel_close(b.copies);
	dmaspan_channel_close(b.from);
	dmaspan_channel_close(b.to);
	dmaspan_free(b.buf);
	return ret < 0 ? ret : 0;
}

/* What a device cannot do, or has no room for, is left out, and said */
static int run_tests(const char *device, struct dmaspan_device *dev,
		     struct json *json)
{
	size_t done = 0;
	int ret;

	for (size_t i = 0; i < ARRAY_SIZE(tests); i++) {
		ret = run_test(&tests[i], dev, json);
		if (!ret)
			done++;
		else
			fail(device, dmaspan_strerror(ret), "measure %s",
			     tests[i].name);
	}
	return done ? EXIT_OK : EXIT_FAILED;
}

static int run_on(const char *device, bool as_json)
{
	struct json json = { .file = stdout };
	struct dmaspan_device *dev;
	int ret;

	ret = dmaspan_open(device, &dev);
	if (ret)
		return fail_open(device, ret);
	if (as_json)
		json_begin(&json, NULL, '[');
	ret = run_tests(device, dev, as_json ? &json : NULL);
	if (as_json) {
		json_end(&json, ']');
		putchar('\n');
	}
	dmaspan_close(dev);
	return ret;
}

static int run(const struct options *opts)
{
	char **names;
	int count, ret;

	if (opts->args[0])
		return run_on(opts->args[0], opts->json);

	count = dmaspan_list(&names);
	if (count < 0)
		return fail("/dev/dmaspan", dmaspan_strerror(count),
			    "list the devices");
	ret = count ? run_on(names[0], opts->json) : fail_open("/dev/dmaspan", -ENOENT);
	dmaspan_list_free(names);
	return ret;
}

const struct verb verb_bench = {
	.name = "bench",
	.summary = "what dmaspan's calls cost on a device",
	.accepts = "jo",
	.max_args = 1,
	.help = "usage: dmaspan bench [-o json] [DEVICE]\n"
		"\n"
		"Measures calls on DEVICE, by default the first: the median of some rounds\n"
		"and the distance between the quartiles, in nanoseconds.\n"
		"\n"
		"  -o json, --json  a JSON array\n",
	.run = run,
};
