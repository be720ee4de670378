/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _DMASPAN_VIRT_DEBUGFS_H
#define _DMASPAN_VIRT_DEBUGFS_H

struct dentry;

/* The module's directory: made before the first device, removed after the last. */
extern struct dentry *virt_debugfs;

#endif /* _DMASPAN_VIRT_DEBUGFS_H */
