// SPDX-License-Identifier: MIT
// The arithmetic of sliding windows, many at once, in the widest registers that the processor has.
#ifndef CHELIOS_LANES_H
#define CHELIOS_LANES_H

#include <stddef.h>
#include <stdint.h>

/// What comes and goes in up to 64 windows, and what becomes of their z-scores; a bit a window.
struct helios_lane_batch {
    /// Twice the places of the windows, from the first one on; the lowest bit is the caller's.
    int32_t entry[64];
    /// The sample that comes, the one that leaves; the latter is not a number where none does.
    double newest[64];
    double leaving[64];
    double score[64];
    /// Whether there is a z-score; whether it lies between both thresholds; whether the moments are neither worn nor
    /// infinite; whether the samples differ.
    uint64_t valid, between, sound, varied;
};

static inline void helios_lanes_put(struct helios_lane_batch *batch, size_t place, int32_t entry, double newest,
                                    double leaving) {
    batch->entry[place] = entry;
    batch->newest[place] = newest;
    batch->leaving[place] = leaving;
}

static inline int32_t helios_lanes_entry(const struct helios_lane_batch *batch, size_t place) {
    return batch->entry[place];
}

static inline double helios_lanes_score(const struct helios_lane_batch *batch, size_t place) {
    return batch->score[place];
}

/// How many numbers the processor's widest registers hold: 2, 4 (AVX2) or 8 (AVX-512).
int helios_lanes_width(void);

/// Takes samples into windows and out of them, `count` of them, `width` at a time, which is no more than
/// `helios_lanes_width()`. Beyond `count`, to the next multiple of eight, the batch names windows that may be written to.
///
/// A window is sixteen numbers from a multiple of 64 bytes on: count, origin, mean, squares, largest squares, sum, its
/// compensation, newest sample; lower and upper threshold; six more that are left alone. Each width gives the same bits.
void helios_lanes_slide(void *windows, struct helios_lane_batch *batch, size_t count, int width);

#endif
