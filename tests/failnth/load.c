// SPDX-License-Identifier: MIT
/*
 * Modules loaded: an init that fails leaves nothing, and the module can be
 * loaded again. Most of what is allocated is the module loader's; of that only
 * some fails, of the end, where the module's own init is, all.
 *
 * timeout: 120
 */
#include <sys/stat.h>
#include <sys/syscall.h>

#include "failnth.h"

#define LOADER_STEP	97

struct module {
	const char *name;
	const char *path;	/* below the build's directory */
	const char *params;
	unsigned int own;	/* the last ones, which all fail */
};

static const struct module *module;
static void *image;
static size_t length;

static void read_image(void)
{
	const char *out = getenv("DMASPAN_O");
	char path[256];
	struct stat st;
	int fd;

	snprintf(path, sizeof(path), "%s/%s", out ? out : ".", module->path);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	CHECK(fd >= 0);
	CHECK(fstat(fd, &st) == 0);
	length = (size_t)st.st_size;
	image = malloc(length);
	CHECK(image);
	for (size_t n = 0; n < length;) {
		ssize_t got = read(fd, (char *)image + n, length - n);

		CHECK(got > 0);
		n += (size_t)got;
	}
	close(fd);
}

static int call_load(void)
{
	return (int)syscall(SYS_init_module, image, length, module->params);
}

static void unload(void)
{
	CHECK(syscall(SYS_delete_module, module->name, O_NONBLOCK) == 0);
}

static void not_there(void)
{
	char path[64];

	snprintf(path, sizeof(path), "/sys/module/%s", module->name);
	CHECK(access(path, F_OK) != 0);
}

static void loads(void)
{
	/* Without a device the driver is there all the same: a probe's failure is not init's. */
	const struct action action = {
		.prepare = not_there,
		.call = call_load,
		.undo = unload,
		.failed = not_there,
		.errnos = { ENOMEM, EFAULT, EINVAL },
	};
	unsigned int all;

	read_image();
	all = failnth_measure(&action);
	test_note("%s: %u failures to have", module->name, all);
	failnth_some(-1, &action, 1, LOADER_STEP);
	failnth_some(-1, &action, all > module->own ? all - module->own : 1, 1);
	free(image);
}

static void virt(void)
{
	static const struct module this = {
		"dmaspan_virt", "kernel/virt/dmaspan_virt.ko", "devices=1 coherent=1", 250,
	};

	module = &this;
	unload();
	loads();
	CHECK_EQ(RUN("sh", "-c", "exec insmod $DMASPAN_O/kernel/virt/dmaspan_virt.ko $0",
		     "devices=2 coherent=0,1"), 0);
}

static const struct test_case cases[] = {
	{ "virt", virt, MAY_KEEP, 100 },
};

int main(void)
{
	if (!failnth_possible())
		return test_skip_all(FAILNTH_NONE);
	return test_main(cases, ARRAY_SIZE(cases));
}
