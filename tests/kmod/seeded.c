// SPDX-License-Identifier: GPL-2.0-only
/*
 * Drivers with one mistake each, and the same without it; and what the device
 * promises to kernel clients. debugfs dmaspan_seeded/:
 *
 *   run       write "CASE bug DEVICE" or "CASE good DEVICE", e.g. DEVICE
 *             dmaspan_virt.0; read what the driver itself noticed: ok, data,
 *             error, hang. "clean" gives back what the case leak has left
 *   cases     the names of the cases
 *   feature   write "FEATURE DEVICE"; read ok, or what is wrong
 *   features  their names
 */
#include <linux/debugfs.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/seq_file.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/uaccess.h>

#include "client.h"

struct test_case {
	const char *name;
	int (*run)(struct client *c);
};

static const struct test_case cases[] = {
	{ "missing-sync-for-device", missing_sync_for_device },
	{ "short-sync", short_sync },
	{ "sync-wrong-direction", sync_wrong_direction },
	{ "late-clear", late_clear },
	{ "cpu-writes-owned", cpu_writes_owned },
	{ "missing-sync-for-cpu", missing_sync_for_cpu },
	{ "missing-sync-in-ring", missing_sync_in_ring },
	{ "short-sync-for-cpu", short_sync_for_cpu },
	{ "forgotten-completion", forgotten_completion },
	{ "early-look", early_look },
	{ "wrong-direction-write", wrong_direction_write },
	{ "wrong-direction-read", wrong_direction_read },
	{ "off-by-one-page", off_by_one_page },
	{ "use-after-unmap", use_after_unmap },
	{ "across-two-mappings", across_two_mappings },
	{ "double-unmap", double_unmap },
	{ "sync-after-unmap", sync_after_unmap },
	{ "unmap-wrong-size", unmap_wrong_size },
	{ "unmap-wrong-direction", unmap_wrong_direction },
	{ "unmap-short-sg", unmap_short_sg },
	{ "overlap", overlap },
	{ "leak", leak },
	{ "unaligned", unaligned },
	{ "mask-too-wide", mask_too_wide },
	{ "mask-too-narrow", mask_too_narrow },
	{ "segment-too-long", segment_too_long },
};

static const struct test_case features[] = {
	{ "memcpy", feature_memcpy },
	{ "memset", feature_memset },
	{ "interleaved", feature_interleaved },
	{ "order", feature_order },
	{ "callback-context", feature_callback_context },
	{ "callback-submits", feature_callback_submits },
	{ "terminate", feature_terminate },
	{ "pause", feature_pause },
	{ "dead", feature_dead },
	{ "failing", feature_failing },
	{ "short", feature_short },
	{ "refusals", feature_refusals },
	{ "residue", feature_residue },
	{ "scatter", feature_scatter },
	{ "cyclic", feature_cyclic },
	{ "cyclic-sink", feature_cyclic_sink },
};

static DEFINE_MUTEX(running);	/* one case at a time; the texts */
static char run_text[16] = "none";
static char feature_text[200] = "none";
static struct dentry *directory;

int said(struct client *c, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vscnprintf(c->said, sizeof(c->said), format, args);
	va_end(args);
	return -EBADMSG;
}

static const char *noticed(int ret)
{
	switch (ret) {
	case 0:
		return "ok";
	case -EBADMSG:
		return "data";
	case -ETIMEDOUT:
		return "hang";
	default:
		return "error";
	}
}

static const struct test_case *find(const struct test_case *table, size_t count,
				    const char *name)
{
	size_t i;

	for (i = 0; i < count; i++)
		if (!strcmp(table[i].name, name))
			return &table[i];
	return NULL;
}

/* A client of @device for one case; -ENODEV, -ENOMEM or what the case returns in *@result. */
static int run_client(struct client *c, const struct test_case *what, const char *device,
		      int *result)
{
	int ret = client_open(c, device);

	if (!ret)
		*result = what->run(c);
	client_close(c);
	return ret;
}

