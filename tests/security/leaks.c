// SPDX-License-Identifier: MIT
/* What a program is shown: its outputs, no kernel pointer, no address but by SEGMENTS. */
#include <dirent.h>
#include <sys/stat.h>

#include "user.h"
#include "virt.h"

#define GUARD		64
#define FILL		0xa5
#define OTHER_FILL	0x5a
#define TEXT		65536

/* A struct, with bytes behind it that are none of the kernel's business */
struct probe {
	unsigned char bytes[256];
	size_t size;
	unsigned char fill;
};

static void probe_begin(struct probe *p, size_t size, unsigned char with)
{
	memset(p->bytes, with, sizeof(p->bytes));
	p->size = size;
	p->fill = with;
	memcpy(p->bytes, &(uint32_t) { (uint32_t)size }, 4);
	memset(p->bytes + 4, 0, 4);
}

/* Inputs */
static void put32(struct probe *p, size_t offset, uint32_t value)
{
	memcpy(p->bytes + offset, &value, sizeof(value));
}

static void put64(struct probe *p, size_t offset, uint64_t value)
{
	memcpy(p->bytes + offset, &value, sizeof(value));
}

static void probe_end(const struct probe *p)
{
	for (size_t i = p->size; i < sizeof(p->bytes); i++)
		CHECK_EQ(p->bytes[i], p->fill);
}

/* Every byte is an input, or was written: a byte that keeps what was there differs. */
static void probes_agree(const struct probe *one, const struct probe *two)
{
	probe_end(one);
	probe_end(two);
	CHECK_EQ(one->size, two->size);
	for (size_t i = 0; i < one->size; i++)
		if (one->bytes[i] != two->bytes[i])
			test_fail(__FILE__, __LINE__, "byte %zu: %02x and %02x", i, one->bytes[i],
				  two->bytes[i]);
}

static void padded(const char *name, size_t size)
{
	CHECK(strnlen(name, size) < size);
	CHECK(all_zero(name + strlen(name), size - strlen(name)));
}

static const unsigned char fills[] = { FILL, OTHER_FILL };

static void info(void)
{
	int node = node_open(O_RDONLY);
	struct dmaspan_info got;
	struct probe p[2];

	for (size_t i = 0; i < 2; i++) {
		probe_begin(&p[i], sizeof(got), fills[i]);
		put32(&p[i], offsetof(struct dmaspan_info, __reserved), 0);
		CHECK(ioctl(node, DMASPAN_INFO, p[i].bytes) == 0);
	}
	probes_agree(&p[0], &p[1]);
	memcpy(&got, p[0].bytes, sizeof(got));
	CHECK_EQ(got.__reserved, 0);
	padded(got.out_name, sizeof(got.out_name));
	padded(got.out_bus_name, sizeof(got.out_bus_name));
	close(node);
}

static void channel_info(void)
{
	int node = node_open(O_RDONLY);
	struct dmaspan_channel_info got;
	struct probe p[2];

	for (uint32_t channel = 0; channel < 2; channel++) {
		for (size_t i = 0; i < 2; i++) {
			probe_begin(&p[i], sizeof(got), fills[i]);
			put32(&p[i], offsetof(struct dmaspan_channel_info, index), channel);
			CHECK(ioctl(node, DMASPAN_CHANNEL_INFO, p[i].bytes) == 0);
		}
		probes_agree(&p[0], &p[1]);
		memcpy(&got, p[0].bytes, sizeof(got));
		padded(got.out_name, sizeof(got.out_name));
	}
	close(node);
}

static void alloc_and_map(void)
{
	int node = node_open(O_RDWR);
	struct probe p[2], m[2];

	for (uint32_t kind = 0; kind < 3; kind++) {
		for (size_t i = 0; i < 2; i++) {
			struct dmaspan_alloc got;
			struct dmaspan_map map;

			probe_begin(&p[i], sizeof(got), fills[i]);
			put32(&p[i], offsetof(struct dmaspan_alloc, kind), kind);
			put32(&p[i], offsetof(struct dmaspan_alloc, fd_flags), O_RDWR | O_CLOEXEC);
			put64(&p[i], offsetof(struct dmaspan_alloc, length), PAGE);
			put32(&p[i], offsetof(struct dmaspan_alloc, __reserved), 0);
			CHECK(ioctl(node, DMASPAN_ALLOC, p[i].bytes) == 0);
			memcpy(&got, p[i].bytes, sizeof(got));
			probe_begin(&m[i], sizeof(map), fills[i]);
			put32(&m[i], offsetof(struct dmaspan_map, fd), (uint32_t)got.out_fd);
			put32(&m[i], offsetof(struct dmaspan_map, direction), DMASPAN_TO_DEVICE);
			CHECK(ioctl(node, DMASPAN_MAP, m[i].bytes) == 0);
			memcpy(&map, m[i].bytes, sizeof(map));
			CHECK(do_unmap(node, map.out_mapping) == 0);
			close(got.out_fd);
		}
		probes_agree(&p[0], &p[1]);
		probes_agree(&m[0], &m[1]);
	}
	close(node);
}

