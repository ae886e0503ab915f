// SPDX-License-Identifier: MIT
// The least that can stand between a packet and an order, in C: what `WireBenchmark` measures Helios against.
#ifndef WIRE_REFERENCE_H
#define WIRE_REFERENCE_H

#include <stddef.h>
#include <stdint.h>

/// Receives datagrams from `feed` and answers each with the fixed bytes `order` on `orders`, busy-polling both (non-blocking) sockets
/// until `*stop` is not 0; what comes in on `orders` is thrown away. How many were answered.
uint64_t wire_reference_echo(int feed, int orders, const void *order, size_t size, const uint32_t *stop);

#endif
