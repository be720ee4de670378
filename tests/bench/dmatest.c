// SPDX-License-Identifier: MIT
/*
 * The kernel's dmatest as a peer: it maps, submits, waits for and unmaps one
 * transfer after the other, in a kernel thread. Its rate is in the kernel log.
 */
#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bench.h"

#define PARAMETERS	"/sys/module/dmatest/parameters/"
#define TRANSFERS	"4000"
#define LIMIT_NS	(60 * 1000000000ULL)

bool dmatest_exists(void)
{
	return !access(PARAMETERS "run", W_OK);
}

static void parameter(const char *name, const char *value)
{
	char path[128];
	FILE *file;

	snprintf(path, sizeof(path), PARAMETERS "%s", name);
	file = fopen(path, "we");
	if (!file || fputs(value, file) < 0 || fclose(file))
		die("dmatest: %s: %s", path, strerror(errno));
}

static void first_channel(const char *platform_device, char *name, size_t size)
{
	char pattern[256];
	glob_t found;

	snprintf(pattern, sizeof(pattern), "/sys/bus/platform/devices/%s/dma/dma*chan0",
		 platform_device);
	if (glob(pattern, 0, NULL, &found))
		die("no DMA channel at %s", pattern);
	snprintf(name, size, "%s", strrchr(found.gl_pathv[0], '/') + 1);
	globfree(&found);
}

/* The summary, if the log has it by now */
static bool rate_from(int log, double *rate)
{
	char line[1024], *at;
	ssize_t n;

	while ((n = read(log, line, sizeof(line) - 1)) > 0 || errno == EPIPE) {
		line[n > 0 ? n : 0] = 0;
		at = strstr(line, " failures ");
		if (!at || !strstr(line, "dmatest: "))
			continue;
		if (!strstr(line, " 0 failures "))
			die("dmatest: %s", line);
		*rate = strtod(at + strlen(" failures "), NULL);
		return true;
	}
	return false;
}

static bool running(void)
{
	FILE *file = fopen(PARAMETERS "run", "re");
	int value;

	if (!file)
		die("dmatest: %s", strerror(errno));
	value = fgetc(file);
	fclose(file);
	return value == 'Y';
}

double dmatest_rate(const char *platform_device)
{
	char channel[64];
	uint64_t start;
	double rate;
	int log;

	log = open("/dev/kmsg", O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	must(log, "/dev/kmsg");
	must((int)lseek(log, 0, SEEK_END), "/dev/kmsg");
	parameter("iterations", TRANSFERS);
	parameter("test_buf_size", "8192");
	parameter("transfer_size", "4096");
	parameter("norandom", "1");
	parameter("noverify", "1");
	parameter("threads_per_chan", "1");
	first_channel(platform_device, channel, sizeof(channel));
	parameter("channel", channel);
	parameter("run", "1");
	for (start = now_ns(); !rate_from(log, &rate); usleep(20000))
		if (now_ns() - start > LIMIT_NS)
			die("dmatest does not end");
	/* To ask for it lets go of the channel. */
	while (running())
		usleep(20000);
	close(log);
	return rate;
}
