// SPDX-License-Identifier: GPL-2.0-only
/*
 * CPU views: the one place where memory becomes a program's address range.
 *
 * A view is shared, cannot be executed, grown or dumped, and is writable only
 * through a writable fd.
 *
 * Pages are inserted when the view is made, all of them, so that nothing
 * faults later - except where one fault maps a whole huge block, and the view
 * is placed so that it can: then faults fill it, or MAP_POPULATE at once.
 * They are ordinary pages to the rest of the kernel: O_DIRECT, io_uring and
 * the like pin them through the view.
 *
 * Device memory is always inserted by faults, whole at the first one. A fault
 * runs after the view is in the inode's tree, so that dmaspan_buffer_revoke()
 * either sees the view or makes the fault fail.
 */
#include <linux/cc_platform.h>
#include <linux/dma-map-ops.h>
#include <linux/mm.h>

#include "compat.h"
#include "dmaspan_private.h"

/*
 * Fills what MADV_DONTNEED or the like has taken out of an inserted view. It
 * inserts one page: were the page returned, the kernel might map its whole
 * block by a huge entry, which a view with VM_MIXEDMAP loses when it is split.
 */
static vm_fault_t pages_fault(struct vm_fault *vmf)
{
	struct dmaspan_buffer *buf = vmf->vma->vm_private_data;
	int ret;

	if (vmf->pgoff >= buf->nr_pages)
		return VM_FAULT_SIGBUS;
	ret = vm_insert_page(vmf->vma, vmf->address, buf->pages[vmf->pgoff]);
	if (ret == -ENOMEM)
		return VM_FAULT_OOM;
	return ret && ret != -EBUSY ? VM_FAULT_SIGBUS : VM_FAULT_NOPAGE;
}

static const struct vm_operations_struct pages_vm_ops = {
	.fault = pages_fault,
};

static vm_fault_t blocks_fault(struct vm_fault *vmf)
{
	struct dmaspan_buffer *buf = vmf->vma->vm_private_data;

	if (vmf->pgoff >= buf->nr_pages)
		return VM_FAULT_SIGBUS;
	vmf->page = buf->pages[vmf->pgoff];
	get_page(vmf->page);
	return 0;
}

static const struct vm_operations_struct blocks_vm_ops = {
	.fault = blocks_fault,
};

/* Whether the view's place lets huge entries map huge blocks. */
static bool pages_huge_fits(struct dmaspan_buffer *buf, struct vm_area_struct *vma)
{
	return DMASPAN_FAULT_MAPS_FOLIO && buf->huge &&
	       IS_ALIGNED((vma->vm_start >> PAGE_SHIFT) - vma->vm_pgoff,
			  PMD_SIZE >> PAGE_SHIFT);
}

int dmaspan_mmap_pages(struct dmaspan_buffer *buf, struct vm_area_struct *vma)
{
	unsigned long left = vma_pages(vma);
	int ret;

	vma->vm_private_data = buf;
	if (pages_huge_fits(buf, vma)) {
		vma->vm_ops = &blocks_vm_ops;
		return 0;
	}
	vma->vm_ops = &pages_vm_ops;
	ret = vm_insert_pages(vma, vma->vm_start, buf->pages + vma->vm_pgoff, &left);
	/* Without memory for the upper page tables it says -EFAULT. */
	return ret == -EFAULT ? -ENOMEM : ret;
}

static vm_fault_t device_fault(struct vm_fault *vmf)
{
	struct vm_area_struct *vma = vmf->vma;
	struct dmaspan_buffer *buf = vma->vm_private_data;
	vm_fault_t ret = VM_FAULT_SIGBUS;
	unsigned long addr, i = vma->vm_pgoff;

	down_read(&buf->lock);
	if (dmaspan_buffer_usable(buf) && vmf->pgoff < buf->nr_pages) {
		for (addr = vma->vm_start; addr < vma->vm_end; addr += PAGE_SIZE) {
			ret = vmf_insert_pfn(vma, addr, page_to_pfn(buf->pages[i++]));
			if (ret & VM_FAULT_ERROR)
				break;
			cond_resched();
		}
	}
	up_read(&buf->lock);
	return ret;
}

static const struct vm_operations_struct device_vm_ops = {
	.fault = device_fault,
};

/*
 * The DMA API's own rules, dma_pgprot() and force_dma_unencrypted(), are not
 * exported. What it gives an untranslated device of an encrypted guest is not
 * encrypted.
 */
static pgprot_t device_pgprot(struct dmaspan_buffer *buf, pgprot_t prot)
{
	if (cc_platform_has(CC_ATTR_GUEST_MEM_ENCRYPT) &&
	    dmaspan_device_translation(buf->ddev->dma) == DMASPAN_UNTRANSLATED)
		prot = pgprot_decrypted(prot);
	if (dev_is_dma_coherent(buf->ddev->dma))
		return prot;
	if (IS_ENABLED(CONFIG_ARCH_HAS_DMA_WRITE_COMBINE) &&
	    (buf->attrs & DMA_ATTR_WRITE_COMBINE))
		return pgprot_writecombine(prot);
	return pgprot_dmacoherent(prot);
}

int dmaspan_mmap_device(struct dmaspan_buffer *buf, struct vm_area_struct *vma)
{
	int ret = -ENODEV;

	down_read(&buf->lock);
	if (dmaspan_buffer_usable(buf)) {
		vma->vm_page_prot = device_pgprot(buf, vma->vm_page_prot);
		ret = 0;
	}
	up_read(&buf->lock);
	if (ret)
		return ret;
	vm_flags_set(vma, VM_PFNMAP);
	vma->vm_ops = &device_vm_ops;
	vma->vm_private_data = buf;
	return 0;
}

/**
 * dmaspan_mmap() - make a CPU view
 * @buf: the buffer; the view's file keeps it
 * @vma: the view; the dma-buf core has checked that it lies inside
 *
 * Context: mmap_lock held for writing.
 * Return: 0; -EINVAL: private; -EACCES: executable; -ENODEV: memory is gone.
 */
int dmaspan_mmap(struct dmaspan_buffer *buf, struct vm_area_struct *vma)
{
	if (!(vma->vm_flags & VM_MAYSHARE))
		return -EINVAL;
	if (vma->vm_flags & VM_EXEC)
		return -EACCES;
	vm_flags_clear(vma, VM_MAYEXEC);
	vm_flags_set(vma, VM_DONTEXPAND | VM_DONTDUMP);
	return buf->ops->mmap(buf, vma);
}
