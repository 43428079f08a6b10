// SPDX-License-Identifier: GPL-2.0-only
/*
 * Module parameters. Lists are separated by commas; a word before a colon names
 * the block that an item is about, without it the item is about all blocks:
 *
 *   latency=200-1000             microseconds from start to interrupt, uniform
 *   latency=rga:100-300,vepu:5000
 *   data=end                     or start, half, any
 *   faults=rga:5:lost,vepu:3-7:error,vepu:all/4:echo
 *
 * Jobs are counted per block from 0. "all" is every job, "all/4" every fourth
 * (0, 4, 8, ...). Of several faults for one job the first counts, "none" too.
 */
#include <linux/kernel.h>
#include <linux/module.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "silicon.h"

#define SILICON_RULES	64

unsigned long silicon_seed;
module_param_named(seed, silicon_seed, ulong, 0444);
MODULE_PARM_DESC(seed, "what all chance follows from");

unsigned int silicon_late_us = 2500000;
module_param_named(late_us, silicon_late_us, uint, 0444);
MODULE_PARM_DESC(late_us, "how long a late job takes");

unsigned int silicon_after_us = 300;
module_param_named(after_us, silicon_after_us, uint, 0444);
MODULE_PARM_DESC(after_us, "how long after the interrupt the data of an \"after\" job come");

unsigned int silicon_poll_us = 50;
module_param_named(poll_us, silicon_poll_us, uint, 0444);
MODULE_PARM_DESC(poll_us, "how often registers are looked at");

unsigned int silicon_poll_max_us = 10000;
module_param_named(poll_max_us, silicon_poll_max_us, uint, 0444);
MODULE_PARM_DESC(poll_max_us, "how often at least, when nothing has begun for a while");

/* Of a block that no item is about. */
#define SILICON_LATENCY_MIN	200
#define SILICON_LATENCY_MAX	1000

static char *latency = "";
module_param(latency, charp, 0444);
MODULE_PARM_DESC(latency, "[BLOCK:]MIN[-MAX] microseconds, comma separated; else 200-1000");

static char *data = "end";
module_param(data, charp, 0444);
MODULE_PARM_DESC(data, "[BLOCK:]start|half|end|any, comma separated");

static char *faults = "";
module_param(faults, charp, 0444);
MODULE_PARM_DESC(faults, "[BLOCK:]JOB|FIRST-LAST|all|all/EVERY:FAULT, comma separated");

const char *const silicon_fault_names[SILICON_FAULTS] = {
	[SILICON_FAULT_NONE] = "none",
	[SILICON_FAULT_LOST] = "lost",
	[SILICON_FAULT_DOUBLE] = "double",
	[SILICON_FAULT_STALE] = "stale",
	[SILICON_FAULT_ECHO] = "echo",
	[SILICON_FAULT_LATE] = "late",
	[SILICON_FAULT_STRAY] = "stray",
	[SILICON_FAULT_ERROR] = "error",
	[SILICON_FAULT_PARTIAL] = "partial",
	[SILICON_FAULT_AFTER] = "after",
};

static const char *const silicon_moment_names[SILICON_MOMENTS] = {
	[SILICON_DATA_START] = "start",
	[SILICON_DATA_HALF] = "half",
	[SILICON_DATA_END] = "end",
	[SILICON_DATA_ANY] = "any",
};

/* One item of a list; @block NULL: all blocks. */
struct silicon_rule {
	const char *block;
	u32 first;
	u32 last;
	u32 every;
	int choice;
};

struct silicon_rules {
	struct silicon_rule rule[SILICON_RULES];
	unsigned int count;
};

static struct silicon_rules silicon_latencies, silicon_moments, silicon_faults;

/* "N" or "N-M" */
static int silicon_parse_range(char *word, struct silicon_rule *rule)
{
	char *first = strsep(&word, "-");
	int ret = kstrtou32(first, 10, &rule->first);

	rule->last = rule->first;
	if (!ret && word)
		ret = kstrtou32(word, 10, &rule->last);
	return ret || rule->last < rule->first ? -EINVAL : 0;
}

static int silicon_parse_choice(const char *word, const char *const *names, int count,
				struct silicon_rule *rule)
{
	rule->choice = match_string(names, count, word);
	return rule->choice < 0 ? -EINVAL : 0;
}

