// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include <drm/drm.h>
#include <drm/drm_mode.h>

#include "call.h"
#include "card.h"

#define CARDS	16

int card_open(const char *driver)
{
	char path[32], name[16];
	int card, number;

	for (number = 0; number < CARDS; number++) {
		struct drm_version version = { .name = name, .name_len = sizeof(name) - 1 };

		snprintf(path, sizeof(path), "/dev/dri/card%d", number);
		card = open(path, O_RDWR | O_CLOEXEC);
		if (card < 0)
			continue;
		memset(name, 0, sizeof(name));
		if (!call_device(card, DRM_IOCTL_VERSION, &version) && !strcmp(name, driver))
			return card;
		close(card);
	}
	return -ENODEV;
}

int card_dumb(int card, __u32 width, __u32 height, __u32 bpp, __u32 *handle, __u32 *pitch)
{
	struct drm_mode_create_dumb dumb = { .width = width, .height = height, .bpp = bpp };
	int ret = call_device(card, DRM_IOCTL_MODE_CREATE_DUMB, &dumb);

	if (ret)
		return ret;
	*handle = dumb.handle;
	*pitch = dumb.pitch;
	return 0;
}

int card_export(int card, __u32 handle)
{
	struct drm_prime_handle prime = { .handle = handle, .flags = DRM_CLOEXEC | DRM_RDWR };

	return call_device(card, DRM_IOCTL_PRIME_HANDLE_TO_FD, &prime) ?: prime.fd;
}

int card_import(int card, int dmabuf, __u32 *handle)
{
	struct drm_prime_handle prime = { .fd = dmabuf };
	int ret = call_device(card, DRM_IOCTL_PRIME_FD_TO_HANDLE, &prime);

	*handle = prime.handle;
	return ret;
}
