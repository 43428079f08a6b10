// SPDX-License-Identifier: GPL-2.0-only
/*
 * What drivers do to registers, where the kernel tells (CONFIG_TRACE_MMIO_ACCESS):
 * a block that wants to know it is asked before a driver reads, and told after it
 * has written, at once, in the driver's context. Else registers are memory that is
 * looked at now and then (block.c).
 *
 * The driver has a mapping of its own, so what tells is the page behind it.
 */
#include <linux/module.h>

#include "silicon.h"

#ifdef CONFIG_TRACE_MMIO_ACCESS

#include <linux/mm.h>
#include <linux/vmalloc.h>

#include <trace/events/rwmmio.h>

/* Register @offset of a @window, if that is whose it is. */
static bool silicon_watch_in(const struct silicon_window *window, phys_addr_t at, u32 *offset)
{
	if (at < window->start || at - window->start >= window->size)
		return false;
	*offset = at - window->start;
	return true;
}

static struct silicon_block *silicon_watch_find(const struct silicon *silicon, const void *addr,
						unsigned int *window, u32 *offset)
{
	struct silicon_block *block;
	phys_addr_t at;
	unsigned int i;

	if (!is_vmalloc_addr(addr))
		return NULL;
	at = PFN_PHYS(vmalloc_to_pfn(addr)) + offset_in_page(addr);
	for (i = 0; i < SILICON_BLOCKS_MAX; i++) {
		block = silicon->block[i];
		for (*window = 0; block && *window < block->windows; ++*window)
			if (silicon_watch_in(&block->window[*window], at, offset))
				return block;
	}
	return NULL;
}

static void silicon_watch_read(void *data, unsigned long caller, unsigned long caller0,
			       u8 width, const void __iomem *addr)
{
	struct silicon_block *block;
	unsigned int window;
	u32 offset;

	if (within_module(caller, THIS_MODULE))
		return;
	block = silicon_watch_find(data, (const void __force *)addr, &window, &offset);
	if (block && block->ops->reads)
		block->ops->reads(block, window, offset);
}

static void silicon_watch_written(void *data, unsigned long caller, unsigned long caller0,
				  u64 value, u8 width, const void __iomem *addr)
{
	struct silicon_block *block;
	unsigned int window;
	u32 offset;

	if (within_module(caller, THIS_MODULE))
		return;
	block = silicon_watch_find(data, (const void __force *)addr, &window, &offset);
	if (block && block->told && block->ops->wrote(block, window, offset, value))
		silicon_engine_ring(block);
}

static void silicon_watch_end(void *silicon)
{
	tracepoint_probe_unregister(&__tracepoint_rwmmio_post_write, silicon_watch_written,
				    silicon);
	tracepoint_probe_unregister(&__tracepoint_rwmmio_read, silicon_watch_read, silicon);
	tracepoint_synchronize_unregister();
}

static int silicon_watch_begin(struct silicon *silicon)
{
	int ret = tracepoint_probe_register(&__tracepoint_rwmmio_read, silicon_watch_read,
					    silicon);

	if (!ret)
		ret = tracepoint_probe_register(&__tracepoint_rwmmio_post_write,
						silicon_watch_written, silicon);
	/* Taking back what was not given does no harm. */
	if (ret)
		silicon_watch_end(silicon);
	return ret ? ret : devm_add_action_or_reset(silicon->dev, silicon_watch_end, silicon);
}

int silicon_watch_init(struct silicon *silicon)
{
	struct silicon_block *block;
	bool wanted = false;
	unsigned int i;

	for (i = 0; i < SILICON_BLOCKS_MAX; i++) {
		block = silicon->block[i];
		if (!block)
			continue;
		block->told = block->ops->wrote;
		wanted |= block->told || block->ops->reads;
	}
	/* Nobody pays for what nobody wants. */
	return wanted ? silicon_watch_begin(silicon) : 0;
}

#else

int silicon_watch_init(struct silicon *silicon)
{
	return 0;
}

#endif
