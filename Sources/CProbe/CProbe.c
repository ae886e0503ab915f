// SPDX-License-Identifier: MIT
#define _GNU_SOURCE
#include "CProbe.h"

#include <stddef.h>

#if defined(__linux__) && defined(__GLIBC__)
#include <dlfcn.h>
#include <errno.h>
#include <execinfo.h>

extern void *__libc_malloc(size_t);
extern void *__libc_calloc(size_t, size_t);
extern void *__libc_realloc(void *, size_t);
extern void *__libc_memalign(size_t, size_t);
extern void __libc_free(void *);

static __thread int listening;
static __thread probe_counts counts;
static __thread void *first[32];
static __thread int first_depth;

static void note(uint64_t *counter) {
    *counter += 1;
    if (first_depth) return;
    // The walk itself may allocate once: it is not the caller's doing.
    listening = 0;
    first_depth = backtrace(first, 32);
    listening = 1;
}

void probe_begin(void) {
    void *warm[2];
    backtrace(warm, 2);
    counts = (probe_counts){0, 0, 0, 0};
    first_depth = 0;
    listening = 1;
}

probe_counts probe_end(void) {
    listening = 0;
    return counts;
}

int probe_first(void **addresses, int capacity) {
    int depth = first_depth < capacity ? first_depth : capacity;
    for (int index = 0; index < depth; index++) addresses[index] = first[index];
    return depth;
}

int probe_is_available(void) { return 1; }

void *malloc(size_t size) {
    if (listening) note(&counts.allocations);
    return __libc_malloc(size);
}

void *calloc(size_t count, size_t size) {
    if (listening) note(&counts.allocations);
    return __libc_calloc(count, size);
}

void *realloc(void *memory, size_t size) {
    if (listening) note(&counts.allocations);
    return __libc_realloc(memory, size);
}

void *memalign(size_t alignment, size_t size) {
    if (listening) note(&counts.allocations);
    return __libc_memalign(alignment, size);
}

void *aligned_alloc(size_t alignment, size_t size) {
    if (listening) note(&counts.allocations);
    return __libc_memalign(alignment, size);
}

int posix_memalign(void **memory, size_t alignment, size_t size) {
    if (alignment < sizeof(void *) || (alignment & (alignment - 1)) != 0) return EINVAL;
    if (listening) note(&counts.allocations);
    void *result = __libc_memalign(alignment, size);
    if (result == NULL) return ENOMEM;
    *memory = result;
    return 0;
}

void free(void *memory) {
    if (listening && memory) note(&counts.frees);
    __libc_free(memory);
}

// The runtime promises its callers that some registers survive; this convention promises more, so it fits either way.
#if defined(__clang__) && defined(__x86_64__)
#define KEEPS_REGISTERS __attribute__((preserve_most))
#else
#define KEEPS_REGISTERS
#endif

typedef void *(*retain_function)(void *);
typedef void (*release_function)(void *);
static retain_function next_retain;
static release_function next_release;

KEEPS_REGISTERS void *swift_retain(void *object) {
    if (listening) note(&counts.retains);
    retain_function next = __atomic_load_n(&next_retain, __ATOMIC_RELAXED);
    if (!next) {
        next = (retain_function)dlsym(RTLD_NEXT, "swift_retain");
        __atomic_store_n(&next_retain, next, __ATOMIC_RELAXED);
    }
    return next(object);
}

KEEPS_REGISTERS void swift_release(void *object) {
    if (listening) note(&counts.releases);
    release_function next = __atomic_load_n(&next_release, __ATOMIC_RELAXED);
    if (!next) {
        next = (release_function)dlsym(RTLD_NEXT, "swift_release");
        __atomic_store_n(&next_release, next, __ATOMIC_RELAXED);
    }
    next(object);
}

#else

void probe_begin(void) {}
probe_counts probe_end(void) { return (probe_counts){0, 0, 0, 0}; }
int probe_first(void **addresses, int capacity) { return 0; }
int probe_is_available(void) { return 0; }

#endif