static int silicon_parse_latency(char *word, struct silicon_rule *rule)
{
	return silicon_parse_range(word, rule);
}

static int silicon_parse_moment(char *word, struct silicon_rule *rule)
{
	return silicon_parse_choice(word, silicon_moment_names, SILICON_MOMENTS, rule);
}

static int silicon_parse_fault(char *word, struct silicon_rule *rule)
{
	char *jobs = strsep(&word, ":"), *every;
	int ret = 0;

	rule->every = 1;
	if (!word)
		return -EINVAL;
	every = strchr(jobs, '/');
	if (every) {
		*every++ = 0;
		ret = kstrtou32(every, 10, &rule->every);
	}
	if (!strcmp(jobs, "all"))
		rule->last = U32_MAX;
	else if (silicon_parse_range(jobs, rule))
		return -EINVAL;
	if (ret || !rule->every)
		return -EINVAL;
	return silicon_parse_choice(word, silicon_fault_names, SILICON_FAULTS, rule);
}

/* Takes "BLOCK:" from the front of *@word, if there is one. */
static const char *silicon_parse_block(char **word)
{
	const char *name;
	unsigned int i;
	size_t length;

	for (i = 0; i < silicon_kind_count; i++) {
		name = silicon_kinds[i]->name;
		length = strlen(name);
		if (strncmp(*word, name, length) || (*word)[length] != ':')
			continue;
		*word += length + 1;
		return name;
	}
	return NULL;
}

static int silicon_parse_list(const char *parameter, const char *text,
			      struct silicon_rules *rules,
			      int (*parse)(char *word, struct silicon_rule *rule))
{
	char *copy = kstrdup(text, GFP_KERNEL), *rest = copy, *word, *item;
	struct silicon_rule *rule;
	int ret = 0;

	if (!copy)
		return -ENOMEM;
	while (!ret && (item = strsep(&rest, ","))) {
		if (!*item)
			continue;
		if (rules->count == SILICON_RULES) {
			ret = -E2BIG;
			break;
		}
		rule = &rules->rule[rules->count++];
		word = item;
		rule->block = silicon_parse_block(&word);
		ret = parse(word, rule);
	}
	if (ret)
		pr_err("m2m_silicon: bad %s=%s\n", parameter, text);
	kfree(copy);
	return ret;
}

int silicon_settings_init(void)
{
	int ret;

	if (!silicon_poll_us || silicon_poll_max_us < silicon_poll_us) {
		pr_err("m2m_silicon: poll_us must be above 0 and not above poll_max_us\n");
		return -EINVAL;
	}
	ret = silicon_parse_list("latency", latency, &silicon_latencies, silicon_parse_latency);
	if (!ret)
		ret = silicon_parse_list("data", data, &silicon_moments, silicon_parse_moment);
	if (!ret)
		ret = silicon_parse_list("faults", faults, &silicon_faults, silicon_parse_fault);
	return ret;
}

static bool silicon_rule_about(const struct silicon_rule *rule, const char *block)
{
	return !rule->block || !strcmp(rule->block, block);
}

/* The last item about a block counts. */
void silicon_settings_apply(struct silicon_block *block)
{
	const struct silicon_rule *rule;
	unsigned int i;

	block->moment = SILICON_DATA_END;
	block->latency_min = SILICON_LATENCY_MIN;
	block->latency_max = SILICON_LATENCY_MAX;
	for (i = 0; i < silicon_moments.count; i++) {
		rule = &silicon_moments.rule[i];
		if (silicon_rule_about(rule, block->ops->name))
			block->moment = rule->choice;
	}
	for (i = 0; i < silicon_latencies.count; i++) {
		rule = &silicon_latencies.rule[i];
		if (!silicon_rule_about(rule, block->ops->name))
			continue;
		block->latency_min = rule->first;
		block->latency_max = rule->last;
	}
}

enum silicon_fault silicon_fault_of(const char *block, u32 number)
{
	const struct silicon_rule *rule;
	unsigned int i;

	for (i = 0; i < silicon_faults.count; i++) {
		rule = &silicon_faults.rule[i];
		if (silicon_rule_about(rule, block) && number >= rule->first &&
		    number <= rule->last && !((number - rule->first) % rule->every))
			return rule->choice;
	}
	return SILICON_FAULT_NONE;
}
