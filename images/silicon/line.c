// SPDX-License-Identifier: GPL-2.0-only
/*
 * The interrupt line of a block: a shared peripheral interrupt that nothing in
 * the machine drives, set pending in the GIC itself. The driver's handler then
 * runs in a true hardirq, on the CPU that the GIC chooses.
 *
 * Registers are plain memory here, so a handler sees what is in them when it
 * reads, not what was in them when the interrupt was raised. Status must
 * therefore not change while an interrupt is pending or active.
 */
#include <linux/interrupt.h>
#include <linux/irq.h>

#include "silicon.h"

static bool silicon_line_state(const struct silicon_block *block, enum irqchip_irq_state which)
{
	bool state = true;

	/* An unreadable line counts as occupied. */
	if (irq_get_irqchip_state(block->irq, which, &state))
		return true;
	return state;
}

bool silicon_line_free(const struct silicon_block *block)
{
	return !silicon_line_state(block, IRQCHIP_STATE_PENDING) &&
	       !silicon_line_state(block, IRQCHIP_STATE_ACTIVE);
}

void silicon_line_raise(struct silicon_block *block)
{
	silicon_count(block, SILICON_INTERRUPTS);
	irq_set_irqchip_state(block->irq, IRQCHIP_STATE_PENDING, true);
}

void silicon_line_clear(const struct silicon_block *block)
{
	irq_set_irqchip_state(block->irq, IRQCHIP_STATE_PENDING, false);
}
