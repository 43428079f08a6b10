// SPDX-License-Identifier: GPL-2.0-only
/*
 * What no file of the kernel tells: who refers to a device, and how often it
 * was asked to stay awake. The file m2m_accounts in debugfs lists the devices
 * of the platform bus that have a driver, and their children. Before that it
 * lets go whatever is only waiting for its turn to go: what is there afterwards
 * is kept by somebody.
 */
#include <linux/debugfs.h>
#include <linux/delay.h>
#include <linux/device.h>
#include <linux/file.h>
#include <linux/module.h>
#include <linux/platform_device.h>
#include <linux/pm_runtime.h>
#include <linux/rcupdate.h>
#include <linux/seq_file.h>
#include <linux/slab.h>

/* What RCU lets go may be let go by a work item, which may put something else. */
#define ROUNDS		2
#define ROUND_MSEC	5

static struct dentry *accounts_file;

static void accounts_settle(void)
{
	/*
	 * 7.3 does not export it, unless a patch of the rig does. A pointer by the name of
	 * barrier would never be called: that is a macro, which says nothing to nobody.
	 */
	typeof(kvfree_rcu_barrier) *wait = symbol_get(kvfree_rcu_barrier);
	int i;

	for (i = 0; i < ROUNDS; i++) {
		flush_delayed_fput();
		rcu_barrier();
		if (wait)
			wait();
		msleep(ROUND_MSEC);
	}
	if (wait)
		symbol_put(kvfree_rcu_barrier);
}

static int accounts_device(struct device *dev, void *data)
{
	struct seq_file *to = data;

	seq_printf(to, "%s driver=%s references=%u", dev_name(dev), dev_driver_string(dev),
		   kref_read(&dev->kobj.kref));
#ifdef CONFIG_PM
	seq_printf(to, " awake=%d disabled=%u forbidden=%u", atomic_read(&dev->power.usage_count),
		   dev->power.disable_depth, !dev->power.runtime_auto);
#endif
	seq_putc(to, '\n');
	return device_for_each_child(dev, to, accounts_device);
}

static int accounts_bound(struct device *dev, void *data)
{
	return dev->driver ? accounts_device(dev, data) : 0;
}

static int accounts_show(struct seq_file *to, void *unused)
{
	return bus_for_each_dev(&platform_bus_type, NULL, to, accounts_bound);
}

static int accounts_open(struct inode *inode, struct file *file)
{
	accounts_settle();
	return single_open(file, accounts_show, NULL);
}

static const struct file_operations accounts_fops = {
	.owner = THIS_MODULE,
	.open = accounts_open,
	.read = seq_read,
	.llseek = seq_lseek,
	.release = single_release,
};

static int __init accounts_init(void)
{
	accounts_file = debugfs_create_file("m2m_accounts", 0400, NULL, NULL, &accounts_fops);
	return 0;
}
module_init(accounts_init);

static void __exit accounts_exit(void)
{
	debugfs_remove(accounts_file);
}
module_exit(accounts_exit);

MODULE_DESCRIPTION("Accounts of who refers to a device");
MODULE_LICENSE("GPL");
