// SPDX-License-Identifier: MIT
/* What the kernel logs meanwhile. */
#include "log.h"

int log_open(void)
{
	int log = open("/dev/kmsg", O_RDONLY | O_NONBLOCK | O_CLOEXEC);

	CHECK(log >= 0);
	CHECK(lseek(log, 0, SEEK_END) == 0);
	return log;
}

bool log_next(int log, char *record)
{
	ssize_t n;

	do
		n = read(log, record, LOG_RECORD - 1);
	while (n < 0 && errno == EPIPE);
	if (n < 0) {
		CHECK_EQ(errno, EAGAIN);
		return false;
	}
	record[n] = 0;
	return true;
}

bool log_says(int log, const char *text)
{
	uint64_t end = now_ns() + WAIT_MS * 1000000ULL;
	struct pollfd pfd = { .fd = log, .events = POLLIN };
	char record[LOG_RECORD];

	while (now_ns() < end) {
		if (!log_next(log, record))
			poll(&pfd, 1, 1000);
		else if (strstr(record, text))
			return true;
	}
	return false;
}
