// SPDX-License-Identifier: MIT
// The same ring in C, with its threads: what `RingBenchmark` measures Helios' ring against.
#ifndef RING_REFERENCE_H
#define RING_REFERENCE_H

#include <stdint.h>

/// Sends `count` records of 64 bytes to another thread and back, one at a time, through rings of `capacity` (a power of
/// two). Threads are pinned to the two processors when these are not negative. Nanoseconds in all.
uint64_t ring_reference_there_and_back(uint64_t count, uint64_t capacity, int first, int second);

/// Pushes `count` records of 64 bytes as fast as the other thread takes them. Nanoseconds in all.
uint64_t ring_reference_stream(uint64_t count, uint64_t capacity, int first, int second);

#endif
