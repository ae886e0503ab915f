// SPDX-License-Identifier: MIT
#include "CHeliosLanes.h"

// A product that is not rounded before it is added gives other bits.
#pragma STDC FP_CONTRACT OFF

#define WIDTH 2
#define SLIDE slide_two
#define TARGET nothrow
#include "LaneKernel.h"

#if defined(__x86_64__)
#define WIDTH 4
#define SLIDE slide_four
#define TARGET target("avx2")
#include "LaneKernel.h"

#define WIDTH 8
#define SLIDE slide_eight
#define TARGET target("avx512f,avx512dq,avx512vl")
#include "LaneKernel.h"
#endif

int helios_lanes_width(void) {
#if defined(__x86_64__)
    if (__builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl")) return 8;
    if (__builtin_cpu_supports("avx2")) return 4;
#endif
    return 2;
}

void helios_lanes_slide(void *windows, struct helios_lane_batch *batch, size_t count, int width) {
    batch->valid = batch->between = batch->sound = batch->varied = 0;
#if defined(__x86_64__)
    if (width == 8) {
        for (size_t at = 0; at < count; at += 8) slide_eight(windows, batch, at);
        return;
    }
    if (width == 4) {
        for (size_t at = 0; at < count; at += 4) slide_four(windows, batch, at);
        return;
    }
#else
    (void)width;
#endif
    for (size_t at = 0; at < count; at += 2) slide_two(windows, batch, at);
}
