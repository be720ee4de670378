// SPDX-License-Identifier: MIT
/* Attacks against victims, on virt each against each: races on purpose.  timeout: 300 */
#include <linux/capability.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "race.h"

#define CGROUP_MOST	(32 * MIB)
#define RUSH		5	/* times that an attack is repeated in a round */

static void pause_us(uint64_t most, uint64_t *state)
{
	usleep((useconds_t)(test_draw(state) % most));
}

static uint64_t limit;

static void unbind_and_bind(pid_t pid, uint64_t *state)
{
	(void)pid;
	unbind_device();
	pause_us(2000, state);
	bind_device();
}

static void kill_it(pid_t pid, uint64_t *state)
{
	(void)state;
	CHECK(kill(pid, SIGKILL) == 0);
}

static void stop_and_go_on(pid_t pid, uint64_t *state)
{
	for (int i = 0; i < RUSH; i++) {
		kill(pid, SIGSTOP);
		pause_us(500, state);
		kill(pid, SIGCONT);
		pause_us(500, state);
	}
}

static void change_limit(pid_t pid, uint64_t *state)
{
	(void)pid;
	limit = limit_bytes();
	for (int i = 0; i < 4 * RUSH; i++) {
		CHECK_EQ(set_limit(test_draw(state) % (64 * PAGE)), 0);
		pause_us(300, state);
	}
}

static void restore_limit(void)
{
	CHECK_EQ(set_limit(limit), 0);
}

static void close_node(struct race_scene *s, uint64_t *state)
{
	(void)state;
	close(s->node);
}

static void close_channel(struct race_scene *s, uint64_t *state)
{
	(void)state;
	close(s->channel);
}

static void close_buffer(struct race_scene *s, uint64_t *state)
{
	(void)state;
	close(s->fd);
}

static void close_everything(struct race_scene *s, uint64_t *state)
{
	int fds[] = { s->node, s->channel, s->fd };
	size_t first = test_draw(state) % 3;

	for (size_t i = 0; i < 3; i++)
		close(fds[(first + i) % 3]);
	munmap(s->data, RACE_LENGTH);
}

static void unmap_mapping(struct race_scene *s, uint64_t *state)
{
	for (int i = 0; i < 4 * RUSH; i++) {
		if (!do_unmap(s->node, s->map.out_mapping))
			break;
		pause_us(100, state);
	}
}

static void munmap_parts(struct race_scene *s, uint64_t *state)
{
	munmap(s->data + test_draw(state) % 4 * PAGE, PAGE);
	pause_us(200, state);
	munmap(s->data, RACE_LENGTH);
}

/* Taken out, made read-only, moved away and back */
static void rearrange_views(struct race_scene *s, uint64_t *state)
{
	unsigned char *room = mmap(NULL, RACE_LENGTH, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS,
				   -1, 0);

	for (int i = 0; i < 2 * RUSH && room != MAP_FAILED; i++) {
		madvise(s->data, RACE_LENGTH, MADV_DONTNEED);
		mprotect(s->data + PAGE, PAGE, PROT_READ);
		pause_us(100, state);
		mprotect(s->data + PAGE, PAGE, PROT_READ | PROT_WRITE);
		mremap(s->data, PAGE, PAGE, MREMAP_MAYMOVE | MREMAP_FIXED, room);
		mremap(room, PAGE, PAGE, MREMAP_MAYMOVE | MREMAP_FIXED, s->data);
	}
}

static void use_all(const struct race_scene *s)
{
	struct dmaspan_buffer_info info;
	uint32_t cancelled;

	do_buffer_info(s->node, s->fd, &info);
	do_sync(s->node, s->map.out_mapping, DMASPAN_SYNC_FOR_CPU, 0, PAGE);
	if (s->channel >= 0)
		do_cancel(s->channel, &cancelled);
}

