// SPDX-License-Identifier: MIT
// Looking at text by the block: where a byte stands, and the sum of bytes.
#ifndef CHELIOS_TEXT_H
#define CHELIOS_TEXT_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#if defined(__SSE2__)
typedef char helios_text_lanes __attribute__((vector_size(16)));
typedef long long helios_text_halves __attribute__((vector_size(16)));
#endif

/// Where `wanted` stands in the 64 bytes at `bytes`, aligned or not: bit i is set when byte i is it.
static inline uint64_t helios_text_find(const void *bytes, uint8_t wanted) {
    uint64_t matches = 0;
#if defined(__SSE2__)
    helios_text_lanes line[4];
    memcpy(line, bytes, sizeof line);
    const char byte = (char)wanted;
    const helios_text_lanes same = {byte, byte, byte, byte, byte, byte, byte, byte,
                                    byte, byte, byte, byte, byte, byte, byte, byte};
    for (int i = 0; i < 4; i++)
        matches |= (uint64_t)(uint16_t)__builtin_ia32_pmovmskb128((helios_text_lanes)(line[i] == same)) << (16 * i);
#else
    const uint8_t *at = (const uint8_t *)bytes;
    for (int i = 0; i < 64; i++) matches |= (uint64_t)(at[i] == wanted) << i;
#endif
    return matches;
}

#if defined(__SSE2__)
static inline helios_text_halves helios_text_sum_line(const uint8_t *at) {
    const helios_text_lanes none = {0};
    helios_text_lanes line;
    memcpy(&line, at, sizeof line);
    return (helios_text_halves)__builtin_ia32_psadbw128(line, none);
}
#endif

/// The sum of `size` bytes.
static inline uint64_t helios_text_sum(const void *bytes, size_t size) {
    const uint8_t *at = (const uint8_t *)bytes;
    uint64_t sum = 0;
#if defined(__SSE2__)
    if (size >= 16) {
        helios_text_halves sums = {0, 0};
        while (size >= 64) {
            sums += (helios_text_sum_line(at) + helios_text_sum_line(at + 16)) +
                    (helios_text_sum_line(at + 32) + helios_text_sum_line(at + 48));
            at += 64;
            size -= 64;
        }
        while (size >= 16) {
            sums += helios_text_sum_line(at);
            at += 16;
            size -= 16;
        }
        // The last 16 bytes once more, without those that were counted: at least 16 there are.
        static const uint8_t kept[32] = {0,   0,   0,   0,   0,   0,   0,   0,   0,   0,   0,
                                         0,   0,   0,   0,   0,   255, 255, 255, 255, 255, 255,
                                         255, 255, 255, 255, 255, 255, 255, 255, 255, 255};
        const helios_text_lanes none = {0};
        helios_text_lanes line, mask;
        memcpy(&line, at + size - 16, sizeof line);
        memcpy(&mask, kept + size, sizeof mask);
        sums += (helios_text_halves)__builtin_ia32_psadbw128(line & mask, none);
        return (uint64_t)sums[0] + (uint64_t)sums[1];
    }
#endif
    while (size-- > 0) sum += *at++;
    return sum;
}

#endif
