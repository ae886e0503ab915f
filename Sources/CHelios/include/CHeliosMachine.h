// SPDX-License-Identifier: MIT
// What the kernel says of its clock and its network cards only by system calls.
#ifndef CHELIOS_MACHINE_H
#define CHELIOS_MACHINE_H

#include <stdint.h>

/// The state of the kernel's clock discipline; errors in microseconds.
typedef struct {
    int synchronised;
    long error_max;
    long error_estimate;
} helios_clock_state;

/// Reads the clock discipline. 0, or an error number.
int helios_clock_read(helios_clock_state *state);

/// Reads how long the card `name` waits before it interrupts for a received packet. 0, or an error number.
int helios_card_coalescing(const char *name, uint32_t *microseconds, int *adaptive);

#endif
