// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <poll.h>
#include <stdint.h>
#include <string.h>
#include <unistd.h>
#include <sys/mman.h>
#include <drm/drm.h>
#include <drm/drm_fourcc.h>
#include <drm/drm_mode.h>

#include "call.h"
#include "card.h"
#include "clock.h"
#include "kms.h"

#define OBJECTS_MAX	32
#define PROPS_MAX	64

/* One commit: properties in the order in which objects were added. */
struct commit {
	__u32 object[8];
	__u32 count[8];
	__u32 prop[PROPS_MAX];
	__u64 value[PROPS_MAX];
	unsigned int objects;
	unsigned int props;
	int error;
};

#define call(kms, request, arg) call_named((kms)->card, request, arg, #request)

/* The id of the property @name of an object, or 0. */
static __u32 find_property(const struct kms *kms, __u32 object, const char *name)
{
	__u32 ids[PROPS_MAX];
	__u64 values[PROPS_MAX];
	struct drm_mode_obj_get_properties all = {
		.props_ptr = (uintptr_t)ids,
		.prop_values_ptr = (uintptr_t)values,
		.count_props = PROPS_MAX,
		.obj_id = object,
	};
	unsigned int i;

	if (call(kms, DRM_IOCTL_MODE_OBJ_GETPROPERTIES, &all))
		return 0;
	for (i = 0; i < all.count_props && i < PROPS_MAX; i++) {
		struct drm_mode_get_property property = { .prop_id = ids[i] };

		if (!call(kms, DRM_IOCTL_MODE_GETPROPERTY, &property) &&
		    !strcmp(property.name, name))
			return ids[i];
	}
	return 0;
}

/* Properties of one object must follow each other. */
static void add(struct commit *commit, const struct kms *kms, __u32 object, const char *name,
		__u64 value)
{
	__u32 property = find_property(kms, object, name);

	if (!property || commit->props == PROPS_MAX) {
		commit->error = -EINVAL;
		return;
	}
	if (!commit->objects || commit->object[commit->objects - 1] != object)
		commit->object[commit->objects++] = object;
	commit->count[commit->objects - 1]++;
	commit->prop[commit->props] = property;
	commit->value[commit->props++] = value;
}

static int commit_now(struct commit *commit, const struct kms *kms, __u32 flags)
{
	struct drm_mode_atomic atomic = {
		.flags = flags,
		.count_objs = commit->objects,
		.objs_ptr = (uintptr_t)commit->object,
		.count_props_ptr = (uintptr_t)commit->count,
		.props_ptr = (uintptr_t)commit->prop,
		.prop_values_ptr = (uintptr_t)commit->value,
	};

	return commit->error ?: call(kms, DRM_IOCTL_MODE_ATOMIC, &atomic);
}

static void add_plane(struct commit *commit, const struct kms *kms, __u32 framebuffer)
{
	add(commit, kms, kms->plane, "FB_ID", framebuffer);
	add(commit, kms, kms->plane, "CRTC_ID", kms->crtc);
	add(commit, kms, kms->plane, "SRC_X", 0);
	add(commit, kms, kms->plane, "SRC_Y", 0);
	add(commit, kms, kms->plane, "SRC_W", (__u64)kms->width << 16);
	add(commit, kms, kms->plane, "SRC_H", (__u64)kms->height << 16);
	add(commit, kms, kms->plane, "CRTC_X", 0);
	add(commit, kms, kms->plane, "CRTC_Y", 0);
	add(commit, kms, kms->plane, "CRTC_W", kms->width);
	add(commit, kms, kms->plane, "CRTC_H", kms->height);
}

static int set_capabilities(const struct kms *kms)
{
	static const __u64 wanted[] = {
		DRM_CLIENT_CAP_UNIVERSAL_PLANES,
		DRM_CLIENT_CAP_ATOMIC,
		DRM_CLIENT_CAP_WRITEBACK_CONNECTORS,
		0
	};
	const __u64 *next;
	int ret = 0;

	for (next = wanted; *next && !ret; next++) {
		struct drm_set_client_cap cap = { .capability = *next, .value = 1 };

		ret = call(kms, DRM_IOCTL_SET_CLIENT_CAP, &cap);
	}
	return ret;
}

static int find_objects(struct kms *kms)
{
	__u32 crtcs[OBJECTS_MAX], connectors[OBJECTS_MAX], planes[OBJECTS_MAX];
	struct drm_mode_card_res all = {
		.crtc_id_ptr = (uintptr_t)crtcs,
		.count_crtcs = OBJECTS_MAX,
		.connector_id_ptr = (uintptr_t)connectors,
		.count_connectors = OBJECTS_MAX,
	};
	struct drm_mode_get_plane_res shown = {
		.plane_id_ptr = (uintptr_t)planes,
		.count_planes = OBJECTS_MAX,
	};
	unsigned int i;
	int ret;

	ret = call(kms, DRM_IOCTL_MODE_GETRESOURCES, &all);
	if (!ret)
		ret = call(kms, DRM_IOCTL_MODE_GETPLANERESOURCES, &shown);
	if (ret)
		return ret;
	for (i = 0; i < all.count_connectors; i++) {
		struct drm_mode_modeinfo first;
		struct drm_mode_get_connector connector = {
			.connector_id = connectors[i],
			.modes_ptr = (uintptr_t)&first,
			.count_modes = 1,
		};

		ret = call(kms, DRM_IOCTL_MODE_GETCONNECTOR, &connector);
		if (!ret && connector.connector_type == DRM_MODE_CONNECTOR_WRITEBACK)
			kms->connector = connectors[i];
	}
	if (!all.count_crtcs || !shown.count_planes || !kms->connector)
		return -ENODEV;
	/* Of the planes that one CRTC has, the primary one comes first. */
	kms->crtc = crtcs[0];
	kms->plane = planes[0];
	return 0;
}

