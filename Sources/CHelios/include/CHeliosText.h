// SPDX-License-Identifier: MIT
// Looking at text by the block: where a byte stands, and the sum of bytes.
#ifndef CHELIOS_TEXT_H
#define CHELIOS_TEXT_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

/// What 64 bytes hold: bit i is set where byte i is the wanted one; the sum is of all 64.
typedef struct {
    uint64_t matches;
    uint64_t sum;
} helios_text_block;

/// Looks at the 64 bytes at `bytes`, aligned or not.
static inline helios_text_block helios_text_scan(const void *bytes, uint8_t wanted) {
    helios_text_block result;
#if defined(__SSE2__)
    typedef char lanes __attribute__((vector_size(16)));
    typedef long long halves __attribute__((vector_size(16)));
    lanes line[4];
    memcpy(line, bytes, sizeof line);
    const char byte = (char)wanted;
    const lanes same = {byte, byte, byte, byte, byte, byte, byte, byte, byte, byte, byte, byte, byte, byte, byte, byte};
    const lanes none = {0};
    halves sums = {0, 0};
    uint64_t matches = 0;
    for (int i = 0; i < 4; i++) {
        matches |= (uint64_t)(uint16_t)__builtin_ia32_pmovmskb128((lanes)(line[i] == same)) << (16 * i);
        sums += (halves)__builtin_ia32_psadbw128(line[i], none);
    }
    result.matches = matches;
    result.sum = (uint64_t)sums[0] + (uint64_t)sums[1];
#else
    const uint8_t *at = (const uint8_t *)bytes;
    uint64_t matches = 0, sum = 0;
    for (int i = 0; i < 64; i++) {
        matches |= (uint64_t)(at[i] == wanted) << i;
        sum += at[i];
    }
    result.matches = matches;
    result.sum = sum;
#endif
    return result;
}

/// The sum of `size` bytes.
static inline uint64_t helios_text_sum(const void *bytes, size_t size) {
    const uint8_t *at = (const uint8_t *)bytes;
    uint64_t sum = 0;
#if defined(__SSE2__)
    typedef char lanes __attribute__((vector_size(16)));
    typedef long long halves __attribute__((vector_size(16)));
    const lanes none = {0};
    halves sums = {0, 0};
    while (size >= 16) {
        lanes line;
        memcpy(&line, at, sizeof line);
        sums += (halves)__builtin_ia32_psadbw128(line, none);
        at += 16;
        size -= 16;
    }
    sum = (uint64_t)sums[0] + (uint64_t)sums[1];
#endif
    while (size-- > 0) sum += *at++;
    return sum;
}

#endif
