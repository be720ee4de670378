// SPDX-License-Identifier: MIT
/* The machine that the tests run in. */
#include <dirent.h>
#include <inttypes.h>
#include <limits.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <time.h>

#include "harness.h"

enum mode test_mode(void)
{
	const char *mode = getenv("DMASPAN_MODE");

	if (mode && !strcmp(mode, "iommu"))
		return MODE_IOMMU;
	if (mode && !strcmp(mode, "bounce"))
		return MODE_BOUNCE;
	return MODE_PLAIN;
}

bool is_bounce(void)
{
	return test_mode() == MODE_BOUNCE;
}

int kernel_major(void)
{
	struct utsname name;

	CHECK(uname(&name) == 0);
	return atoi(name.release);
}

int count_fds(void)
{
	DIR *dir = opendir("/proc/self/fd");
	int count = 0;

	if (!dir)
		return -1;
	while (readdir(dir))
		count++;
	closedir(dir);
	return count;
}

uint64_t read_number(const char *path)
{
	FILE *file = fopen(path, "re");
	uint64_t value = 0;
	int got = 0;

	if (file) {
		got = fscanf(file, "%" SCNu64, &value);
		fclose(file);
	}
	if (got != 1)
		test_fail(__FILE__, __LINE__, "%s holds no number", path);
	return value;
}

int write_text(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);
	ssize_t n;
	int error;

	if (fd < 0)
		return -errno;
	n = write(fd, text, strlen(text));
	error = errno;
	close(fd);
	return n < 0 ? -error : 0;
}

#define CGROUP_ROOT	"/sys/fs/cgroup/"

static void cgroup_move(const char *procs, pid_t pid)
{
	char text[32];

	snprintf(text, sizeof(text), "%d", pid);
	CHECK_EQ(write_text(procs, text), 0);
}

void cgroup_make(const char *most)
{
	/* Nothing to do where it is on already. */
	write_text(CGROUP_ROOT "cgroup.subtree_control", "+memory");
	CHECK(mkdir(CGROUP_FILE(""), 0755) == 0 || errno == EEXIST);
	CHECK_EQ(write_text(CGROUP_FILE("memory.max"), most), 0);
}

void cgroup_enter(pid_t pid)
{
	cgroup_move(CGROUP_FILE("cgroup.procs"), pid);
}

void cgroup_leave(pid_t pid)
{
	cgroup_move(CGROUP_ROOT "cgroup.procs", pid);
}

uint64_t cgroup_oom_kills(void)
{
	FILE *file = fopen(CGROUP_FILE("memory.events"), "re");
	unsigned long long value = 0;
	char line[64];

	CHECK(file);
	while (fgets(line, sizeof(line), file))
		sscanf(line, "oom_kill %llu", &value);
	fclose(file);
	return value;
}

uint64_t alloc_charge(uint32_t kind, uint64_t length)
{
	uint64_t charge = PAGE;

	if (test_mode() == MODE_IOMMU || kind == DMASPAN_KIND_CACHED ||
	    (kind == DMASPAN_KIND_COHERENT && !is_bounce()))
		return length;
	while (charge < length)
		charge *= 2;
	return charge;
}

uint64_t map_charge(uint64_t length)
{
	uint64_t tables = length / PAGE * 8;

	return test_mode() == MODE_IOMMU ? (tables + PAGE - 1) / PAGE * PAGE : 0;
}

static uint64_t wanted_use;

static bool used_as_wanted(void)
{
	return used_bytes() == wanted_use;
}

bool used_becomes(uint64_t bytes)
{
	wanted_use = bytes;
	return wait_for(used_as_wanted, WAIT_MS);
}

bool node_exists(void)
{
	char path[64];

	snprintf(path, sizeof(path), "/dev/dmaspan/%s", device_name());
	return access(path, F_OK) == 0;
}

bool wait_for(bool (*done)(void), unsigned int ms)
{
	uint64_t end = now_ns() + ms * 1000000ULL;

	while (!done()) {
		if (now_ns() > end)
			return false;
		msleep(10);
	}
	return true;
}

void msleep(unsigned int ms)
{
	const struct timespec time = { ms / 1000, ms % 1000 * 1000000L };

	nanosleep(&time, NULL);
}

uint64_t now_ns(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return (uint64_t)time.tv_sec * 1000000000 + (uint64_t)time.tv_nsec;
}

int run(const char *const argv[])
{
	pid_t pid;

	fflush(stdout);
	pid = fork();
	if (!pid) {
		dup2(STDOUT_FILENO, STDERR_FILENO);
		execvp(argv[0], (char *const *)argv);
		_exit(127);
	}
	return reap(pid);
}

pid_t spawn(void (*fn)(void *), void *arg)
{
	pid_t pid;

	fflush(stdout);
	pid = fork();
	if (!pid) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		fn(arg);
		fflush(stdout);
		_exit(EXIT_SUCCESS);
	}
	CHECK(pid > 0);
	return pid;
}

