/* SPDX-License-Identifier: GPL-2.0-only */
#undef TRACE_SYSTEM
#define TRACE_SYSTEM dmaspan

#if !defined(_DMASPAN_TRACE_H) || defined(TRACE_HEADER_MULTI_READ)
#define _DMASPAN_TRACE_H

#include <linux/tracepoint.h>

#include "dmaspan_private.h"

/* A command failed. @bad: which mapping and range of the caller's, as far as known. */
TRACE_EVENT(dmaspan_refused,
	TP_PROTO(const char *device, const char *command,
		 const struct dmaspan_transfer *bad, int error),
	TP_ARGS(device, command, bad, error),
	TP_STRUCT__entry(
		__array(char, device, DMASPAN_NAME_LEN)
		__array(char, command, 16)
		__field(u32, mapping)
		__field(u64, offset)
		__field(u64, length)
		__field(int, error)
	),
	TP_fast_assign(
		strscpy(__entry->device, device, DMASPAN_NAME_LEN);
		strscpy(__entry->command, command, 16);
		__entry->mapping = bad->mapping;
		__entry->offset = bad->offset;
		__entry->length = bad->length;
		__entry->error = -error;
	),
	TP_printk("%s %s errno=%d mapping=%u offset=%llu length=%llu", __entry->device,
		  __entry->command, __entry->error, __entry->mapping, __entry->offset,
		  __entry->length)
);

/* A channel was closed with transfers that nobody has waited for. */
TRACE_EVENT(dmaspan_abandoned,
	TP_PROTO(const char *device, const char *channel, unsigned int queued,
		 unsigned int unread),
	TP_ARGS(device, channel, queued, unread),
	TP_STRUCT__entry(
		__array(char, device, DMASPAN_NAME_LEN)
		__array(char, channel, DMASPAN_NAME_LEN)
		__field(unsigned int, queued)
		__field(unsigned int, unread)
	),
	TP_fast_assign(
		strscpy(__entry->device, device, DMASPAN_NAME_LEN);
		strscpy(__entry->channel, channel, DMASPAN_NAME_LEN);
		__entry->queued = queued;
		__entry->unread = unread;
	),
	TP_printk("%s %s queued=%u unread=%u", __entry->device, __entry->channel,
		  __entry->queued, __entry->unread)
);

#endif /* _DMASPAN_TRACE_H */

#undef TRACE_INCLUDE_PATH
#define TRACE_INCLUDE_PATH .
#undef TRACE_INCLUDE_FILE
#define TRACE_INCLUDE_FILE trace
#include <trace/define_trace.h>
