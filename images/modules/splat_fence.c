// SPDX-License-Identifier: GPL-2.0-only
/* What may go wrong when a driver publishes its own fences. */
#include <linux/dma-fence.h>
#include <linux/dma-resv.h>
#include <linux/slab.h>
#include <linux/spinlock.h>

#include "splat.h"

static const char *splat_name(struct dma_fence *fence)
{
	return "m2m_splat";
}

static const struct dma_fence_ops splat_fence_ops = {
	.get_driver_name = splat_name,
	.get_timeline_name = splat_name,
};

static struct dma_fence *new_fence(void)
{
	static DEFINE_SPINLOCK(m2m_splat_fence_lock);
	struct dma_fence *fence = kzalloc(sizeof(*fence), GFP_KERNEL);

	if (fence)
		dma_fence_init(fence, &splat_fence_ops, &m2m_splat_fence_lock,
			       dma_fence_context_alloc(1), 1);
	return fence;
}

/* The lock that waiters may hold, taken on the way to the signal. */
static int make_fence_resv(void)
{
	struct dma_resv resv;
	bool cookie;

	dma_resv_init(&resv);
	cookie = dma_fence_begin_signalling();
	dma_resv_lock(&resv, NULL);
	dma_resv_unlock(&resv);
	dma_fence_end_signalling(cookie);
	dma_resv_fini(&resv);
	return 0;
}

/* Reclaim may wait for the fence that waits for the memory. */
static int make_fence_alloc(void)
{
	bool cookie = dma_fence_begin_signalling();

	kfree(kmalloc(64, GFP_KERNEL));
	dma_fence_end_signalling(cookie);
	return 0;
}

static int make_fence_open(void)
{
	dma_fence_begin_signalling();
	return 0;
}

/* No room was reserved in a reservation that never had a fence. */
static int make_fence_unreserved(void)
{
	static struct dma_resv resv;
	struct dma_fence *fence = new_fence();

	if (!fence)
		return -ENOMEM;
	dma_resv_init(&resv);
	dma_resv_lock(&resv, NULL);
	dma_resv_add_fence(&resv, fence, DMA_RESV_USAGE_WRITE);
	dma_resv_unlock(&resv);
	return 0;
}

/* The same, where all room is taken by fences of somebody else. */
static int make_fence_full(void)
{
	static struct dma_resv resv;
	struct dma_fence *first = new_fence();
	struct dma_fence *second = new_fence();

	if (!first || !second)
		return -ENOMEM;
	dma_resv_init(&resv);
	dma_resv_lock(&resv, NULL);
	if (dma_resv_reserve_fences(&resv, 1))
		return -ENOMEM;
	dma_resv_add_fence(&resv, first, DMA_RESV_USAGE_WRITE);
	dma_resv_unlock(&resv);

	dma_resv_lock(&resv, NULL);
	dma_resv_add_fence(&resv, second, DMA_RESV_USAGE_WRITE);
	dma_resv_unlock(&resv);
	return 0;
}

static void never(struct dma_fence *fence, struct dma_fence_cb *cb)
{
}

static int make_fence_pending(void)
{
	static struct dma_fence_cb cb;
	struct dma_fence *fence = new_fence();

	if (!fence)
		return -ENOMEM;
	dma_fence_add_callback(fence, &cb, never);
	dma_fence_put(fence);
	return 0;
}

const struct splat splat_fence[] = {
	{ "fence-resv", make_fence_resv },
	{ "fence-alloc", make_fence_alloc },
	{ "fence-open", make_fence_open },
	{ "fence-unreserved", make_fence_unreserved },
	{ "fence-full", make_fence_full },
	{ "fence-pending", make_fence_pending },
	{ }
};