int reap(pid_t pid)
{
	int status;

	CHECK(waitpid(pid, &status, 0) == pid);
	return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

static void wait_in_read(void *channel)
{
	struct dmaspan_completion done;

	errno = 0;
	_exit(read(*(int *)channel, &done, sizeof(done)) == -1 ? errno : 255);
}

pid_t spawn_reader(int channel)
{
	return spawn(wait_in_read, &channel);
}

#define PCI	"/sys/bus/pci/devices"

static bool is_edu(const char *address)
{
	char path[PATH_MAX], text[23] = "";
	FILE *file;

	snprintf(path, sizeof(path), PCI "/%s/modalias", address);
	file = fopen(path, "re");
	if (!file)
		return false;
	if (!fgets(text, sizeof(text), file))
		text[0] = 0;
	fclose(file);
	return !strcmp(text, "pci:v00001234d000011E8");
}

/* "0000:00:04.0": found without the node, which may be gone */
static const char *pci_address(void)
{
	static char name[64];
	struct dirent *entry;
	DIR *dir = opendir(PCI);

	name[0] = 0;
	CHECK(dir);
	while ((entry = readdir(dir)))
		if (entry->d_name[0] != '.' && is_edu(entry->d_name))
			snprintf(name, sizeof(name), "%.63s", entry->d_name);
	closedir(dir);
	CHECK(name[0]);
	return name;
}

void device_driver(char *driver, size_t room, char *address, size_t address_room)
{
	if (device_is_virt()) {
		snprintf(driver, room, "/sys/bus/platform/drivers/dmaspan_virt");
		snprintf(address, address_room, "dmaspan_virt.%s", device_name() + 4);
	} else {
		snprintf(driver, room, "/sys/bus/pci/drivers/dmaspan_edu");
		snprintf(address, address_room, "%s", pci_address());
	}
}

/* "bind" or "unbind" */
static void tell_driver(const char *what)
{
	char driver[64], path[128], address[80];

	device_driver(driver, sizeof(driver), address, sizeof(address));
	snprintf(path, sizeof(path), "%s/%s", driver, what);
	CHECK_EQ(write_text(path, address), 0);
}

int remove_module(const char *name)
{
	return (int)syscall(SYS_delete_module, name, O_NONBLOCK);
}

uint64_t module_references(const char *name)
{
	char path[64];

	snprintf(path, sizeof(path), "/sys/module/%s/refcnt", name);
	return read_number(path);
}

void unbind_device(void)
{
	tell_driver("unbind");
}

void bind_device(void)
{
	tell_driver("bind");
	CHECK(wait_for(node_exists, WAIT_MS));
}

static bool node_gone(void)
{
	return !node_exists();
}

void unplug_edu(void)
{
	CHECK_EQ(RUN("vm-host", "device_del", "edu0"), 0);
	CHECK(wait_for(node_gone, WAIT_MS));
}

void plug_edu(void)
{
	CHECK_EQ(RUN("vm-host", "device_add", "edu,id=edu0,bus=slot0,dma_mask=0xffffffff"),
		 0);
	CHECK(wait_for(node_exists, WAIT_MS));
}

uint64_t physical(const void *page)
{
	int fd = open("/proc/self/pagemap", O_RDONLY | O_CLOEXEC);
	uint64_t entry;

	CHECK(fd >= 0);
	CHECK(pread(fd, &entry, sizeof(entry), (off_t)((uintptr_t)page / PAGE * 8)) == 8);
	close(fd);
	if (!(entry >> 63))
		test_fail(__FILE__, __LINE__, "no page at %p", page);
	return (entry & ((1ULL << 55) - 1)) * PAGE;
}

union fd_message {
	struct cmsghdr header;
	char space[CMSG_SPACE(sizeof(int))];
};

int send_fd(int socket, int fd)
{
	union fd_message control = { 0 };
	struct iovec iov = { .iov_base = (char []) { 'F' }, .iov_len = 1 };
	struct msghdr message = {
		.msg_iov = &iov,
		.msg_iovlen = 1,
		.msg_control = &control,
		.msg_controllen = sizeof(control),
	};
	struct cmsghdr *part = CMSG_FIRSTHDR(&message);

	part->cmsg_level = SOL_SOCKET;
	part->cmsg_type = SCM_RIGHTS;
	part->cmsg_len = CMSG_LEN(sizeof(fd));
	memcpy(CMSG_DATA(part), &fd, sizeof(fd));
	return sendmsg(socket, &message, 0) == 1 ? 0 : -1;
}

int receive_fd(int socket)
{
	union fd_message control = { 0 };
	char byte;
	struct iovec iov = { .iov_base = &byte, .iov_len = 1 };
	struct msghdr message = {
		.msg_iov = &iov,
		.msg_iovlen = 1,
		.msg_control = &control,
		.msg_controllen = sizeof(control),
	};
	int fd = -1;

	if (recvmsg(socket, &message, MSG_CMSG_CLOEXEC) == 1 && CMSG_FIRSTHDR(&message))
		memcpy(&fd, CMSG_DATA(CMSG_FIRSTHDR(&message)), sizeof(fd));
	return fd;
}

static void (*faulting)(void *);

static void on_fault(int number)
{
	_exit(128 + number);
}

/* A handler keeps the kernel from logging the fault. */
static void fault_quietly(void *arg)
{
	signal(SIGSEGV, on_fault);
	signal(SIGBUS, on_fault);
	faulting(arg);
}

int signal_of(void (*fn)(void *), void *arg)
{
	int status;

	faulting = fn;
	status = reap(spawn(fault_quietly, arg));
	return status > 128 ? status - 128 : 0;
}
