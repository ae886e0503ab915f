// SPDX-License-Identifier: MIT
// For tests: counts the calling thread's heap and reference counting calls between probe_begin and probe_end.
#ifndef CPROBE_H
#define CPROBE_H

#include <stdint.h>

/// What the thread did between probe_begin and probe_end.
typedef struct {
    /// Calls of malloc, calloc, realloc, aligned_alloc, memalign and posix_memalign.
    uint64_t allocations;
    /// Calls of free with something to free.
    uint64_t frees;
    uint64_t retains;
    uint64_t releases;
} probe_counts;

/// Starts counting on this thread, from zero.
void probe_begin(void);

/// Stops counting on this thread; what was counted.
probe_counts probe_end(void);

/// How many return addresses of the first counted call are known, and those: for finding out who it was.
int probe_first(void **addresses, int capacity);

/// Whether this system's allocator and Swift runtime can be listened to.
int probe_is_available(void);

#endif
