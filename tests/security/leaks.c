// SPDX-License-Identifier: MIT
/* What files and the log show: no kernel pointer, no address. Structs: outputs.c */
#include <dirent.h>
#include <sys/stat.h>

#include "log.h"
#include "user.h"
#include "virt.h"

#define TEXT		65536

static char text[TEXT];
static struct dmaspan_segment segments[3 * 16];
static uint32_t num_segments;

static void shows_nothing(const char *path)
{
	const char *pointer = kernel_pointer(text);
	char hex[32];

	if (pointer)
		test_fail(__FILE__, __LINE__, "%s: %.40s", path, pointer);
	for (uint32_t i = 0; i < num_segments; i++) {
		snprintf(hex, sizeof(hex), "%llx", (unsigned long long)segments[i].address);
		if (segments[i].address >= MIB && strstr(text, hex))
			test_fail(__FILE__, __LINE__, "%s has a DMA address", path);
	}
}

/* Whether it could be read */
static bool look_at(const char *path)
{
	if (read_text(path, text, sizeof(text)) < 0)
		return false;
	shows_nothing(path);
	return true;
}

static unsigned int looked;

/* All files that a user can read; links lead elsewhere. */
static void look_below(const char *dir)
{
	DIR *d = opendir(dir);
	struct dirent *entry;
	char path[1024];
	struct stat st;

	if (!d)
		return;
	while ((entry = readdir(d))) {
		if (!strcmp(entry->d_name, ".") || !strcmp(entry->d_name, ".."))
			continue;
		snprintf(path, sizeof(path), "%.700s/%.255s", dir, entry->d_name);
		if (lstat(path, &st))
			continue;
		if (S_ISDIR(st.st_mode))
			look_below(path);
		else if (S_ISREG(st.st_mode))
			looked += look_at(path);
	}
	closedir(d);
}

static void no_address_in(const void *output, size_t size)
{
	for (uint32_t i = 0; i < num_segments; i++)
		CHECK(!memmem(output, size, &segments[i].address, sizeof(segments[i].address)));
}

static void look_at_outputs(int node, const struct span *span)
{
	struct dmaspan_channel_info channel_info;
	struct dmaspan_buffer_info buffer_info;
	struct dmaspan_info node_info;

	CHECK(do_info(node, &node_info) == 0);
	no_address_in(&node_info, sizeof(node_info));
	CHECK(do_channel_info(node, 0, &channel_info) == 0);
	no_address_in(&channel_info, sizeof(channel_info));
	CHECK(do_buffer_info(node, span->fd, &buffer_info) == 0);
	no_address_in(&buffer_info, sizeof(buffer_info));
	no_address_in(&span->map, sizeof(span->map));
}

/* Mapped, and its segments added to those that nothing may show */
static int add_buffer(int node, struct span *span, uint32_t kind)
{
	uint32_t count;

	span_open(span, node, kind, DMASPAN_TO_DEVICE, 4 * PAGE);
	CHECK(do_segments(node, span->map.out_mapping, segments + num_segments,
			  ARRAY_SIZE(segments) - num_segments, &count) == 0);
	CHECK(count > 0);
	num_segments += count;
	return span->fd;
}

/* With a buffer of each kind */
static void look_everywhere(int node)
{
	struct span spans[3];
	int channel, ids[5];
	char path[64];

	CHECK(do_channel_open(node, device_is_virt() ? "copy0" : "tx", O_CLOEXEC, &channel) == 0);
	ids[0] = node;
	ids[1] = channel;
	for (uint32_t kind = 0; kind < 3; kind++)
		ids[2 + kind] = add_buffer(node, &spans[kind], kind);
	for (uint32_t kind = 0; kind < 3; kind++)
		look_at_outputs(node, &spans[kind]);
	for (size_t i = 0; i < ARRAY_SIZE(ids); i++) {
		snprintf(path, sizeof(path), "/proc/self/fdinfo/%d", ids[i]);
		CHECK(read_text(path, text, sizeof(text)) > 0);
		shows_nothing(path);
		snprintf(path, sizeof(path), "/proc/self/fd/%d", ids[i]);
		CHECK(readlink(path, text, sizeof(text) - 1) > 0);
		shows_nothing(path);
	}
	CHECK(read_text("/proc/self/maps", text, sizeof(text)) > 0);
	CHECK(strstr(text, "dmabuf"));
	/* The vsyscall page is at the same place in every process. */
	if (strstr(text, "ffffffffff600000"))
		*strstr(text, "ffffffffff600000") = 0;
	shows_nothing("/proc/self/maps");
	look_below("/sys/module/dmaspan");
	look_below("/sys/module/dmaspan_virt");
	look_below("/sys/module/dmaspan_edu");
	snprintf(path, sizeof(path), "/sys/class/dmaspan/%s/", device_name());
	look_below(path);
	look_below(VIRT_SYSFS);
	look_below("/sys/bus/platform/drivers/dmaspan_virt");
	look_below("/sys/bus/pci/drivers/dmaspan_edu");
	CHECK(looked > 20);
	for (uint32_t kind = 0; kind < 3; kind++)
		span_close(&spans[kind]);
	close(channel);
}

