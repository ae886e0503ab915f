// SPDX-License-Identifier: MIT
// What threads need and Swift can't say: pinning, priority, sleeping on a word, copies that another thread may disturb.
#ifndef CHELIOS_THREADS_H
#define CHELIOS_THREADS_H

#include <stddef.h>
#include <stdint.h>

/// Tells the processor that the thread waits in a loop.
static inline void helios_pause(void) {
#if defined(__x86_64__)
    __builtin_ia32_pause();
#elif defined(__aarch64__)
    __asm__ volatile("isb" ::: "memory");
#endif
}

typedef uint64_t __attribute__((may_alias)) helios_word;

/// Copies words that another thread may write meanwhile: each word is whole, together they may be of two records.
static inline void helios_load_words(void *to, const void *from, size_t words) {
    for (size_t i = 0; i < words; i++)
        ((helios_word *)to)[i] = __atomic_load_n((const helios_word *)from + i, __ATOMIC_RELAXED);
}

/// Writes words that another thread may read meanwhile.
static inline void helios_store_words(void *to, const void *from, size_t words) {
    for (size_t i = 0; i < words; i++)
        __atomic_store_n((helios_word *)to + i, ((const helios_word *)from)[i], __ATOMIC_RELAXED);
}

/// Keeps the calling thread on one processor. 0, or an error number.
int helios_thread_pin(int processor);

/// The processor that the calling thread runs on, or -1.
int helios_thread_processor(void);

/// Names the calling thread, by the first 15 bytes. 0, or an error number.
int helios_thread_name(const char *name);

/// Puts the calling thread before all ordinary ones (SCHED_FIFO), 1 to 99. 0, or an error number.
int helios_thread_realtime(int priority);

/// Keeps all memory of the process in memory, now and later. 0, or an error number.
int helios_memory_lock(void);

/// Sleeps until woken while `*word` is `expected`, at most `nanoseconds`.
void helios_sleep_on(uint32_t *word, uint32_t expected, int64_t nanoseconds);

/// Wakes one thread that sleeps on `word`.
void helios_wake(uint32_t *word);

#endif
