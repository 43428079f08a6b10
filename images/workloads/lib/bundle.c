// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <unistd.h>
#include <linux/dma-buf.h>

#include "bundle.h"
#include "clock.h"
#include "fence.h"
#include "observe.h"

/* No moment is longer. */
#define MERGED_MSEC	1000

void bundle_init(struct bundle *bundle)
{
	bundle->members = 0;
	bundle->merged = -1;
}

int bundle_add(struct bundle *bundle, int sync_file)
{
	int merged;

	if (bundle->members == BUNDLE_MAX) {
		close(sync_file);
		return -ENOSPC;
	}
	bundle->member[bundle->members++] = sync_file;
	/* Also alone: then it is merged with itself. */
	merged = fence_merge(bundle->merged < 0 ? sync_file : bundle->merged, sync_file);
	if (merged < 0)
		return merged;
	if (bundle->merged >= 0)
		close(bundle->merged);
	bundle->merged = merged;
	return 0;
}

int bundle_add_dmabuf(struct bundle *bundle, int dmabuf)
{
	int sync_file = fence_export(dmabuf, DMA_BUF_SYNC_WRITE);
	struct fence fence;
	int ret;

	if (sync_file < 0)
		return sync_file;
	ret = fence_read(sync_file, &fence);
	if (ret || fence_is_stub(&fence)) {
		close(sync_file);
		return ret;
	}
	return bundle_add(bundle, sync_file);
}

static int count_pending(const struct bundle *bundle)
{
	unsigned int i, pending = 0;
	struct fence fence;
	int ret;

	for (i = 0; i < bundle->members; i++) {
		ret = fence_read(bundle->member[i], &fence);
		if (ret)
			return ret;
		pending += !fence.status;
	}
	return pending;
}

int bundle_print(const struct bundle *bundle)
{
	struct observation seen;
	struct fence fence;
	int before, ready, after, ret;

	if (bundle->merged < 0)
		return 0;
	before = count_pending(bundle);
	if (before < 0)
		return before;
	/*
	 * The status is that of its fences; who waits for it is told by them,
	 * through an interrupt, which takes a moment.
	 */
	ready = fence_wait(bundle->merged, before ? 0 : MERGED_MSEC);
	if (ready < 0)
		return ready;
	ret = fence_read(bundle->merged, &fence);
	if (ret)
		return ret;
	after = count_pending(bundle);
	if (after < 0)
		return after;
	observe_begin(&seen, "merge");
	observe_number(&seen, "members", bundle->members);
	observe_number(&seen, "pending-before", before);
	observe_word(&seen, "seen", ready ? "ready" : "busy");
	observe_number(&seen, "status", fence.status);
	observe_number(&seen, "pending-after", after);
	observe_number(&seen, "time", clock_now());
	observe_end(&seen);
	return 0;
}

void bundle_close(struct bundle *bundle)
{
	while (bundle->members)
		close(bundle->member[--bundle->members]);
	if (bundle->merged >= 0)
		close(bundle->merged);
	bundle->merged = -1;
}