static int add_framebuffer(const struct kms *kms, __u32 handle, __u32 pitch, __u32 format,
			   __u32 *id)
{
	struct drm_mode_fb_cmd2 command = {
		.width = kms->width,
		.height = kms->height,
		.pixel_format = format,
		.handles = { handle },
		.pitches = { pitch },
	};
	int ret = call(kms, DRM_IOCTL_MODE_ADDFB2, &command);

	*id = command.fb_id;
	return ret;
}

static int add_written(struct kms *kms)
{
	struct drm_mode_map_dumb where = { 0 };
	__u32 pitch;
	void *map;
	int ret;

	ret = card_dumb(kms->card, kms->width, kms->height, 64, &where.handle, &pitch);
	if (!ret)
		ret = add_framebuffer(kms, where.handle, pitch, DRM_FORMAT_XRGB16161616,
				      &kms->written);
	if (!ret)
		ret = call(kms, DRM_IOCTL_MODE_MAP_DUMB, &where);
	if (ret)
		return ret;
	kms->size = (size_t)pitch * kms->height;
	map = mmap(NULL, kms->size, PROT_READ, MAP_SHARED, kms->card, where.offset);
	kms->map = map;
	return map == MAP_FAILED ? -errno : 0;
}

/* 60 Hz. */
static int add_mode(struct kms *kms)
{
	const struct drm_mode_modeinfo mode = {
		.hdisplay = kms->width,
		.hsync_start = kms->width + 16,
		.hsync_end = kms->width + 32,
		.htotal = kms->width + 80,
		.vdisplay = kms->height,
		.vsync_start = kms->height + 4,
		.vsync_end = kms->height + 8,
		.vtotal = kms->height + 40,
		.clock = (kms->width + 80) * (kms->height + 40) * 60 / 1000,
		.vrefresh = 60,
		.name = "m2m-rig",
	};
	struct drm_mode_create_blob blob = { .data = (uintptr_t)&mode, .length = sizeof(mode) };
	int ret = call(kms, DRM_IOCTL_MODE_CREATEPROPBLOB, &blob);

	kms->mode = blob.blob_id;
	return ret;
}

int kms_open(struct kms *kms, const char *driver, __u32 width, __u32 height)
{
	int ret;

	memset(kms, 0, sizeof(*kms));
	kms->width = width;
	kms->height = height;
	kms->card = card_open(driver);
	if (kms->card < 0)
		return kms->card;
	ret = set_capabilities(kms);
	if (!ret)
		ret = find_objects(kms);
	if (!ret)
		ret = add_mode(kms);
	return ret ?: add_written(kms);
}

void kms_close(struct kms *kms)
{
	munmap((void *)kms->map, kms->size);
	/* Takes framebuffers, handles and the picture on the screen with it. */
	close(kms->card);
}

int kms_import(struct kms *kms, unsigned int index, int dmabuf, __u32 pitch)
{
	__u32 handle;
	int ret = card_import(kms->card, dmabuf, &handle);

	return ret ?: add_framebuffer(kms, handle, pitch, DRM_FORMAT_RGB565,
				      &kms->picture[index]);
}

int kms_light(struct kms *kms)
{
	struct commit commit = { 0 };

	add(&commit, kms, kms->connector, "CRTC_ID", kms->crtc);
	add(&commit, kms, kms->crtc, "MODE_ID", kms->mode);
	add(&commit, kms, kms->crtc, "ACTIVE", 1);
	add_plane(&commit, kms, kms->written);
	return commit_now(&commit, kms, DRM_MODE_ATOMIC_ALLOW_MODESET);
}

int kms_flip(struct kms *kms, unsigned int index)
{
	struct commit commit = { 0 };
	__s32 written = -1;
	int ret;

	add_plane(&commit, kms, kms->picture[index]);
	add(&commit, kms, kms->connector, "WRITEBACK_FB_ID", kms->written);
	add(&commit, kms, kms->connector, "WRITEBACK_OUT_FENCE_PTR", (uintptr_t)&written);
	ret = commit_now(&commit, kms, DRM_MODE_ATOMIC_NONBLOCK | DRM_MODE_PAGE_FLIP_EVENT);
	return ret ?: written;
}

/* The display spread @bits bits over 16, rounding to the nearest. */
static __u16 narrow(__u16 colour, unsigned int bits)
{
	__u32 top = (1 << bits) - 1;

	return (colour * top + 0x7fff) / 0xffff;
}

void kms_read(const struct kms *kms, void *to)
{
	const __u16 *colour = kms->map;
	__u16 *pixel = to;
	size_t left;

	for (left = (size_t)kms->width * kms->height; left; left--, colour += 4)
		*pixel++ = narrow(colour[2], 5) << 11 | narrow(colour[1], 6) << 5 |
			   narrow(colour[0], 5);
}

__s64 kms_flipped(const struct kms *kms, int msec)
{
	struct pollfd fd = { .fd = kms->card, .events = POLLIN };
	struct drm_event_vblank event;

	if (poll(&fd, 1, msec) <= 0)
		return 0;
	if (read(kms->card, &event, sizeof(event)) != sizeof(event) ||
	    event.base.type != DRM_EVENT_FLIP_COMPLETE)
		return 0;
	return event.tv_sec * NSEC_PER_SEC + event.tv_usec * NSEC_PER_USEC;
}
