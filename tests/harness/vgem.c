// SPDX-License-Identifier: MIT
/* DRM's vgem. */
#include "vgem.h"

/* From drm.h, which not every Debian installs with the C library */
struct drm_version {
	int major, minor, patch;
	size_t name_len;
	char *name;
	size_t date_len;
	char *date;
	size_t desc_len;
	char *desc;
};

struct drm_gem_close {
	uint32_t handle, pad;
};

struct drm_prime_handle {
	uint32_t handle, flags;
	int32_t fd;
};

struct drm_create_dumb {
	uint32_t height, width, bpp, flags, handle, pitch;
	uint64_t size;
};

#define DRM_VERSION		_IOWR('d', 0x00, struct drm_version)
#define DRM_GEM_CLOSE		_IOW('d', 0x09, struct drm_gem_close)
#define DRM_HANDLE_TO_FD	_IOWR('d', 0x2d, struct drm_prime_handle)
#define DRM_FD_TO_HANDLE	_IOWR('d', 0x2e, struct drm_prime_handle)
#define DRM_CREATE_DUMB		_IOWR('d', 0xb2, struct drm_create_dumb)

int vgem_open(void)
{
	for (int i = 0; i < 8; i++) {
		char path[32], name[16] = "";
		struct drm_version version = { .name = name, .name_len = sizeof(name) - 1 };
		int fd;

		snprintf(path, sizeof(path), "/dev/dri/card%d", i);
		fd = open(path, O_RDWR | O_CLOEXEC);
		if (fd < 0)
			continue;
		if (!ioctl(fd, DRM_VERSION, &version) && !strcmp(name, "vgem"))
			return fd;
		close(fd);
	}
	test_fail(__FILE__, __LINE__, "no vgem card");
}

int vgem_import(int card, int fd, uint32_t *handle)
{
	struct drm_prime_handle prime = { .fd = fd };
	int ret = ioctl(card, DRM_FD_TO_HANDLE, &prime);

	if (!ret)
		*handle = prime.handle;
	return ret;
}

void vgem_drop(int card, uint32_t handle)
{
	struct drm_gem_close arg = { .handle = handle };

	CHECK(ioctl(card, DRM_GEM_CLOSE, &arg) == 0);
}

int vgem_export(int card, uint32_t handle)
{
	struct drm_prime_handle prime = { .handle = handle, .flags = O_RDWR | O_CLOEXEC };

	CHECK(ioctl(card, DRM_HANDLE_TO_FD, &prime) == 0);
	return prime.fd;
}

uint32_t vgem_create(int card)
{
	struct drm_create_dumb dumb = { .width = 64, .height = 64, .bpp = 32 };

	CHECK(ioctl(card, DRM_CREATE_DUMB, &dumb) == 0);
	return dumb.handle;
}
