// SPDX-License-Identifier: MIT
/* The module stays while anything of it is held. */
#include "harness.h"

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

/* Each holder counts, so that no order of closing lets it go too early. */
static void every_holder_counts(void)
{
	uint64_t base = module_references("dmaspan"), opened;
	int node, fd, channel;

	node = node_open(O_RDWR);
	opened = module_references("dmaspan");
	CHECK(opened > base);
	CHECK(do_alloc(node, 0, PAGE, &fd) == 0);
	CHECK_EQ(module_references("dmaspan"), opened + 1);
	CHECK(do_channel_open(node, "tx", O_CLOEXEC, &channel) == 0);
	CHECK(module_references("dmaspan") >= opened + 2);
	close(node);
	close(channel);
	CHECK_EQ(module_references("dmaspan"), base + 1);
	close(fd);
	CHECK_EQ(module_references("dmaspan"), base);
}

static const struct test_case cases[] = {
	CASE(while_in_use),
	CASE(every_holder_counts),
};

TEST_MAIN(cases)
