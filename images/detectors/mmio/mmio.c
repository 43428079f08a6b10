// SPDX-License-Identifier: GPL-2.0-only
/*
 * Looks at each access of a driver to a register of imitated hardware, which is
 * memory and answers always: one without power, or while the clock that the driver
 * switches stands still, is reported as the kernel reports a defect. Real hardware
 * would have hung the bus, raised an SError, or read zeros.
 *
 * Told by the tracepoints rwmmio_* (CONFIG_TRACE_MMIO_ACCESS), in whatever context
 * the driver is: no lock, no sleep, no memory.
 */
#include <linux/clk.h>
#include <linux/clk-provider.h>
#include <linux/debugfs.h>
#include <linux/io.h>
#include <linux/jhash.h>
#include <linux/kallsyms.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/of.h>
#include <linux/of_address.h>
#include <linux/of_platform.h>
#include <linux/platform_device.h>
#include <linux/pm_domain.h>
#include <linux/sched.h>
#include <linux/seq_file.h>
#include <linux/stacktrace.h>
#include <linux/vmalloc.h>

#include <trace/events/rwmmio.h>

#include "mmio.h"

/* Who powers the blocks, and whose own accesses are no driver's. */
#define SILICON		"m2m_silicon"
#define COMPATIBLE	"m2m-rig,silicon"
/* How the clocks are called that it has, one for each block; the block's name follows. */
#define CLOCK		"silicon-"

#define WINDOWS		32
#define REPORTS		64
#define DEPTH		24

/* Registers of a block; of none, where nothing ever has power. */
struct window {
	phys_addr_t start;
	phys_addr_t end;
	struct device_node *node;
	struct device *dev;
	struct clk_hw *clock;
	atomic_long_t reads;
	atomic_long_t writes;
};

static struct window windows[WINDOWS];
static unsigned int window_count;
static struct module *silicon;
static atomic_long_t others;
static atomic_long_t wrong;
/* What was said already: of a window and a function. */
static u32 reported[REPORTS];

void __iomem *m2m_mmio_nothing;
EXPORT_SYMBOL_GPL(m2m_mmio_nothing);

static struct window *window_at(const void *addr, phys_addr_t *at)
{
	struct page *page;
	unsigned int i;

	if (!is_vmalloc_addr(addr))
		return NULL;
	page = vmalloc_to_page(addr);
	if (!page)
		return NULL;
	*at = PFN_PHYS(page_to_pfn(page)) + offset_in_page(addr);
	for (i = 0; i < window_count; i++) {
		if (*at >= windows[i].start && *at <= windows[i].end)
			return &windows[i];
	}
	return NULL;
}

/* What the hardware lacks to answer; NULL: nothing. */
static const char *lacks(const struct window *window)
{
	struct dev_pm_domain *domain = window->dev ? READ_ONCE(window->dev->pm_domain) : NULL;

	if (!domain || pd_to_genpd(domain)->status != GENPD_STATE_ON)
		return "power";
	/* The domain may stay on for a while, or for another device. */
	if (!window->dev->power.disable_depth &&
	    window->dev->power.runtime_status == RPM_SUSPENDED)
		return "power";
	if (window->clock && !clk_hw_is_enabled(window->clock))
		return "clock";
	return NULL;
}

static bool begins(const char *text, const char *word)
{
	return !strncmp(text, word, strlen(word));
}

/* Above the tracepoint is whoever asked for the access. */
static unsigned int behind_tracepoint(const unsigned long *entry, unsigned int count)
{
	char name[KSYM_SYMBOL_LEN];
	unsigned int i;

	for (i = 0; i < count; i++) {
		sprint_symbol_no_offset(name, entry[i]);
		if (begins(name, "log_read_mmio") || begins(name, "log_write_mmio"))
			return i + 1;
	}
	return 0;
}

/* The first function of a module: what is built in, such as regmap, helps it. */
static u32 who(const unsigned long *entry, unsigned int count)
{
	char name[KSYM_SYMBOL_LEN];
	unsigned int i;

	for (i = 0; i < count; i++) {
		sprint_symbol(name, entry[i]);
		if (strchr(name, '['))
			break;
	}
	return jhash(name, strcspn(name, "+"), 0);
}

/* Whether nothing was said of it, which is for the first to say. */
static bool is_new(u32 key)
{
	unsigned int i;
	u32 old;

	for (i = 0; i < REPORTS; i++) {
		old = cmpxchg(&reported[i], 0, key);
		if (!old || old == key)
			return !old;
	}
	return false;
}

static void report(const struct window *window, phys_addr_t at, const char *done,
		   const char *lacking)
{
	unsigned long entry[DEPTH];
	unsigned int i, count;

	atomic_long_inc(&wrong);
	count = stack_trace_save(entry, DEPTH, 0);
	i = behind_tracepoint(entry, count);
	if (!is_new((who(entry + i, count - i) ^ (u32)(window - windows)) | 1))
		return;
	if (window->node)
		pr_err("BUG: MMIO: %pOFn: register 0x%llx %s without %s: %s/%d\n", window->node,
		       (u64)(at - window->start), done, lacking, current->comm, current->pid);
	else
		pr_err("BUG: MMIO: nothing: register 0x%llx %s without %s: %s/%d\n",
		       (u64)(at - window->start), done, lacking, current->comm, current->pid);
	pr_err("Call trace:\n");
	for (; i < count; i++)
		pr_err(" %pS\n", (void *)entry[i]);
}

