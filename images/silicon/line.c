// SPDX-License-Identifier: GPL-2.0-only
/*
 * The interrupt lines of a block: each a shared peripheral interrupt that nothing in
 * the machine drives, set pending in the GIC itself. The driver's handler then
 * runs in a true hardirq, on the CPU that the GIC chooses.
 *
 * Registers are plain memory here, so a handler sees what is in them when it
 * reads, not what was in them when the interrupt was raised. Status must
 * therefore not change while an interrupt is pending or active.
 *
 * A line that the device tree calls a level is set pending again and again, until
 * the driver has taken note.
 */
#include <linux/interrupt.h>
#include <linux/irq.h>

#include "silicon.h"

static bool silicon_line_state(unsigned int irq, enum irqchip_irq_state which)
{
	bool state = true;

	/* An unreadable line counts as occupied. */
	if (irq_get_irqchip_state(irq, which, &state))
		return true;
	return state;
}

static bool silicon_line_idle(unsigned int irq)
{
	return !silicon_line_state(irq, IRQCHIP_STATE_PENDING) &&
	       !silicon_line_state(irq, IRQCHIP_STATE_ACTIVE);
}

/* All of them: one handler may look at what another one's interrupt tells. */
bool silicon_line_free(const struct silicon_block *block)
{
	unsigned int i;

	for (i = 0; i < block->lines; i++)
		if (!silicon_line_idle(block->irq[i]))
			return false;
	return true;
}

void silicon_line_raise(struct silicon_block *block, unsigned int line)
{
	silicon_count(block, SILICON_INTERRUPTS);
	irq_set_irqchip_state(block->irq[line], IRQCHIP_STATE_PENDING, true);
}

/* Raises what is asserted and no longer pending; true if anything is asserted. */
bool silicon_line_hold(struct silicon_block *block)
{
	bool asserted = false;
	unsigned int i;

	for (i = 0; i < block->lines; i++) {
		if (!block->ops->asserted(block, i))
			continue;
		asserted = true;
		if (!silicon_line_idle(block->irq[i]))
			continue;
		/* The handler may have taken note since, and have ended. */
		if (!block->ops->asserted(block, i))
			continue;
		silicon_count(block, SILICON_RETRIES);
		irq_set_irqchip_state(block->irq[i], IRQCHIP_STATE_PENDING, true);
	}
	return asserted;
}

void silicon_line_clear(const struct silicon_block *block)
{
	unsigned int i;

	for (i = 0; i < block->lines; i++)
		irq_set_irqchip_state(block->irq[i], IRQCHIP_STATE_PENDING, false);
}
