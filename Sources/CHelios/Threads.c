// SPDX-License-Identifier: MIT
#define _GNU_SOURCE
#include "CHeliosThreads.h"
#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

int helios_memory_lock(void) { return mlockall(MCL_CURRENT | MCL_FUTURE) < 0 ? errno : 0; }

int helios_thread_realtime(int priority) {
    struct sched_param parameters;
    memset(&parameters, 0, sizeof parameters);
    parameters.sched_priority = priority;
    return pthread_setschedparam(pthread_self(), SCHED_FIFO, &parameters);
}

#if defined(__linux__)
#include <linux/futex.h>
#include <sys/syscall.h>

int helios_thread_pin(int processor) {
    // The fixed set holds 1,024 processors.
    if (processor < 0 || processor >= CPU_SETSIZE) return EINVAL;
    cpu_set_t set;
    CPU_ZERO(&set);
    CPU_SET(processor, &set);
    return pthread_setaffinity_np(pthread_self(), sizeof set, &set);
}

int helios_thread_processor(void) { return sched_getcpu(); }

int helios_thread_name(const char *name) {
    char cut[16];
    strncpy(cut, name, sizeof cut - 1);
    cut[sizeof cut - 1] = 0;
    return pthread_setname_np(pthread_self(), cut);
}

void helios_sleep_on(uint32_t *word, uint32_t expected, int64_t nanoseconds) {
    struct timespec time = {nanoseconds / 1000000000, nanoseconds % 1000000000};
    syscall(SYS_futex, word, FUTEX_WAIT_PRIVATE, expected, &time, NULL, 0);
}

void helios_wake(uint32_t *word) { syscall(SYS_futex, word, FUTEX_WAKE_PRIVATE, 1, NULL, NULL, 0); }
#else
int helios_thread_pin(int processor) {
    (void)processor;
    return ENOTSUP;
}

int helios_thread_processor(void) { return -1; }

int helios_thread_name(const char *name) {
#if defined(__APPLE__)
    return pthread_setname_np(name);
#else
    (void)name;
    return ENOTSUP;
#endif
}

// Without a way to sleep on a word: short sleeps, between which the caller looks again.
void helios_sleep_on(uint32_t *word, uint32_t expected, int64_t nanoseconds) {
    struct timespec time = {0, nanoseconds < 100000 ? nanoseconds : 100000};
    if (__atomic_load_n(word, __ATOMIC_ACQUIRE) == expected) nanosleep(&time, NULL);
}

void helios_wake(uint32_t *word) { (void)word; }
#endif
