// SPDX-License-Identifier: MIT
#include <stdio.h>
#include <stdlib.h>

#include "bench.h"

void series_add(struct series *s, double value)
{
	if (s->count == MOST_ROUNDS)
		die("more than %d rounds", MOST_ROUNDS);
	s->values[s->count++] = value;
}

static int by_value(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static void series_sort(struct series *s)
{
	qsort(s->values, s->count, sizeof(s->values[0]), by_value);
}

/* The nearest of sorted values: each figure printed is one that was measured */
static double series_at(const struct series *s, double part)
{
	return s->values[(size_t)(part * (s->count - 1) + 0.5)];
}

static void print_number(const char *key, double value)
{
	printf(", \"%s\": %.6g", key, value);
}

static void print_spread(const char *key, const struct series *s)
{
	printf(", \"%s\": [%.6g, %.6g]", key, series_at(s, 0.1), series_at(s, 0.9));
}

/**
 * report() - print one line of JSON
 * @fig: the figure
 * @ours: our values
 * @peer_name: as printed
 * @peer: its values; NULL: there is no peer
 */
void report(const struct figure *fig, struct series *ours,
	    const char *peer_name, struct series *peer)
{
	series_sort(ours);
	printf("{\"name\": \"%s\", \"unit\": \"%s\", \"better\": \"%s\"",
	       fig->name, fig->unit, fig->higher ? "higher" : "lower");
	print_number("ours", series_at(ours, 0.5));
	print_spread("spread_ours", ours);
	if (peer) {
		series_sort(peer);
		print_number("peer", series_at(peer, 0.5));
		print_spread("spread_peer", peer);
		printf(", \"peer_name\": \"%s\"", peer_name);
	}
	if (peer && fig->goal > NO_GOAL)
		print_number("goal", fig->goal);
	if (fig->limit >= 0)
		print_number("limit", fig->limit);
	printf(", \"rounds\": %u}\n", ours->count);
	fflush(stdout);
}

/*
 * What its predecessor left behind, in caches and in work put off, is not the
 * measured one's: the first half of a turn is for that.
 */
static void take_turn(const struct subject *subject, struct series *s)
{
	subject->measure(subject->arg);
	series_add(s, subject->measure(subject->arg));
}

/* Forwards and backwards in turn, so that nobody always comes after the same one */
void compare(const struct figure *fig, const struct subject *ours,
	     const struct subject *peers, unsigned int num_peers)
{
	struct series s[1 + MOST_PEERS] = { { .count = 0 } };
	unsigned int i, n = 1 + num_peers, round;

	if (num_peers > MOST_PEERS)
		die("more than %d peers", MOST_PEERS);
	for (round = 0; round < fig->rounds; round++) {
		for (i = 0; i < n; i++) {
			unsigned int who = round % 2 ? n - 1 - i : i;

			take_turn(who ? &peers[who - 1] : ours, &s[who]);
		}
	}

	if (!num_peers)
		report(fig, &s[0], NULL, NULL);
	for (i = 1; i < n; i++)
		report(fig, &s[0], peers[i - 1].name, &s[i]);
}
