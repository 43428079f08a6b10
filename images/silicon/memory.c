// SPDX-License-Identifier: GPL-2.0-only
/*
 * DMA. Nothing translates between a block and memory, so a bus address is a
 * physical address. As far as the page allocator can tell, each page that a
 * block is sent to is checked: it must be memory, and somebody must own it.
 *
 * With "swiotlb=force" on the command line of the kernel what is mapped for a
 * device is a copy, in a pool that was reserved at boot. Of its pages nobody but
 * the pool knows who owns them, so all of them are taken for good.
 */
#include <linux/mm.h>
#include <linux/mmzone.h>
#include <linux/page-flags.h>
#include <linux/pfn.h>
#include <linux/swiotlb.h>

#include "silicon.h"

/* Is the page part of a free block of any order? */
static bool silicon_page_free(unsigned long pfn)
{
	struct page *head;
	unsigned int order;

	for (order = 0; order <= MAX_PAGE_ORDER; order++) {
		head = pfn_to_page(pfn & ~((1UL << order) - 1));
		if (PageBuddy(head))
			return page_private(head) >= order;
	}
	return false;
}

static bool silicon_page_bounces(const struct silicon_block *block, u64 addr)
{
	return swiotlb_find_pool(block->dev, addr);
}

/*
 * Where the CPU finds the byte at @addr, and how many bytes are @left to the end
 * of its page. NULL: the access is refused, because it would hit no memory, or
 * memory that the page allocator may hand out at any moment.
 */
void *silicon_dma(struct silicon_block *block, u64 addr, size_t *left)
{
	unsigned long pfn = PHYS_PFN(addr);
	struct page *page;

	*left = PAGE_SIZE - offset_in_page(addr);
	if (silicon_page_bounces(block, addr))
		return phys_to_virt(addr);
	if (!pfn_valid(pfn) || PageReserved(pfn_to_page(pfn))) {
		silicon_count(block, SILICON_DMA_BAD);
		return NULL;
	}
	page = pfn_to_page(pfn);
	if (!page_count(page)) {
		if (silicon_page_free(pfn)) {
			silicon_count(block, SILICON_DMA_FREE);
			return NULL;
		}
		/*
		 * On its way to the free pages, or inside a larger allocation that
		 * counts its users in the first page only.
		 */
		silicon_count(block, SILICON_DMA_UNOWNED);
	}
	return page_address(page) + offset_in_page(addr);
}

static size_t silicon_dma_copy(struct silicon_block *block, u64 addr, void *to, const void *from,
			       size_t size)
{
	size_t done, part;
	void *memory;

	for (done = 0; done < size; done += part) {
		memory = silicon_dma(block, addr + done, &part);
		if (!memory)
			break;
		part = min(part, size - done);
		if (to)
			memcpy(to + done, memory, part);
		else
			memcpy(memory, from + done, part);
	}
	return done;
}

/* Both return how many bytes went through. */
size_t silicon_dma_read(struct silicon_block *block, u64 addr, void *to, size_t size)
{
	return silicon_dma_copy(block, addr, to, NULL, size);
}

size_t silicon_dma_write(struct silicon_block *block, u64 addr, const void *from, size_t size)
{
	return silicon_dma_copy(block, addr, NULL, from, size);
}
