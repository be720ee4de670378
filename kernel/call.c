// SPDX-License-Identifier: GPL-2.0-only
/*
 * The one way that each command is carried out.
 *
 *   copy in -> check -> [device lock: gone? -> run] -> reply -> publish
 *
 * What a command makes is invisible until the reply is written: fds are
 * reserved first and installed last, ids likewise. If the reply fails, all is
 * given back. User memory is never touched under the device's lock.
 */
#include <linux/file.h>
#include <linux/mm.h>
#include <linux/slab.h>
#include <linux/uaccess.h>

#include "dmaspan_private.h"

#define CREATE_TRACE_POINTS
#include "trace.h"

static int call_run(const struct dmaspan_command *cmd, struct dmaspan_call *call)
{
	struct dmaspan_device *ddev = call->ctx->ddev;
	int ret;

	down_read(&ddev->lock);
	ret = ddev->gone ? -ENODEV : cmd->run(call);
	up_read(&ddev->lock);
	return ret;
}

static int call_reply(const struct dmaspan_command *cmd, struct dmaspan_call *call,
		      void __user *uarg, u32 usize)
{
	if (call->array_bytes &&
	    copy_to_user(call->array_to, call->array, call->array_bytes))
		return -EFAULT;
	if (cmd->replies &&
	    copy_to_user(uarg, &call->arg, min_t(u32, usize, cmd->size)))
		return -EFAULT;
	return 0;
}

static void call_publish(struct dmaspan_call *call)
{
	if (call->file)
		fd_install(call->fd, call->file);
	if (call->map)
		dmaspan_mapping_publish(call->ctx, call->id, call->map);
}

static void call_give_back(struct dmaspan_call *call)
{
	struct dmaspan_device *ddev = call->ctx->ddev;

	if (call->file)
		fput(call->file);
	if (call->fd >= 0)
		put_unused_fd(call->fd);
	if (call->map) {
		down_read(&ddev->lock);
		dmaspan_mapping_put(call->map);
		up_read(&ddev->lock);
	}
	if (call->id)
		dmaspan_mapping_publish(call->ctx, call->id, NULL);
}

/**
 * dmaspan_call_command() - carry a command out
 * @cmd: its row
 * @call: with what it is called on
 * @uarg: the caller's struct
 *
 * Return: 0 or a negative errno, as the ABI header lists them.
 */
int dmaspan_call_command(const struct dmaspan_command *cmd, struct dmaspan_call *call,
			 void __user *uarg)
{
	u32 usize;
	int ret, err;

	if (get_user(usize, (u32 __user *)uarg))
		return -EFAULT;
	if (usize < cmd->min_size)
		return -EINVAL;
	if (usize > PAGE_SIZE)
		return -E2BIG;
	ret = copy_struct_from_user(&call->arg, cmd->size, uarg, usize);
	if (!ret)
		ret = cmd->check(call);
	if (!ret)
		ret = call_run(cmd, call);
	if (!ret || ret == -EMSGSIZE) {
		err = call_reply(cmd, call, uarg, usize);
		if (err)
			ret = err;
	}
	if (!ret)
		call_publish(call);
	else
		call_give_back(call);
	kvfree(call->array);
	if (ret)
		trace_dmaspan_refused(dev_name(&call->ctx->ddev->node), cmd->name, &call->bad,
				      ret);
	return ret;
}
