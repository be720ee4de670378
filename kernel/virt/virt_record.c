// SPDX-License-Identifier: GPL-2.0-only
/*
 * The ring of findings. One that is the same as the one before it, or goes on
 * where that ended, is added to it.
 */
#include <linux/string.h>

#include "virt_record.h"

/* Whether a finding is only more of the same. */
static bool record_extend(struct virt_record *r, const struct virt_record *new)
{
	if (!r->seq || r->kind != new->kind || r->act != new->act ||
	    r->origin.serial != new->origin.serial || strcmp(r->device, new->device))
		return false;
	if (r->addr == new->addr && r->len == new->len) {
		r->times++;
		return true;
	}
	if (r->addr + r->len != new->addr)
		return false;
	r->len += new->len;
	return true;
}

/**
 * virt_records_add() - one more finding
 * @records: the ring
 * @new: all but its number
 */
void virt_records_add(struct virt_records *records, const struct virt_record *new)
{
	struct virt_record *r = &records->ring[records->last_seq % VIRT_RECORDS];

	if (record_extend(r, new))
		return;
	r = &records->ring[++records->last_seq % VIRT_RECORDS];
	*r = *new;
	r->seq = records->last_seq;
}

/**
 * virt_records_forget() - there are no findings
 * @records: the ring
 */
void virt_records_forget(struct virt_records *records)
{
	memset(records->ring, 0, VIRT_RECORDS * sizeof(*records->ring));
}

/**
 * virt_records_oldest() - where a ring begins
 * @ring: of virt_records, or a copy of it
 *
 * Return: the index of the first; any if there is none.
 */
unsigned int virt_records_oldest(const struct virt_record *ring)
{
	unsigned int i, first = 0;

	for (i = 1; i < VIRT_RECORDS; i++)
		if (ring[i].seq && (!ring[first].seq || ring[i].seq < ring[first].seq))
			first = i;
	return first;
}
