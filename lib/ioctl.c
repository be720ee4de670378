// SPDX-License-Identifier: MIT
/*
 * The only caller of ioctl(2).
 */
#include <errno.h>
#include <sys/ioctl.h>

#include "dmaspan_private.h"

/*
 * Every command either did its work or changed nothing, and writes its outputs
 * on success only: one that a signal interrupted can be repeated as it is.
 */
int dmaspan_ioctl(int fd, unsigned long command, void *arg)
{
	int ret;

	do {
		ret = ioctl(fd, command, arg);
	} while (ret < 0 && errno == EINTR);

	return ret < 0 ? -errno : 0;
}
