// SPDX-License-Identifier: MIT
/*
 * dmaspan check: a program runs while the strict devices of dmaspan_virt watch.
 *
 * The devices are slowed down meanwhile, as hardware is: a transfer that is
 * waited for takes longer, one that is not has not completed yet.
 */
#include <errno.h>
#include <glob.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cli.h"
#include "findings.h"
#include "json.h"
#include "refusals.h"

#define DEVICES "/sys/bus/platform/devices/dmaspan_virt.*"
#define LATENCY_US "20000"
#define NOT_EXECUTED 127

/* What an attribute says, without its newline; -errno */
static int attribute_read(const char *device, const char *name, char *value, size_t size)
{
	char path[256];
	FILE *file;
	int ret = 0;

	snprintf(path, sizeof(path), "%s/%s", device, name);
	file = fopen(path, "re");
	if (!file)
		return -errno;
	if (fgets(value, (int)size, file))
		value[strcspn(value, "\n")] = 0;
	else
		ret = -EIO;
	fclose(file);
	return ret;
}

static int attribute_write(const char *device, const char *name, const char *value)
{
	char path[256];
	FILE *file;
	int ret;

	snprintf(path, sizeof(path), "%s/%s", device, name);
	file = fopen(path, "we");
	if (!file)
		return -errno;
	ret = fputs(value, file) < 0 ? -EIO : 0;
	if (fclose(file))
		ret = -errno;
	return ret;
}

static bool is_strict(const char *device)
{
	char value[16];

	return !attribute_read(device, "coherent", value, sizeof(value)) &&
	       !strcmp(value, "0");
}

/**
 * struct watch - the devices that watch
 * @devices: all virtual ones
 * @names: by index in @devices, what programs call them; empty: not strict
 * @slowed: by index in @devices: its latency was 0
 */
struct watch {
	glob_t devices;
	char (*names)[32];
	bool *slowed;
};

/* "virt0" of ".../dmaspan_virt.0" */
static void device_name(const char *device, char *name, size_t size)
{
	snprintf(name, size, "virt%s", strrchr(device, '.') + 1);
}

static bool is_watched(const struct watch *watch, const char *name)
{
	for (size_t i = 0; i < watch->devices.gl_pathc; i++)
		if (!strcmp(watch->names[i], name))
			return true;
	return false;
}

/* Makes the strict devices slow if they are not; their number */
static int slow_down(struct watch *watch)
{
	char latency[16];
	int strict = 0;

	for (size_t i = 0; i < watch->devices.gl_pathc; i++) {
		const char *device = watch->devices.gl_pathv[i];

		if (!is_strict(device))
			continue;
		device_name(device, watch->names[i], sizeof(watch->names[i]));
		if (!strict++)
			setenv("DMASPAN_DEVICE", watch->names[i], 1);
		watch->slowed[i] = !attribute_read(device, "latency_us", latency,
						   sizeof(latency)) &&
				   !strcmp(latency, "0") &&
				   !attribute_write(device, "latency_us", LATENCY_US);
	}
	return strict;
}

static void speed_up(const struct watch *watch)
{
	for (size_t i = 0; i < watch->devices.gl_pathc; i++)
		if (watch->slowed[i])
			attribute_write(watch->devices.gl_pathv[i], "latency_us", "0");
}

/* What ends a program is held back while devices are slow, and its end is told. */
static void hold_signals(sigset_t *held, sigset_t *before)
{
	sigemptyset(held);
	sigaddset(held, SIGHUP);
	sigaddset(held, SIGINT);
	sigaddset(held, SIGQUIT);
	sigaddset(held, SIGTERM);
	sigaddset(held, SIGCHLD);
	signal(SIGCHLD, SIG_DFL);
	sigprocmask(SIG_BLOCK, held, before);
}

/* The terminal tells the program itself; what was sent to us is passed on. */
static int wait_for(pid_t pid, const sigset_t *held)
{
	siginfo_t info;
	int status;

	for (;;) {
		if (sigwaitinfo(held, &info) < 0)
			continue;
		if (info.si_signo == SIGCHLD) {
			if (waitpid(pid, &status, WNOHANG) == pid)
				return status;
		} else if (info.si_code <= 0) {
			kill(pid, info.si_signo);
		}
	}
}

/* Its wait status, or -errno */
static int run_command(char **command, const sigset_t *held, const sigset_t *before)
{
	pid_t pid;

	fflush(NULL);
	pid = fork();
	if (pid < 0)
		return -errno;
	if (!pid) {
		signal(SIGPIPE, SIG_DFL);
		signal(SIGXFSZ, SIG_DFL);
		sigprocmask(SIG_SETMASK, before, NULL);
		execvp(command[0], command);
		fail(command[0], strerror(errno), "run it");
		_exit(NOT_EXECUTED);
	}
	return wait_for(pid, held);
}

static void finding_json(struct json *json, const struct finding *finding)
{
	json_begin(json, NULL, '{');
	json_string(json, "device", finding->device);
	json_string(json, "kind", finding->kind);
	json_number(json, "times", finding->times);
	json_string(json, "access", finding->access);
	json_address(json, "address", finding->address);
	json_number(json, "length", finding->length);
	if (finding->mapped) {
		json_number(json, "mapping", finding->mapping);
		json_number(json, "offset", (uint64_t)finding->offset);
		json_number(json, "size", finding->size);
		json_string(json, "direction", finding->direction);
		json_number(json, "pid", finding->pid);
	}
	json_string(json, "message", finding->message);
	json_end(json, '}');
}