static int run_case(const char *name, const char *how, const char *device)
{
	const struct test_case *what = find(cases, ARRAY_SIZE(cases), name);
	struct client *c;
	int ret, result;

	if (!what || (strcmp(how, "bug") && strcmp(how, "good")))
		return -EINVAL;
	c = kzalloc(sizeof(*c), GFP_KERNEL);
	if (!c)
		return -ENOMEM;
	c->bug = !strcmp(how, "bug");
	ret = run_client(c, what, device, &result);
	if (!ret)
		strscpy(run_text, noticed(result), sizeof(run_text));
	kfree(c);
	return ret;
}

static int run_feature(const char *name, const char *device)
{
	const struct test_case *what = find(features, ARRAY_SIZE(features), name);
	struct client *c;
	int ret, result;

	if (!what)
		return -EINVAL;
	c = kzalloc(sizeof(*c), GFP_KERNEL);
	if (!c)
		return -ENOMEM;
	ret = run_client(c, what, device, &result);
	if (!ret)
		scnprintf(feature_text, sizeof(feature_text), "%s%s%s", noticed(result),
			  c->said[0] ? ": " : "", c->said);
	kfree(c);
	return ret;
}

static ssize_t run_write(struct file *file, const char __user *text, size_t len, loff_t *pos)
{
	char line[80], name[32], how[8], device[32];
	int ret = -EINVAL, words;

	if (len >= sizeof(line) || copy_from_user(line, text, len))
		return -EINVAL;
	line[len] = 0;
	words = sscanf(line, "%31s %7s %31s", name, how, device);
	mutex_lock(&running);
	if (words == 1 && !strcmp(name, "clean")) {
		leak_clean();
		ret = 0;
	} else if (words == 3) {
		ret = run_case(name, how, device);
	}
	mutex_unlock(&running);
	return ret ?: len;
}

static ssize_t feature_write(struct file *file, const char __user *text, size_t len,
			     loff_t *pos)
{
	char line[80], name[32], device[32];
	int ret = -EINVAL;

	if (len >= sizeof(line) || copy_from_user(line, text, len))
		return -EINVAL;
	line[len] = 0;
	mutex_lock(&running);
	if (sscanf(line, "%31s %31s", name, device) == 2)
		ret = run_feature(name, device);
	mutex_unlock(&running);
	return ret ?: len;
}

static int run_show(struct seq_file *m, void *unused)
{
	mutex_lock(&running);
	seq_printf(m, "%s\n", run_text);
	mutex_unlock(&running);
	return 0;
}

static int feature_show(struct seq_file *m, void *unused)
{
	mutex_lock(&running);
	seq_printf(m, "%s\n", feature_text);
	mutex_unlock(&running);
	return 0;
}

static int run_open(struct inode *inode, struct file *file)
{
	return single_open(file, run_show, NULL);
}

static int feature_open(struct inode *inode, struct file *file)
{
	return single_open(file, feature_show, NULL);
}

static const struct file_operations run_ops = {
	.owner = THIS_MODULE,
	.open = run_open,
	.read = seq_read,
	.write = run_write,
	.llseek = seq_lseek,
	.release = single_release,
};

static const struct file_operations feature_ops = {
	.owner = THIS_MODULE,
	.open = feature_open,
	.read = seq_read,
	.write = feature_write,
	.llseek = seq_lseek,
	.release = single_release,
};

static int cases_show(struct seq_file *m, void *unused)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(cases); i++)
		seq_printf(m, "%s\n", cases[i].name);
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(cases);

static int features_show(struct seq_file *m, void *unused)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(features); i++)
		seq_printf(m, "%s\n", features[i].name);
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(features);

static int __init seeded_init(void)
{
	directory = debugfs_create_dir("dmaspan_seeded", NULL);
	debugfs_create_file("run", 0600, directory, NULL, &run_ops);
	debugfs_create_file("cases", 0400, directory, NULL, &cases_fops);
	debugfs_create_file("feature", 0600, directory, NULL, &feature_ops);
	debugfs_create_file("features", 0400, directory, NULL, &features_fops);
	return 0;
}

static void __exit seeded_exit(void)
{
	debugfs_remove_recursive(directory);
	leak_clean();
}

module_init(seeded_init);
module_exit(seeded_exit);
MODULE_DESCRIPTION("Kernel clients of dmaspan_virt with seeded mistakes");
MODULE_LICENSE("GPL");
