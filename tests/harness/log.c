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

bool log_says(int log, const char *text)
{
	uint64_t end = now_ns() + WAIT_MS * 1000000ULL;
	struct pollfd pfd = { .fd = log, .events = POLLIN };
	char record[8192];

	while (now_ns() < end) {
		ssize_t n = read(log, record, sizeof(record) - 1);

		if (n > 0) {
			record[n] = 0;
			if (strstr(record, text))
				return true;
		} else if (n < 0 && errno == EAGAIN) {
			poll(&pfd, 1, 1000);
		} else {
			/* Records that were overwritten before they were read */
			CHECK(n < 0 && errno == EPIPE);
		}
	}
	return false;
}