static void fork_children(struct race_scene *s, uint64_t *state)
{
	pid_t pids[3];

	for (size_t i = 0; i < ARRAY_SIZE(pids); i++) {
		pids[i] = fork();
		if (!pids[i]) {
			use_all(s);
			_exit(0);
		}
		pause_us(300, state);
	}
	for (size_t i = 0; i < ARRAY_SIZE(pids); i++)
		if (pids[i] > 0)
			waitpid(pids[i], NULL, 0);
}

/* The other threads end wherever they are; what has CLOEXEC is closed. */
static void exec_closing(struct race_scene *s, uint64_t *state)
{
	(void)s;
	(void)state;
	execl("/bin/true", "true", NULL);
}

/* The end of true closes all. */
static void exec_keeping(struct race_scene *s, uint64_t *state)
{
	(void)state;
	fcntl(s->node, F_SETFD, 0);
	fcntl(s->fd, F_SETFD, 0);
	if (s->channel >= 0)
		fcntl(s->channel, F_SETFD, 0);
	execl("/bin/true", "true", NULL);
}

static void dup_over(struct race_scene *s, uint64_t *state)
{
	int fds[] = { s->node, s->channel, s->fd }, other = open("/dev/null", O_RDWR | O_CLOEXEC);

	for (int i = 0; i < RUSH; i++) {
		size_t n = test_draw(state) % 3;
		int keep = dup(fds[n]);

		if (keep < 0)
			continue;
		dup2(other, fds[n]);
		pause_us(100, state);
		dup2(keep, fds[n]);
		close(keep);
	}
	close(other);
}

/* For a while the only reference is a message that nobody has received. */
static void pass_around(struct race_scene *s, uint64_t *state)
{
	int fds[] = { s->node, s->channel, s->fd }, ends[2], back;

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends))
		return;
	for (int i = 0; i < RUSH; i++) {
		int fd = fds[test_draw(state) % 3];

		if (fd < 0 || send_fd(ends[0], fd))
			continue;
		close(fd);
		pause_us(200, state);
		back = receive_fd(ends[1]);
		if (back < 0 || back == fd)
			continue;
		dup2(back, fd);
		close(back);
	}
	close(ends[0]);
	close(ends[1]);
}

static void no_fds(struct race_scene *s, uint64_t *state)
{
	struct rlimit most = { 4096, 4096 };

	(void)s;
	for (int i = 0; i < 2 * RUSH; i++) {
		/* poll() of one wants a limit of one. */
		most.rlim_cur = test_draw(state) % 6 + 1;
		setrlimit(RLIMIT_NOFILE, &most);
		pause_us(300, state);
		most.rlim_cur = most.rlim_max;
		setrlimit(RLIMIT_NOFILE, &most);
	}
}

/* Root's processes have no limit otherwise. */
static void no_right_to_lock(void)
{
	struct __user_cap_header_struct header = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct data[_LINUX_CAPABILITY_U32S_3];

	CHECK(syscall(SYS_capget, &header, data) == 0);
	data[CAP_TO_INDEX(CAP_IPC_LOCK)].effective &= ~CAP_TO_MASK(CAP_IPC_LOCK);
	CHECK(syscall(SYS_capset, &header, data) == 0);
}

/* Nothing of ours is pinned memory of the caller's: it must make no difference. */
static void no_locked_memory(struct race_scene *s, uint64_t *state)
{
	struct rlimit most = { 0, 2 * PAGE };

	for (int i = 0; i < 2 * RUSH; i++) {
		most.rlim_cur = test_draw(state) % 3 * PAGE;
		CHECK(setrlimit(RLIMIT_MEMLOCK, &most) == 0);
		CHECK_ERRNO(mlock(s->data, RACE_LENGTH), most.rlim_cur ? ENOMEM : EPERM);
		pause_us(200, state);
	}
}

static void cancel(struct race_scene *s, uint64_t *state)
{
	uint32_t cancelled;

	for (int i = 0; i < 4 * RUSH && s->channel >= 0; i++) {
		do_cancel(s->channel, &cancelled);
		pause_us(200, state);
	}
}

