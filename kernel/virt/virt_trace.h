/* SPDX-License-Identifier: GPL-2.0-only */
#undef TRACE_SYSTEM
#define TRACE_SYSTEM dmaspan_virt

#if !defined(_DMASPAN_VIRT_TRACE_H) || defined(TRACE_HEADER_MULTI_READ)
#define _DMASPAN_VIRT_TRACE_H

#include <linux/tracepoint.h>

#include "virt.h"

/*
 * Something that a driver or a program did wrong: the same as a line of debugfs
 * dmaspan_virt/findings, but of the call site only one address, @origin's @caller.
 */
TRACE_EVENT(dmaspan_virt_finding,
	TP_PROTO(const char *device, const char *kind, const char *act,
		 const struct virt_origin *origin, unsigned int caller, u64 addr, u64 len),
	TP_ARGS(device, kind, act, origin, caller, addr, len),
	TP_STRUCT__entry(
		__array(char, device, 16)
		__array(char, kind, 16)
		__array(char, act, 16)
		__field(u64, addr)
		__field(u64, len)
		__field(u64, mapping)
		__field(u64, start)
		__field(u64, size)
		__field(int, dir)
		__field(int, pid)
		__field(void *, site)
	),
	TP_fast_assign(
		strscpy(__entry->device, device, 16);
		strscpy(__entry->kind, kind, 16);
		strscpy(__entry->act, act, 16);
		__entry->addr = addr;
		__entry->len = len;
		__entry->mapping = origin->serial;
		__entry->start = origin->start;
		__entry->size = origin->size;
		__entry->dir = origin->dir;
		__entry->pid = origin->pid;
		__entry->site = (void *)origin->site[caller];
	),
	TP_printk("%s %s %s %#llx+%llu mapping %llu (%#llx+%llu %s pid %d at %pS)",
		  __entry->device, __entry->kind, __entry->act, __entry->addr, __entry->len,
		  __entry->mapping, __entry->start, __entry->size,
		  __print_symbolic(__entry->dir,
				   { DMA_BIDIRECTIONAL, "bidirectional" },
				   { DMA_TO_DEVICE, "to-device" },
				   { DMA_FROM_DEVICE, "from-device" },
				   { DMA_NONE, "-" }),
		  __entry->pid, __entry->site)
);

#endif /* _DMASPAN_VIRT_TRACE_H */

#undef TRACE_INCLUDE_PATH
#define TRACE_INCLUDE_PATH .
#undef TRACE_INCLUDE_FILE
#define TRACE_INCLUDE_FILE virt_trace
#include <trace/define_trace.h>
