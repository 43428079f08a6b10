// SPDX-License-Identifier: GPL-2.0
/* Not a driver: something for patches to change. */

static int demo_first(void)
{
	return 1;
}

static int demo_second(void)
{
	return 2;
}

static int demo_third(void)
{
	return 3;
}

int demo_sum(void)
{
	return demo_first() + demo_second() + demo_third();
}
