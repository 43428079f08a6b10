/* SPDX-License-Identifier: GPL-2.0-only */
/* A DRM device, and what every DRM driver does with dma-bufs. */
#ifndef M2M_CARD_H
#define M2M_CARD_H

#include <linux/types.h>

/* Open the card of @driver: a descriptor, or -ENODEV. */
int card_open(const char *driver);

/* Anonymous memory of the card: 0 or a negative errno. */
int card_dumb(int card, __u32 width, __u32 height, __u32 bpp, __u32 *handle, __u32 *pitch);

/* A dma-buf of what @handle stands for, or a negative errno. */
int card_export(int card, __u32 handle);

/* 0, and @handle stands for the memory of @dmabuf on this card; or a negative errno. */
int card_import(int card, int dmabuf, __u32 *handle);

#endif
