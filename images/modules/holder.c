// SPDX-License-Identifier: GPL-2.0-only
/*
 * Somebody who shares a dma-buf, and waits for its fences with the lock of its
 * reservation object held, which is allowed. A producer that publishes its
 * fence and then takes that lock, on the way to starting the hardware, waits
 * for who waits for it.
 *
 * ioctl(fd, M2M_HOLD, dmabuf) on /dev/m2m_holder looks for a pending write fence as
 * often as it can, for 20 ms. It returns 0 if it has met none, 1 if it has waited for one
 * with the lock held and it signaled, or -ETIME if it did not in three seconds.
 */
#include <linux/dma-buf.h>
#include <linux/dma-resv.h>
#include <linux/jiffies.h>
#include <linux/ktime.h>
#include <linux/miscdevice.h>
#include <linux/module.h>
#include <linux/sched.h>
#include <linux/time64.h>

#define M2M_HOLD	_IO('h', 0)

#define LOOK_NS		(20 * NSEC_PER_MSEC)
/* Longer than any driver lets a job run. */
#define PATIENCE_SEC	3

static long holder_wait(struct dma_resv *resv)
{
	u64 deadline = ktime_get_ns() + LOOK_NS;
	long left;

	while (ktime_get_ns() < deadline) {
		if (!dma_resv_trylock(resv)) {
			cpu_relax();
			continue;
		}
		if (dma_resv_test_signaled(resv, DMA_RESV_USAGE_WRITE)) {
			dma_resv_unlock(resv);
			cond_resched();
			continue;
		}
		left = dma_resv_wait_timeout(resv, DMA_RESV_USAGE_WRITE, false,
					     PATIENCE_SEC * HZ);
		dma_resv_unlock(resv);
		if (left < 0)
			return left;
		return left ? 1 : -ETIME;
	}
	return 0;
}

static long holder_ioctl(struct file *file, unsigned int request, unsigned long arg)
{
	struct dma_buf *dmabuf;
	long ret;

	if (request != M2M_HOLD)
		return -ENOTTY;
	dmabuf = dma_buf_get(arg);
	if (IS_ERR(dmabuf))
		return PTR_ERR(dmabuf);
	ret = holder_wait(dmabuf->resv);
	dma_buf_put(dmabuf);
	return ret;
}

static const struct file_operations holder_fops = {
	.owner = THIS_MODULE,
	.unlocked_ioctl = holder_ioctl,
};

static struct miscdevice holder_misc = {
	.minor = MISC_DYNAMIC_MINOR,
	.name = "m2m_holder",
	.fops = &holder_fops,
};
module_misc_device(holder_misc);

MODULE_DESCRIPTION("Waits for the fences of a dma-buf with its lock held");
MODULE_LICENSE("GPL");
/* MODULE_IMPORT_NS() takes a word before Linux 6.13, and a string since. */
MODULE_INFO(import_ns, "DMA_BUF");