static void files(void)
{
	as_user_with_node(look_everywhere);
}

static void module_files(void)
{
	static const char *const modules[] = { "dmaspan", "edu/dmaspan_edu", "virt/dmaspan_virt" };
	char command[512];

	for (size_t i = 0; i < ARRAY_SIZE(modules); i++) {
		FILE *out;

		snprintf(command, sizeof(command), "modinfo %s/kernel/%s.ko", getenv("DMASPAN_O"),
			 modules[i]);
		out = popen(command, "re");
		CHECK(out);
		text[fread(text, 1, sizeof(text) - 1, out)] = 0;
		CHECK_EQ(pclose(out), 0);
		CHECK(strstr(text, "license:"));
		CHECK(!kernel_pointer(text));
	}
}

/* Symbols and bus addresses, for root; no pointers even there */
static void debugfs(void)
{
	static const char *const files[] = { "maps", "channels" };
	struct stream s;
	char path[128];

	findings_clear();
	stream_open(&s, "source", PAGE);
	memset(s.span.data, 1, PAGE);
	CHECK(do_sync(s.node, s.span.map.out_mapping, DMASPAN_SYNC_FOR_CPU, 0, PAGE) == 0);
	num_segments = 0;
	CHECK(look_at(VIRT_FINDINGS));
	CHECK(strstr(text, "cpu-write") || !strcmp(device_name(), VIRT_COHERENT));
	for (size_t i = 0; i < ARRAY_SIZE(files); i++) {
		snprintf(path, sizeof(path), "/sys/kernel/debug/dmaspan_virt/%s/%s", device_name(),
			 files[i]);
		CHECK(look_at(path));
		CHECK(*text || !strcmp(device_name(), VIRT_COHERENT));
	}
	findings_clear();
	stream_close(&s);
	findings_clear();
}

/* Lines of ours in the log: what the machine itself has to say may come at any time. */
static unsigned int lines_of_ours(void)
{
	char record[LOG_RECORD];
	unsigned int count = 0;
	int log = log_open();

	CHECK(lseek(log, 0, SEEK_SET) == 0);
	while (log_next(log, record)) {
		if (!strstr(record, "dmaspan") || strstr(record, "dmaspan-tests: "))
			continue;
		CHECK(!kernel_pointer(record));
		count++;
	}
	close(log);
	return count;
}

static void be_refused(int node)
{
	const struct dmaspan_transfer bad = { .mapping = 77, .length = 16 };
	uint64_t state = test_seed();
	struct dmaspan_map map;
	int fd, channel;

	CHECK(do_channel_open(node, device_is_virt() ? "source" : "rx", O_CLOEXEC, &channel) == 0);
	for (unsigned int i = 0; i < test_rounds(500); i++) {
		do_alloc(node, (uint32_t)test_draw(&state), test_draw(&state), &fd);
		do_alloc(node, (uint32_t)(test_draw(&state) % 3), 1ULL << 40, &fd);
		do_map(node, (int)test_draw(&state), (uint32_t)(test_draw(&state) % 4), &map);
		do_sync(node, (uint32_t)test_draw(&state), 1, test_draw(&state), test_draw(&state));
		do_submit_array(channel, &bad, 1);
		do_submit_sized(channel, &bad, (uint32_t)test_draw(&state), 7);
		ioctl(node, test_draw(&state), &map);
		ioctl(channel, DMASPAN_SUBMIT, test_draw(&state));
	}
}

/* Whatever a program does wrong, the kernel's log is not where it is told. */
static void nothing_is_logged(void)
{
	unsigned int before = lines_of_ours();

	as_user_with_node(be_refused);
	CHECK_EQ(lines_of_ours(), before);
}

static const struct test_case cases[] = {
	CASE(files),
	CASE(module_files),
	VIRT_CASE(debugfs),
	CASE(nothing_is_logged),
};

int main(void)
{
	return test_main_by_device(cases, ARRAY_SIZE(cases));
}
