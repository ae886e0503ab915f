// SPDX-License-Identifier: MIT
#define _GNU_SOURCE
#include "RingReference.h"
#include <pthread.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

typedef struct {
    uint64_t words[8];
} record;

// Each end remembers how far the other was; what both touch has lines of its own.
typedef struct {
    _Alignas(128) uint64_t tail;
    _Alignas(128) uint64_t head;
    _Alignas(128) uint64_t next;
    uint64_t known_head;
    _Alignas(128) uint64_t taken;
    uint64_t known_tail;
    _Alignas(128) uint64_t mask;
    record *slots;
} ring;

static void ring_make(ring *r, uint64_t capacity) {
    memset(r, 0, sizeof *r);
    r->mask = capacity - 1;
    r->slots = aligned_alloc(128, (capacity * sizeof(record) + 127) / 128 * 128);
    memset(r->slots, 0, capacity * sizeof(record));
}

static inline int ring_push(ring *r, const record *value) {
    if (r->next - r->known_head > r->mask) {
        r->known_head = __atomic_load_n(&r->head, __ATOMIC_ACQUIRE);
        if (r->next - r->known_head > r->mask) return 0;
    }
    r->slots[r->next & r->mask] = *value;
    r->next++;
    __atomic_store_n(&r->tail, r->next, __ATOMIC_RELEASE);
    return 1;
}

static inline int ring_pop(ring *r, record *value) {
    if (r->taken == r->known_tail) {
        r->known_tail = __atomic_load_n(&r->tail, __ATOMIC_ACQUIRE);
        if (r->taken == r->known_tail) return 0;
    }
    *value = r->slots[r->taken & r->mask];
    r->taken++;
    __atomic_store_n(&r->head, r->taken, __ATOMIC_RELEASE);
    return 1;
}

static inline void rest(void) {
#if defined(__x86_64__)
    __builtin_ia32_pause();
#elif defined(__aarch64__)
    __asm__ volatile("isb" ::: "memory");
#endif
}

typedef struct {
    ring there, back;
    uint64_t count;
    int processor;
} job;

static void pin(int processor) {
#if defined(__linux__)
    if (processor < 0) return;
    cpu_set_t set;
    CPU_ZERO(&set);
    CPU_SET(processor, &set);
    pthread_setaffinity_np(pthread_self(), sizeof set, &set);
#else
    (void)processor;
#endif
}

static uint64_t now(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (uint64_t)time.tv_sec * 1000000000u + (uint64_t)time.tv_nsec;
}

static void *echo(void *argument) {
    job *work = argument;
    pin(work->processor);
    record value;
    for (uint64_t i = 0; i < work->count; i++) {
        while (!ring_pop(&work->there, &value)) rest();
        while (!ring_push(&work->back, &value)) rest();
    }
    return NULL;
}

static void *sink(void *argument) {
    job *work = argument;
    pin(work->processor);
    record value;
    uint64_t sum = 0;
    for (uint64_t i = 0; i < work->count; i++) {
        while (!ring_pop(&work->there, &value)) rest();
        sum += value.words[0];
    }
    return (void *)(uintptr_t)sum;
}

static job *job_make(uint64_t count, uint64_t capacity, int processor) {
    job *work = aligned_alloc(128, (sizeof(job) + 127) / 128 * 128);
    ring_make(&work->there, capacity);
    ring_make(&work->back, capacity);
    work->count = count;
    work->processor = processor;
    return work;
}

static void job_free(job *work) {
    free(work->there.slots);
    free(work->back.slots);
    free(work);
}

uint64_t ring_reference_there_and_back(uint64_t count, uint64_t capacity, int first, int second) {
    job *work = job_make(count, capacity, second);
    pthread_t thread;
    pin(first);
    pthread_create(&thread, NULL, echo, work);
    record value = {{0}};
    uint64_t start = now();
    for (uint64_t i = 0; i < count; i++) {
        value.words[0] = i;
        while (!ring_push(&work->there, &value)) rest();
        while (!ring_pop(&work->back, &value)) rest();
    }
    uint64_t end = now();
    pthread_join(thread, NULL);
    job_free(work);
    return end - start;
}

uint64_t ring_reference_stream(uint64_t count, uint64_t capacity, int first, int second) {
    job *work = job_make(count, capacity, second);
    pthread_t thread;
    pin(first);
    pthread_create(&thread, NULL, sink, work);
    record value = {{0}};
    uint64_t start = now();
    for (uint64_t i = 0; i < count; i++) {
        value.words[0] = i;
        while (!ring_push(&work->there, &value)) rest();
    }
    pthread_join(thread, NULL);
    uint64_t end = now();
    job_free(work);
    return end - start;
}