static void buffer_info_and_segments(void)
{
	int node = node_open(O_RDWR);
	struct dmaspan_buffer_info got;
	struct dmaspan_segment room[8];
	struct probe p[2], q[2];
	struct span span;

	span_open(&span, node, DMASPAN_KIND_CACHED, DMASPAN_TO_DEVICE, PAGE);
	for (size_t i = 0; i < 2; i++) {
		probe_begin(&p[i], sizeof(got), fills[i]);
		put32(&p[i], offsetof(struct dmaspan_buffer_info, fd), (uint32_t)span.fd);
		put64(&p[i], offsetof(struct dmaspan_buffer_info, __reserved), 0);
		CHECK(ioctl(node, DMASPAN_BUFFER_INFO, p[i].bytes) == 0);
		memset(room, fills[i], sizeof(room));
		probe_begin(&q[i], sizeof(struct dmaspan_segments), fills[i]);
		put32(&q[i], offsetof(struct dmaspan_segments, mapping), span.map.out_mapping);
		put32(&q[i], offsetof(struct dmaspan_segments, count), ARRAY_SIZE(room));
		put64(&q[i], offsetof(struct dmaspan_segments, segments), PTR(room));
		put32(&q[i], offsetof(struct dmaspan_segments, __reserved), 0);
		CHECK(ioctl(node, DMASPAN_SEGMENTS, q[i].bytes) == 0);
		/* One page, one segment; the room behind it is the caller's. */
		CHECK_EQ(room[0].length, PAGE);
		for (size_t k = sizeof(room[0]); k < sizeof(room); k++)
			CHECK_EQ(((unsigned char *)room)[k], fills[i]);
	}
	probes_agree(&p[0], &p[1]);
	probes_agree(&q[0], &q[1]);
	span_close(&span);
	close(node);
}

static void channel_open_and_cancel(void)
{
	static const char name[DMASPAN_NAME_LEN] = "tx", virt[DMASPAN_NAME_LEN] = "copy0";
	int node = node_open(O_RDWR);
	struct probe p[2], c[2];

	for (size_t i = 0; i < 2; i++) {
		struct dmaspan_channel_open got;

		probe_begin(&p[i], sizeof(got), fills[i]);
		memcpy(p[i].bytes + offsetof(struct dmaspan_channel_open, name),
		       device_is_virt() ? virt : name, sizeof(name));
		put32(&p[i], offsetof(struct dmaspan_channel_open, fd_flags), O_CLOEXEC);
		put32(&p[i], offsetof(struct dmaspan_channel_open, __reserved), 0);
		CHECK(ioctl(node, DMASPAN_CHANNEL_OPEN, p[i].bytes) == 0);
		memcpy(&got, p[i].bytes, sizeof(got));
		probe_begin(&c[i], sizeof(struct dmaspan_cancel), fills[i]);
		put32(&c[i], offsetof(struct dmaspan_cancel, __reserved), 0);
		CHECK(ioctl(got.out_fd, DMASPAN_CANCEL, c[i].bytes) == 0);
		close(got.out_fd);
	}
	probes_agree(&p[0], &p[1]);
	probes_agree(&c[0], &c[1]);
	close(node);
}

/* A command that fails writes nothing at all. */
static void failures(void)
{
	static const struct {
		unsigned long command;
		size_t size;
	} commands[] = {
		{ DMASPAN_INFO, sizeof(struct dmaspan_info) },
		{ DMASPAN_CHANNEL_INFO, sizeof(struct dmaspan_channel_info) },
		{ DMASPAN_BUFFER_INFO, sizeof(struct dmaspan_buffer_info) },
		{ DMASPAN_ALLOC, sizeof(struct dmaspan_alloc) },
		{ DMASPAN_MAP, sizeof(struct dmaspan_map) },
		{ DMASPAN_SEGMENTS, sizeof(struct dmaspan_segments) },
		{ DMASPAN_CHANNEL_OPEN, sizeof(struct dmaspan_channel_open) },
	};
	int node = node_open(O_RDWR);

	for (size_t i = 0; i < ARRAY_SIZE(commands); i++) {
		struct probe before, after;

		probe_begin(&before, commands[i].size, FILL);
		after = before;
		CHECK_EQ(ioctl(node, commands[i].command, after.bytes), -1);
		probes_agree(&before, &after);
	}
	close(node);
}

