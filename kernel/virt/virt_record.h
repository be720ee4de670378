/* SPDX-License-Identifier: GPL-2.0-only */
/* The ring of findings: virt_finding.c's, which has the lock. */
#ifndef _DMASPAN_VIRT_RECORD_H
#define _DMASPAN_VIRT_RECORD_H

#include "virt.h"

#define VIRT_RECORDS	512

/**
 * struct virt_record - a finding
 * @seq: counted from 1 over all; 0: nothing here
 * @time: in ns, CLOCK_MONOTONIC
 * @times: how often it was found
 * @device: its name
 * @kind: what was done wrong
 * @act: doing what
 * @origin: of the mapping
 * @addr: bus address
 * @len: in bytes
 */
struct virt_record {
	u64 seq;
	u64 time;
	u64 times;
	char device[16];
	enum virt_kind kind;
	enum virt_act act;
	struct virt_origin origin;
	dma_addr_t addr;
	size_t len;
};

/**
 * struct virt_records - the last findings
 * @ring: VIRT_RECORDS of them, that of number seq at seq % VIRT_RECORDS
 * @last_seq: of the last one; goes on when they are forgotten
 */
struct virt_records {
	struct virt_record *ring;
	u64 last_seq;
};

void virt_records_add(struct virt_records *records, const struct virt_record *new);
void virt_records_forget(struct virt_records *records);
unsigned int virt_records_oldest(const struct virt_record *ring);

#endif /* _DMASPAN_VIRT_RECORD_H */
