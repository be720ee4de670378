/* SPDX-License-Identifier: MIT */
/* DRM's vgem, a driver without hardware: an importer and exporter that is not ours. */
#ifndef HARNESS_VGEM_H
#define HARNESS_VGEM_H

#include "harness.h"

/* An fd of its card; the module is loaded */
int vgem_open(void);
/* 0, or -1 with errno */
int vgem_import(int card, int fd, uint32_t *handle);
void vgem_drop(int card, uint32_t handle);
/* The dma-buf behind a handle */
int vgem_export(int card, uint32_t handle);
/* A buffer of its own */
uint32_t vgem_create(int card);

#endif /* HARNESS_VGEM_H */
