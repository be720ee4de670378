// SPDX-License-Identifier: MIT
/*
 * A driver bound to its device: a probe that fails leaves nothing, one that
 * succeeds a device that is as good as ever, whatever failed on the way.
 *
 * Not edu's: what fails in ACPI's tables of PCI interrupts stays broken.
 *
 * timeout: 120
 */
#include "failnth.h"

static int control;
static char address[80];
static struct dmaspan_info as_before;
static uint32_t coherent_as_before;

static void look(struct dmaspan_info *info, uint32_t *coherent)
{
	struct dmaspan_buffer_info buffer;
	int node = node_open(O_RDWR), fd;

	CHECK(do_info(node, info) == 0);
	CHECK(do_alloc(node, DMASPAN_KIND_COHERENT, PAGE, &fd) == 0);
	CHECK(do_buffer_info(node, fd, &buffer) == 0);
	*coherent = buffer.out_flags;
	close(fd);
	close(node);
}

static int call_bind(void)
{
	return write(control, address, strlen(address)) < 0 ? -1 : 0;
}

static void look_and_unbind(void)
{
	struct dmaspan_info info;
	uint32_t coherent;

	CHECK(node_exists());
	look(&info, &coherent);
	CHECK_EQ(info.out_flags, as_before.out_flags);
	CHECK_EQ(info.out_channels, as_before.out_channels);
	CHECK_EQ(coherent, coherent_as_before);
	unbind_device();
	CHECK(!node_exists());
}

static void nothing_there(void)
{
	char path[64];

	CHECK(!node_exists());
	snprintf(path, sizeof(path), "/sys/class/dmaspan/%s", device_name());
	CHECK(access(path, F_OK) != 0);
	snprintf(path, sizeof(path), "/dev/%s", device_name());
	CHECK(access(path, F_OK) != 0);
}

/* EINVAL: dmaengine registers a channel whose name it could not make. */
static void binds(void)
{
	const struct action action = {
		.call = call_bind,
		.undo = look_and_unbind,
		.failed = nothing_there,
		.errnos = { ENOMEM, EFAULT, EINVAL },
	};

	char driver[64], path[80];

	look(&as_before, &coherent_as_before);
	device_driver(driver, sizeof(driver), address, sizeof(address));
	snprintf(path, sizeof(path), "%s/bind", driver);
	control = open(path, O_WRONLY | O_CLOEXEC);
	CHECK(control >= 0);
	unbind_device();
	failnth(-1, &action);
	close(control);
	bind_device();
}

static const struct test_case cases[] = {
	{ "binds", binds, MAY_KEEP, 100 },
};

int main(void)
{
	if (!failnth_possible())
		return test_skip_all(FAILNTH_NONE);
	test_device(VIRT_NAME);
	return test_main(cases, ARRAY_SIZE(cases));
}
