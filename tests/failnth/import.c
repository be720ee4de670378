// SPDX-License-Identifier: MIT
/* Another driver that takes a buffer: DRM's vgem attaches and maps it. */
#include "failnth.h"
#include "vgem.h"

static int node, card, fd;
static uint32_t handle;

/* Where it would be bounced, what needs no sync is refused, whatever failed before. */
static bool refused;

static int call_import(void)
{
	int ret = vgem_import(card, fd, &handle);

	return refused && ret && errno == EXDEV ? 0 : ret;
}

static void not_attached(void)
{
	struct dmaspan_buffer_info info;

	CHECK(do_buffer_info(node, fd, &info) == 0);
	CHECK_EQ(info.out_attachments, 0);
}

static void drop(void)
{
	if (!refused)
		vgem_drop(card, handle);
	not_attached();
}

/* If the reply is what cannot be copied out, DRM keeps the handle until its fd is closed. */
static void reopen(void)
{
	close(card);
	card = vgem_open();
	not_attached();
}

static void imports(uint32_t kind)
{
	const struct action action = {
		.call = call_import,
		.undo = drop,
		.failed = reopen,
		.errnos = { ENOMEM, EFAULT },
	};

	refused = is_bounce() && kind != DMASPAN_KIND_CACHED;
	card = vgem_open();
	failnth_buffer(&node, &fd, kind, 12 * PAGE, &action);
	close(card);
}

static void imports_cached(void)
{
	imports(DMASPAN_KIND_CACHED);
}

static void imports_coherent(void)
{
	imports(DMASPAN_KIND_COHERENT);
}

static void imports_write_combined(void)
{
	imports(DMASPAN_KIND_WC);
}

static const struct test_case cases[] = {
	CASE(imports_cached),
	CASE(imports_coherent),
	CASE(imports_write_combined),
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