/* Much less or much more than there is: nobody is to be killed for what is small. */
static int alloc_much(const struct race_scene *s, uint64_t *state)
{
	uint64_t length = test_draw(state) % 4 ? CGROUP_MOST * 2 : CGROUP_MOST / 8;
	int fd;

	if (do_alloc(s->node, DMASPAN_KIND_CACHED, length, &fd))
		return -errno;
	close(fd);
	return 0;
}

static void move_between_cgroups(pid_t pid, uint64_t *state)
{
	char most[32];

	snprintf(most, sizeof(most), "%lu", CGROUP_MOST);
	cgroup_make(most);
	for (int i = 0; i < RUSH; i++) {
		cgroup_enter(pid);
		pause_us(30000, state);
		cgroup_leave(pid);
		pause_us(1000, state);
	}
}

static const struct race_victim allocates_much = {
	"alloc_much", RACE_NO_CHANNEL, RACE_NO_CHANNEL, alloc_much, 1, false, { 0 },
};

#define INSIDE(_name, ...)							\
	static void attack_##_name(void)					\
	{									\
		static const struct race_attack attack = {			\
			.inside = _name, __VA_ARGS__				\
		};								\
										\
		race_run(&attack, 1);						\
	}

#define OUTSIDE(_name, ...)							\
	static void attack_##_name(void)					\
	{									\
		static const struct race_attack attack = {			\
			.outside = _name, __VA_ARGS__				\
		};								\
										\
		race_run(&attack, 1);						\
	}

OUTSIDE(unbind_and_bind, .every = true, .wakes = true, .causes = { ENODEV, ENOENT, ENXIO })
OUTSIDE(kill_it, .kills = true)
OUTSIDE(stop_and_go_on, .kills = false)
OUTSIDE(change_limit, .after = restore_limit, .causes = { EDQUOT })
OUTSIDE(move_between_cgroups, .only = &allocates_much, .causes = { ENOMEM })
INSIDE(close_node, .takes_fds = true, .causes = { ENOENT })
INSIDE(close_channel, .takes_fds = true)
INSIDE(close_buffer, .takes_fds = true)
INSIDE(close_everything, .takes_fds = true, .causes = { ENOENT, EFAULT })
INSIDE(unmap_mapping, .causes = { ENOENT })
INSIDE(munmap_parts, .causes = { EFAULT })
INSIDE(rearrange_views, .causes = { EFAULT })
INSIDE(fork_children, .causes = { ECANCELED })
INSIDE(exec_closing, .kills = false)
INSIDE(exec_keeping, .kills = false)
INSIDE(dup_over, .takes_fds = true, .causes = { ENOENT })
INSIDE(pass_around, .takes_fds = true, .causes = { ENOENT })
INSIDE(no_fds, .causes = { EMFILE })
INSIDE(no_locked_memory, .before = no_right_to_lock)
INSIDE(cancel, .causes = { ECANCELED })

#define ATTACK(name)	{ #name, attack_##name, 0, 60 }

static const struct test_case cases[] = {
	ATTACK(unbind_and_bind),
	ATTACK(kill_it),
	ATTACK(stop_and_go_on),
	ATTACK(change_limit),
	ATTACK(move_between_cgroups),
	ATTACK(close_node),
	ATTACK(close_channel),
	ATTACK(close_buffer),
	ATTACK(close_everything),
	ATTACK(unmap_mapping),
	ATTACK(munmap_parts),
	ATTACK(rearrange_views),
	ATTACK(fork_children),
	ATTACK(exec_closing),
	ATTACK(exec_keeping),
	ATTACK(dup_over),
	ATTACK(pass_around),
	ATTACK(no_fds),
	ATTACK(no_locked_memory),
	ATTACK(cancel),
};

int main(void)
{
	return test_main_by_device(cases, ARRAY_SIZE(cases));
}
