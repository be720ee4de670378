// SPDX-License-Identifier: MIT
#include <stdio.h>
#include <time.h>
#include <unistd.h>

#include "flow.h"

#define INTERVAL 0.1
#define WIDTH 30
#define LINE 78

double progress_now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (double)ts.tv_sec + (double)ts.tv_nsec / 1e9;
}

void progress_start(struct progress *progress, uint64_t total, bool on)
{
	*progress = (struct progress) {
		.total = total,
		.start = progress_now(),
		.on = on && isatty(STDERR_FILENO),
	};
}

void progress_update(struct progress *progress, uint64_t bytes)
{
	char moved[HUMAN_SIZE], rate[HUMAN_SIZE], bar[WIDTH + 1], line[2 * LINE];
	double now, part, elapsed;
	int i;

	if (!progress->on)
		return;
	now = progress_now();
	if (now - progress->last < INTERVAL)
		return;
	progress->last = now;
	progress->shown = true;

	elapsed = now - progress->start;
	human_size(bytes, moved);
	human_size(elapsed > 0 ? (uint64_t)((double)bytes / elapsed) : 0, rate);
	if (progress->total == UINT64_MAX || !progress->total) {
		snprintf(line, sizeof(line), "%s, %s/s", moved, rate);
	} else {
		part = (double)bytes / (double)progress->total;
		for (i = 0; i < WIDTH; i++)
			bar[i] = i < (int)(part * WIDTH) ? '#' : '.';
		bar[i] = '\0';
		snprintf(line, sizeof(line), "[%s] %3d%% %s, %s/s", bar,
			 (int)(part * 100), moved, rate);
	}
	fprintf(stderr, "\r%-*s", LINE, line);
}

void progress_end(struct progress *progress)
{
	if (progress->shown)
		fprintf(stderr, "\r%-*s\r", LINE, "");
}
