// SPDX-License-Identifier: MIT
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "dmaspan_private.h"

#define NODES "/dev/dmaspan"

static int is_name(const struct dirent *entry)
{
	return strcmp(entry->d_name, ".") && strcmp(entry->d_name, "..");
}

int dmaspan_list(char ***names)
{
	struct dirent **entries;
	char **list;
	int count, i;

	count = scandir(NODES, &entries, is_name, alphasort);
	if (count < 0) {
		if (errno != ENOENT)
			return -errno;
		entries = NULL;
		count = 0;
	}

	/* +1: calloc() of count 0 may be NULL, and the list ends with one */
	list = calloc((size_t)count + 1, sizeof(*list));
	for (i = 0; list && i < count; i++) {
		list[i] = strdup(entries[i]->d_name);
		if (!list[i]) {
			dmaspan_list_free(list);
			list = NULL;
		}
	}
	for (i = 0; i < count; i++)
		free(entries[i]);
	free(entries);
	if (!list)
		return -ENOMEM;

	*names = list;
	return count;
}

void dmaspan_list_free(char **names)
{
	if (!names)
		return;
	for (char **name = names; *name; name++)
		free(*name);
	free(names);
}

static int open_node(const char *name, int access, struct dmaspan_device **out)
{
	struct dmaspan_info info;
	struct dmaspan_device *dev;
	char path[PATH_MAX];
	int len, ret;

	if (!name || !*name)
		return -EINVAL;
	len = snprintf(path, sizeof(path), "%s%s",
		       strchr(name, '/') ? "" : NODES "/", name);
	if (len < 0 || (size_t)len >= sizeof(path))
		return -ENAMETOOLONG;

	dev = calloc(1, sizeof(*dev));
	if (!dev)
		return -ENOMEM;
	dev->fd = open(path, access | O_CLOEXEC | O_NOCTTY);
	if (dev->fd < 0) {
		ret = -errno;
		goto err_free;
	}

	/* A path can name anything: it is a node if it answers as one */
	ret = dmaspan_device_info(dev, &info);
	if (ret)
		goto err_close;

	*out = dev;
	return 0;

err_close:
	close(dev->fd);
err_free:
	free(dev);
	return ret;
}

int dmaspan_open(const char *name, struct dmaspan_device **dev)
{
	return open_node(name, O_RDWR, dev);
}

int dmaspan_open_readonly(const char *name, struct dmaspan_device **dev)
{
	return open_node(name, O_RDONLY, dev);
}

void dmaspan_close(struct dmaspan_device *dev)
{
	if (!dev)
		return;
	close(dev->fd);
	free(dev);
}

int dmaspan_device_fd(const struct dmaspan_device *dev)
{
	return dev->fd;
}

/* A name ends, whatever the kernel said */
static void end_name(char *name, size_t size)
{
	name[size - 1] = 0;
}

int dmaspan_device_info(struct dmaspan_device *dev, struct dmaspan_info *info)
{
	struct dmaspan_info arg = { .size = sizeof(arg) };
	int ret;

	ret = dmaspan_ioctl(dev->fd, DMASPAN_INFO, &arg);
	end_name(arg.out_name, sizeof(arg.out_name));
	end_name(arg.out_bus_name, sizeof(arg.out_bus_name));
	if (!ret)
		*info = arg;
	return ret;
}

int dmaspan_device_channel(struct dmaspan_device *dev, unsigned int index,
			   struct dmaspan_channel_info *info)
{
	struct dmaspan_channel_info arg = {
		.size = sizeof(arg),
		.index = index,
	};
	int ret;

	ret = dmaspan_ioctl(dev->fd, DMASPAN_CHANNEL_INFO, &arg);
	end_name(arg.out_name, sizeof(arg.out_name));
	if (!ret)
		*info = arg;
	return ret;
}