static void completions(void)
{
	unsigned char records[3 * sizeof(struct dmaspan_completion)];
	struct dmaspan_completion done;
	struct stream s;

	stream_open(&s, "source", PAGE);
	for (uint64_t i = 0; i < 2; i++)
		CHECK(stream_submit(&s, i * KIB, 64, 0x1122334455667788 + i) == 0);
	for (size_t i = 0; i < 2; i++) {
		memset(records, FILL, sizeof(records));
		CHECK_EQ(read(s.channel, records, 2 * sizeof(done) - 1), sizeof(done));
		memcpy(&done, records, sizeof(done));
		CHECK_EQ(done.cookie, 0x1122334455667788 + i);
		CHECK_EQ(done.length, 64);
		CHECK_EQ(done.status, 0);
		CHECK_EQ(done.__reserved, 0);
		for (size_t k = sizeof(done); k < sizeof(records); k++)
			CHECK_EQ(records[k], FILL);
	}
	CHECK(do_sync(s.node, s.span.map.out_mapping, DMASPAN_SYNC_FOR_CPU, 0, PAGE) == 0);
	stream_close(&s);
}

static char text[TEXT];
static uint64_t address;

static void shows_nothing(const char *path)
{
	const char *pointer = kernel_pointer(text);
	char hex[32];

	if (pointer)
		test_fail(__FILE__, __LINE__, "%s: %.40s", path, pointer);
	snprintf(hex, sizeof(hex), "%llx", (unsigned long long)address);
	if (address >= MIB && strstr(text, hex))
		test_fail(__FILE__, __LINE__, "%s has a DMA address", path);
}

static void look_at(const char *path)
{
	if (read_text(path, text, sizeof(text)) >= 0)
		shows_nothing(path);
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
		if (S_ISDIR(st.st_mode)) {
			look_below(path);
		} else if (S_ISREG(st.st_mode)) {
			look_at(path);
			looked++;
		}
	}
	closedir(d);
}

static void no_address_in(const void *output, size_t size)
{
	CHECK(!memmem(output, size, &address, sizeof(address)));
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

static void look_everywhere(int node)
{
	struct dmaspan_segment segments[16];
	struct span span;
	uint32_t count;
	int channel, ids[3];
	char path[64];

	span_open(&span, node, DMASPAN_KIND_CACHED, DMASPAN_TO_DEVICE, 4 * PAGE);
	CHECK(do_channel_open(node, device_is_virt() ? "copy0" : "tx", O_CLOEXEC, &channel) == 0);
	CHECK(do_segments(node, span.map.out_mapping, segments, 16, &count) == 0);
	address = segments[0].address;
	look_at_outputs(node, &span);
	ids[0] = node;
	ids[1] = channel;
	ids[2] = span.fd;
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
	struct stream s;

	findings_clear();
	stream_open(&s, "source", PAGE);
	memset(s.span.data, 1, PAGE);
	CHECK(do_sync(s.node, s.span.map.out_mapping, DMASPAN_SYNC_FOR_CPU, 0, PAGE) == 0);
	address = 0;
	look_at(VIRT_FINDINGS);
	CHECK(strstr(text, "cpu-write") || !strcmp(device_name(), VIRT_COHERENT));
	look_at("/sys/kernel/debug/dmaspan_virt/virt0/maps");
	look_at("/sys/kernel/debug/dmaspan_virt/virt0/channels");
	findings_clear();
	stream_close(&s);
	findings_clear();
}

/* Lines of ours in the log: what the machine itself has to say may come at any time. */
static unsigned int lines_of_ours(void)
{
	int log = open("/dev/kmsg", O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	unsigned int count = 0;
	char record[8192];
	ssize_t n;

	CHECK(log >= 0);
	while ((n = read(log, record, sizeof(record) - 1)) > 0 || errno == EPIPE) {
		if (n < 0)
			continue;
		record[n] = 0;
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
	CASE(info),
	CASE(channel_info),
	CASE(alloc_and_map),
	CASE(buffer_info_and_segments),
	CASE(channel_open_and_cancel),
	CASE(failures),
	VIRT_CASE(completions),
	CASE(files),
	CASE(module_files),
	VIRT_CASE(debugfs),
	CASE(nothing_is_logged),
};

int main(void)
{
	return test_main_by_device(cases, ARRAY_SIZE(cases));
}
