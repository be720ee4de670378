// SPDX-License-Identifier: MIT
/* Another driver that takes a buffer: DRM's vgem attaches and maps it. */
#include "failnth.h"
#include "vgem.h"

static int node, card, fd;
static uint32_t handle;

static int call_import(void)
{
	return vgem_import(card, fd, &handle);
}

static void drop(void)
{
	vgem_drop(card, handle);
}

static void not_attached(void)
{
	struct dmaspan_buffer_info info;

	CHECK(do_buffer_info(node, fd, &info) == 0);
	CHECK_EQ(info.out_attachments, 0);
}

/* If the reply is what cannot be copied out, DRM keeps the handle until its fd is closed. */
static void reopen(void)
{
	close(card);
	card = vgem_open();
	not_attached();
}

static void imports(void)
{
	const struct action action = {
		.prepare = not_attached,
		.call = call_import,
		.undo = drop,
		.failed = reopen,
		.errnos = { ENOMEM, EFAULT },
	};

	node = node_open(O_RDWR);
	card = vgem_open();
	CHECK(do_alloc(node, DMASPAN_KIND_CACHED, 12 * PAGE, &fd) == 0);
	failnth(node, &action);
	not_attached();
	close(fd);
	close(card);
	close(node);
}

static const struct test_case cases[] = {
	CASE(imports),
};

int main(void)
{
	int ret;

	if (failnth_possible() && RUN("modprobe", "vgem"))
		return test_skip_all("the kernel has no vgem");
	ret = failnth_main(cases, ARRAY_SIZE(cases));
	RUN("modprobe", "-r", "vgem");
	return ret;
}
