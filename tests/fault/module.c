// SPDX-License-Identifier: MIT
/* The module stays while anything of it is held. */
#include <sys/syscall.h>

#include "harness.h"

static int remove_module(const char *name)
{
	return (int)syscall(SYS_delete_module, name, O_NONBLOCK);
}

static void while_in_use(void)
{
	int node = node_open(O_RDWR), fd, channel;
	void *data;

	CHECK_ERRNO(remove_module("dmaspan"), EWOULDBLOCK);
	CHECK(do_alloc(node, 0, PAGE, &fd) == 0);
	CHECK(do_channel_open(node, "tx", O_CLOEXEC, &channel) == 0);
	CHECK_ERRNO(remove_module("dmaspan"), EWOULDBLOCK);
	close(node);
	CHECK_ERRNO(remove_module("dmaspan"), EWOULDBLOCK);
	close(channel);
	data = view(fd, PAGE);
	close(fd);
	CHECK_ERRNO(remove_module("dmaspan"), EWOULDBLOCK);
	munmap(data, PAGE);
}

static uint64_t references(const char *module)
{
	char path[64];

	snprintf(path, sizeof(path), "/sys/module/%s/refcnt", module);
	return read_number(path);
}

/* Each holder counts, so that no order of closing lets it go too early. */
static void every_holder_counts(void)
{
	uint64_t base = references("dmaspan"), opened;
	int node, fd, channel;

	node = node_open(O_RDWR);
	opened = references("dmaspan");
	CHECK(opened > base);
	CHECK(do_alloc(node, 0, PAGE, &fd) == 0);
	CHECK_EQ(references("dmaspan"), opened + 1);
	CHECK(do_channel_open(node, "tx", O_CLOEXEC, &channel) == 0);
	CHECK(references("dmaspan") >= opened + 2);
	close(node);
	close(channel);
	CHECK_EQ(references("dmaspan"), base + 1);
	close(fd);
	CHECK_EQ(references("dmaspan"), base);
}

static const struct test_case cases[] = {
	CASE(while_in_use),
	CASE(every_holder_counts),
};

TEST_MAIN(cases)
