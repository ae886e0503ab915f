// SPDX-License-Identifier: MIT
#include "CHelios.h"
#include <string.h>

// The reflected polynomial of RFC 3720, appendix B.4.
#define POLYNOMIAL 0x82F63B78u

static uint32_t crc_by_bits(uint32_t crc, const unsigned char *bytes, size_t size) {
    for (size_t i = 0; i < size; i++) {
        crc ^= bytes[i];
        for (int bit = 0; bit < 8; bit++) crc = (crc >> 1) ^ (POLYNOMIAL & (0u - (crc & 1)));
    }
    return crc;
}

#if defined(__x86_64__)
__attribute__((target("sse4.2"))) static uint32_t crc_by_instruction(uint32_t crc, const unsigned char *bytes,
                                                                    size_t size) {
    uint64_t state = crc;
    while (size >= 8) {
        uint64_t word;
        memcpy(&word, bytes, 8);
        state = __builtin_ia32_crc32di(state, word);
        bytes += 8;
        size -= 8;
    }
    crc = (uint32_t)state;
    while (size-- > 0) crc = __builtin_ia32_crc32qi(crc, *bytes++);
    return crc;
}
static int has_instruction(void) { return __builtin_cpu_supports("sse4.2"); }
#elif defined(__aarch64__)
__attribute__((target("crc"))) static uint32_t crc_by_instruction(uint32_t crc, const unsigned char *bytes,
                                                                 size_t size) {
    while (size >= 8) {
        uint64_t word;
        memcpy(&word, bytes, 8);
        crc = __builtin_arm_crc32cd(crc, word);
        bytes += 8;
        size -= 8;
    }
    while (size-- > 0) crc = __builtin_arm_crc32cb(crc, *bytes++);
    return crc;
}
// Every 64-bit Arm server and Apple processor since ARMv8.1 has it.
static int has_instruction(void) { return 1; }
#else
static uint32_t crc_by_instruction(uint32_t crc, const unsigned char *bytes, size_t size) {
    return crc_by_bits(crc, bytes, size);
}
static int has_instruction(void) { return 0; }
#endif

uint32_t helios_crc32c(uint32_t crc, const void *bytes, size_t size) {
    crc = ~crc;
    crc = has_instruction() ? crc_by_instruction(crc, bytes, size) : crc_by_bits(crc, bytes, size);
    return ~crc;
}
