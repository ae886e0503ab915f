// SPDX-License-Identifier: MIT
// What Swift can't say: the cycle counter, a prefetch hint, stores past the caches, a huge reserved mapping, CRC-32C.
#ifndef CHELIOS_H
#define CHELIOS_H

#include <stddef.h>
#include <stdint.h>
#include <sys/mman.h>

#include "CHeliosLanes.h"
#include "CHeliosMachine.h"
#include "CHeliosSockets.h"
#include "CHeliosText.h"
#include "CHeliosThreads.h"

/// The processor's time stamp counter, or a nanosecond clock where there is none.
static inline uint64_t helios_cycles(void) {
#if defined(__x86_64__)
    return __builtin_ia32_rdtsc();
#elif defined(__aarch64__)
    uint64_t value;
    __asm__ volatile("mrs %0, cntvct_el0" : "=r"(value));
    return value;
#else
    return 0;
#endif
}

/// Asks the cache for the line at `address`. A hint: any address is allowed.
static inline void helios_prefetch(const void *address) {
    __builtin_prefetch(address, 1, 3);
}

/// Copies 64 bytes to `to`, aligned to 64, past the caches: a line that another core reads next is neither fetched nor
/// kept. Before that core is told of it, `helios_stream_fence`.
static inline void helios_stream_line(void *to, const void *from) {
    typedef long long lanes __attribute__((vector_size(16), aligned(8), may_alias));
    typedef long long line __attribute__((vector_size(16), aligned(16), may_alias));
    const lanes *source = (const lanes *)from;
    line *target = (line *)to;
    line a = source[0], b = source[1], c = source[2], d = source[3];
    __builtin_nontemporal_store(a, target);
    __builtin_nontemporal_store(b, target + 1);
    __builtin_nontemporal_store(c, target + 2);
    __builtin_nontemporal_store(d, target + 3);
}

/// What was streamed before is seen before anything that is stored after.
static inline void helios_stream_fence(void) {
#if defined(__x86_64__)
    __builtin_ia32_sfence();
#else
    __atomic_thread_fence(__ATOMIC_SEQ_CST);
#endif
}

/// Reserves `size` bytes of zeroed address space that cost memory only where they are touched. NULL on failure.
static inline void *helios_reserve(size_t size) {
    void *address = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (address == MAP_FAILED) return NULL;
#if defined(MADV_HUGEPAGE)
    madvise(address, size, MADV_HUGEPAGE);
#endif
    return address;
}

/// Asks the system for large pages, where it has any, behind `size` bytes at `address` that have not been touched yet.
static inline void helios_prefer_large_pages(void *address, size_t size) {
#if defined(MADV_HUGEPAGE)
    madvise(address, size, MADV_HUGEPAGE);
#endif
}

/// Makes the system find memory for the first `size` bytes at `address` now; what is there stays as it is.
static inline void helios_prefault(void *address, size_t size) {
    for (size_t offset = 0; offset < size; offset += 4096) {
        volatile unsigned char *byte = (volatile unsigned char *)address + offset;
        *byte = *byte;
    }
}

/// CRC-32C (Castagnoli) of `size` bytes, going on from `crc` (0 at the start). Uses the processor's instruction where
/// there is one.
uint32_t helios_crc32c(uint32_t crc, const void *bytes, size_t size);

/// Gives back what `helios_reserve` gave.
static inline void helios_release(void *address, size_t size) {
    munmap(address, size);
}

#endif