static void refusal_json(struct json *json, const struct refusal *refusal)
{
	json_begin(json, NULL, '{');
	json_string(json, "device", refusal->device);
	json_string(json, "kind", refusal->abandoned ? "abandoned" : "refused");
	json_string(json, "access", refusal->what);
	if (refusal->abandoned) {
		json_number(json, "queued", refusal->queued);
		json_number(json, "unread", refusal->unread);
	} else {
		json_number(json, "mapping", refusal->mapping);
		json_number(json, "offset", refusal->offset);
		json_number(json, "length", refusal->length);
		json_string(json, "message", dmaspan_strerror(-refusal->error));
	}
	json_end(json, '}');
}

/* What the devices found; how much, or -errno. @json NULL: in words */
static int print_findings(const struct watch *watch, struct json *json)
{
	FILE *file = fopen(FINDINGS_FILE, "re");
	struct finding finding;
	char *line = NULL;
	size_t size = 0;
	int count = 0;

	if (!file)
		return -errno;
	while (getline(&line, &size, file) > 0) {
		if (!finding_parse(line, &finding) || !is_watched(watch, finding.device))
			continue;
		count++;
		if (json)
			finding_json(json, &finding);
		else
			finding_explain(stderr, &finding);
	}
	free(line);
	fclose(file);
	return count;
}

/* The same of calls */
static int print_refusals(const struct watch *watch, struct json *json)
{
	FILE *file = refusals_read();
	struct refusal refusal;
	char *line = NULL;
	size_t size = 0;
	int count = 0;

	while (file && getline(&line, &size, file) > 0) {
		line[strcspn(line, "\n")] = 0;
		if (!refusal_parse(line, &refusal) || !is_watched(watch, refusal.device))
			continue;
		count++;
		if (json)
			refusal_json(json, &refusal);
		else
			refusal_explain(stderr, &refusal);
	}
	free(line);
	if (file)
		fclose(file);
	return count;
}

static int report(const struct watch *watch, const struct options *opts, int status)
{
	struct json json = { .file = stdout };
	int count, refusals;

	if (opts->json)
		json_begin(&json, NULL, '[');
	count = print_findings(watch, opts->json ? &json : NULL);
	refusals = print_refusals(watch, opts->json ? &json : NULL);
	if (opts->json) {
		json_end(&json, ']');
		putchar('\n');
	}
	if (count < 0)
		return fail(FINDINGS_FILE, strerror(-count), "read what was found");
	count += refusals;
	if (!opts->json)
		fprintf(stderr, "dmaspan: %s: %d mistake%s found\n", opts->command[0], count,
			count == 1 ? "" : "s");
	if (count)
		return EXIT_FAILED;
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

static int forget_findings(void)
{
	int ret = attribute_write("/sys/kernel/debug/dmaspan_virt", "findings", "0\n");

	if (!ret)
		return EXIT_OK;
	return fail(FINDINGS_FILE, ret == -ENOENT ?
		    "no such file; is debugfs mounted? 'mount -t debugfs none /sys/kernel/debug'" :
		    strerror(-ret), "forget earlier findings");
}

/* While strict devices are slow: an exit code, or EXIT_OK and the command's wait status */
static int watch_command(char **command, const sigset_t *held, const sigset_t *before,
			 int *status)
{
	int ret = forget_findings();

	if (ret)
		return ret;
	ret = refusals_start();
	if (ret)
		fprintf(stderr, "dmaspan: refused calls are not shown: /sys/kernel/tracing: %s\n",
			strerror(-ret));
	*status = run_command(command, held, before);
	return *status < 0 ? fail(command[0], strerror(-*status), "run it") : EXIT_OK;
}

static int check(struct watch *watch, const struct options *opts)
{
	sigset_t held, before;
	int ret, status = 0;

	hold_signals(&held, &before);
	if (slow_down(watch)) {
		ret = watch_command(opts->command, &held, &before, &status);
	} else {
		fail("check", "no strict virtual device: 'modprobe dmaspan_virt' makes one",
		     "watch a program");
		ret = EXIT_NO_DEVICE;
	}
	speed_up(watch);
	sigprocmask(SIG_SETMASK, &before, NULL);
	if (ret == EXIT_OK)
		ret = report(watch, opts, status);
	refusals_stop();
	return ret;
}

static int run(const struct options *opts)
{
	struct watch watch = { };
	int ret;

	if (glob(DEVICES, 0, NULL, &watch.devices) == GLOB_NOSPACE)
		return fail("check", strerror(ENOMEM), "find the devices");
	watch.names = calloc(watch.devices.gl_pathc + 1, sizeof(*watch.names));
	watch.slowed = calloc(watch.devices.gl_pathc + 1, sizeof(*watch.slowed));
	if (watch.names && watch.slowed)
		ret = check(&watch, opts);
	else
		ret = fail("check", strerror(ENOMEM), "remember the devices");
	free(watch.slowed);
	free(watch.names);
	globfree(&watch.devices);
	return ret;
}

const struct verb verb_check = {
	.name = "check",
	.summary = "a program's mistakes with DMA memory, on a virtual device",
	.accepts = "jx",
	.min_args = 1,
	.help = "usage: dmaspan check [--json] [--] COMMAND [ARGUMENT...]\n"
		"\n"
		"Runs COMMAND, which uses a strict device of dmaspan_virt, and says what it\n"
		"did wrong: data that was not handed over or taken back, memory used while a\n"
		"transfer runs. DMASPAN_DEVICE in its environment names the first such device.\n"
		"\n"
		"Needs root, and nobody else on the virtual devices. Exit code: 1 if\n"
		"anything was found, else COMMAND's.\n"
		"\n"
		"  --json  a JSON array\n",
	.run = run,
};