static struct window *look(unsigned long caller, const void *addr, const char *done)
{
	const struct module *own = READ_ONCE(silicon);
	struct window *window;
	const char *lacking;
	phys_addr_t at;

	if (own && within_module(caller, own))
		return NULL;
	window = window_at(addr, &at);
	if (!window) {
		atomic_long_inc(&others);
		return NULL;
	}
	lacking = lacks(window);
	if (lacking)
		report(window, at, done, lacking);
	return window;
}

static void on_read(void *data, unsigned long caller, unsigned long caller0, u8 width,
		    const void __iomem *addr)
{
	struct window *window = look(caller, (const void __force *)addr, "read");

	if (window)
		atomic_long_inc(&window->reads);
}

static void on_write(void *data, unsigned long caller, unsigned long caller0, u64 value,
		     u8 width, void __iomem *addr)
{
	struct window *window = look(caller, (const void __force *)addr, "written");

	if (window)
		atomic_long_inc(&window->writes);
}

/*
 * The clock that the block of a window counts jobs by. All others of the node are
 * one that is always on, and for which a driver may well not ask.
 */
static struct clk_hw *clock_of(struct device_node *node)
{
	struct clk_hw *found = NULL;
	const char *name;
	struct clk *clk;
	int i;

	for (i = 0; !found; i++) {
		clk = of_clk_get(node, i);
		if (IS_ERR(clk))
			break;
		name = __clk_get_name(clk);
		if (begins(name, CLOCK) && of_node_name_eq(node, name + strlen(CLOCK)))
			found = __clk_get_hw(clk);
		clk_put(clk);
	}
	return found;
}

static int on_module(struct notifier_block *block, unsigned long state, void *data)
{
	struct module *module = data;
	unsigned int i;

	if (strcmp(module->name, SILICON))
		return NOTIFY_DONE;
	if (state == MODULE_STATE_COMING)
		WRITE_ONCE(silicon, module);
	/* Now there are clocks, and none of the drivers yet. */
	for (i = 0; state == MODULE_STATE_LIVE && i < window_count; i++)
		windows[i].clock = windows[i].node ? clock_of(windows[i].node) : NULL;
	return NOTIFY_OK;
}

static struct notifier_block module_block = { .notifier_call = on_module };

static bool is_imitated(struct device_node *node)
{
	struct of_phandle_args args;
	bool ret;

	if (of_parse_phandle_with_args(node, "power-domains", "#power-domain-cells", 0, &args))
		return false;
	ret = of_device_is_compatible(args.np, COMPATIBLE);
	of_node_put(args.np);
	return ret;
}

static void add_windows(struct device_node *node)
{
	struct platform_device *pdev = of_find_device_by_node(node);
	struct resource resource;
	int i;

	if (!pdev)
		return;
	for (i = 0; !of_address_to_resource(node, i, &resource); i++) {
		if (window_count == WINDOWS)
			break;
		windows[window_count++] = (struct window){
			.start = resource.start, .end = resource.end,
			.node = of_node_get(node), .dev = &pdev->dev
		};
	}
}

/* For the canary: a page that counts as registers, and never has power. */
static int add_nothing(void)
{
	void *page = vzalloc(PAGE_SIZE);
	phys_addr_t start;

	if (!page)
		return -ENOMEM;
	start = PFN_PHYS(vmalloc_to_pfn(page));
	windows[window_count++] = (struct window){ .start = start, .end = start + PAGE_SIZE - 1 };
	m2m_mmio_nothing = (void __iomem __force *)page;
	return 0;
}

static int mmio_show(struct seq_file *to, void *unused)
{
	unsigned int i;

	for (i = 0; i < window_count; i++) {
		if (windows[i].node)
			seq_printf(to, "%pOFn.", windows[i].node);
		else
			seq_puts(to, "nothing.");
		seq_printf(to, "%d reads=%ld writes=%ld\n", i, atomic_long_read(&windows[i].reads),
			   atomic_long_read(&windows[i].writes));
	}
	seq_printf(to, "others=%ld wrong=%ld\n", atomic_long_read(&others),
		   atomic_long_read(&wrong));
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(mmio);

/* Stays, as what it watches does. */
static int __init mmio_init(void)
{
	struct device_node *node;
	int ret = add_nothing();

	if (ret)
		return ret;
	for_each_node_with_property(node, "power-domains") {
		if (is_imitated(node))
			add_windows(node);
	}
	ret = register_module_notifier(&module_block);
	if (ret)
		goto err_nothing;
	ret = tracepoint_probe_register(&__tracepoint_rwmmio_read, on_read, NULL);
	if (ret)
		goto err_modules;
	ret = tracepoint_probe_register(&__tracepoint_rwmmio_write, on_write, NULL);
	if (ret)
		goto err_reads;
	debugfs_create_file("m2m_mmio", 0444, NULL, NULL, &mmio_fops);
	return 0;

err_reads:
	tracepoint_probe_unregister(&__tracepoint_rwmmio_read, on_read, NULL);
	tracepoint_synchronize_unregister();
err_modules:
	unregister_module_notifier(&module_block);
err_nothing:
	vfree((void __force *)m2m_mmio_nothing);
	return ret;
}
module_init(mmio_init);

MODULE_DESCRIPTION("Tells of registers that are touched without power or clock");
MODULE_LICENSE("GPL");
