// SPDX-License-Identifier: MIT
// Included by Lanes.c once for each width of registers: `WIDTH` numbers each, the function's name `SLIDE`, what it may use
// of the processor `TARGET`.

#define JOIN_(a, b) a##b
#define JOIN(a, b) JOIN_(a, b)
#define ROW JOIN(row, WIDTH)
#define MASK JOIN(mask, WIDTH)
#define BOOLS JOIN(bools, WIDTH)
#define HELP static inline __attribute__((always_inline, TARGET))

typedef double ROW __attribute__((ext_vector_type(WIDTH)));
typedef long MASK __attribute__((ext_vector_type(WIDTH)));
typedef _Bool BOOLS __attribute__((ext_vector_type(WIDTH)));

/// Rows become columns: blocks of one, of two, of four change places.
HELP void JOIN(turn, WIDTH)(ROW *r) {
#if WIDTH == 8
    for (int i = 0; i < 8; i += 2) {
        ROW a = r[i], b = r[i + 1];
        r[i] = __builtin_shufflevector(a, b, 0, 8, 2, 10, 4, 12, 6, 14);
        r[i + 1] = __builtin_shufflevector(a, b, 1, 9, 3, 11, 5, 13, 7, 15);
    }
    for (int i = 0; i < 8; i += i % 2 ? 3 : 1) {
        ROW a = r[i], b = r[i + 2];
        r[i] = __builtin_shufflevector(a, b, 0, 1, 8, 9, 4, 5, 12, 13);
        r[i + 2] = __builtin_shufflevector(a, b, 2, 3, 10, 11, 6, 7, 14, 15);
    }
    for (int i = 0; i < 4; i++) {
        ROW a = r[i], b = r[i + 4];
        r[i] = __builtin_shufflevector(a, b, 0, 1, 2, 3, 8, 9, 10, 11);
        r[i + 4] = __builtin_shufflevector(a, b, 4, 5, 6, 7, 12, 13, 14, 15);
    }
#elif WIDTH == 4
    for (int i = 0; i < 4; i += 2) {
        ROW a = r[i], b = r[i + 1];
        r[i] = __builtin_shufflevector(a, b, 0, 4, 2, 6);
        r[i + 1] = __builtin_shufflevector(a, b, 1, 5, 3, 7);
    }
    for (int i = 0; i < 2; i++) {
        ROW a = r[i], b = r[i + 2];
        r[i] = __builtin_shufflevector(a, b, 0, 1, 4, 5);
        r[i + 2] = __builtin_shufflevector(a, b, 2, 3, 6, 7);
    }
#else
    ROW a = r[0], b = r[1];
    r[0] = __builtin_shufflevector(a, b, 0, 2);
    r[1] = __builtin_shufflevector(a, b, 1, 3);
#endif
}

HELP uint64_t JOIN(bits, WIDTH)(MASK mask) {
    union {
        BOOLS bools;
        uint8_t byte;
    } all;
    all.bools = __builtin_convertvector(mask, BOOLS);
    return all.byte & ((1 << WIDTH) - 1);
}

/// Neumaier's sum.
HELP void JOIN(sum, WIDTH)(ROW *sum, ROW *compensation, ROW value) {
    ROW total = *sum + value;
    MASK isLarger = __builtin_elementwise_abs(*sum) >= __builtin_elementwise_abs(value);
    ROW large = isLarger ? *sum : value;
    ROW small = isLarger ? value : *sum;
    *compensation += (large - total) + small;
    *sum = total;
}

__attribute__((TARGET)) static void SLIDE(double *windows, struct helios_lane_batch *batch, size_t from) {
    double *at[WIDTH];
    ROW r[8], ends[2];
    for (int i = 0; i < WIDTH; i++) at[i] = windows + 16 * (size_t)(batch->entry[from + i] >> 1);
    for (int part = 0; part < 8; part += WIDTH) {
        for (int i = 0; i < WIDTH; i++) r[part + i] = *(const ROW *)(at[i] + part);
        JOIN(turn, WIDTH)(r + part);
    }
    ROW count = r[0], mean = r[2], squares = r[3], sum = r[5], compensation = r[6];
    const ROW origin = r[1], largest = r[4];
    const ROW newest = *(const ROW *)(batch->newest + from), gone = *(const ROW *)(batch->leaving + from);

    MASK leaves = gone == gone;
    ROW oldSum = sum, oldCompensation = compensation;
    ROW shifted = gone - origin;
    JOIN(sum, WIDTH)(&oldSum, &oldCompensation, -shifted);
    ROW oldCount = count - 1.0;
    ROW delta = shifted - mean;
    ROW oldMean = mean - delta / oldCount;
    ROW oldSquares = squares - delta * (shifted - oldMean);
    count = leaves ? oldCount : count;
    mean = leaves ? oldMean : mean;
    squares = leaves ? oldSquares : squares;
    sum = leaves ? oldSum : sum;
    compensation = leaves ? oldCompensation : compensation;

    shifted = newest - origin;
    count += 1.0;
    JOIN(sum, WIDTH)(&sum, &compensation, shifted);
    delta = shifted - mean;
    mean += delta / count;
    squares += delta * (shifted - mean);

    ROW top = squares >= largest ? squares : largest;
    ROW total = sum + compensation;
    ROW variance = (squares <= 0.0 ? (ROW)0.0 : squares) / (count - 1.0);
    ROW score = (newest - (origin + total / count)) / __builtin_elementwise_sqrt(variance);
    *(ROW *)(batch->score + from) = score;

    for (int i = 0; i < WIDTH; i++) {
        ends[0][i] = at[i][8];
        ends[1][i] = at[i][9];
    }
    // What is not finite is not itself after itself was taken from it.
    batch->valid |= JOIN(bits, WIDTH)((variance > 0.0) & (score - score == 0.0)) << from;
    batch->between |= JOIN(bits, WIDTH)((score > ends[0]) & (score < ends[1])) << from;
    batch->sound |= JOIN(bits, WIDTH)((squares >= top * 1e-4) & (squares - squares == 0.0) & (total - total == 0.0))
                    << from;
    batch->varied |= JOIN(bits, WIDTH)(squares != 0.0) << from;

    r[0] = count, r[1] = origin, r[2] = mean, r[3] = squares, r[4] = top, r[5] = sum, r[6] = compensation, r[7] = newest;
    for (int part = 0; part < 8; part += WIDTH) {
        JOIN(turn, WIDTH)(r + part);
        for (int i = 0; i < WIDTH; i++) *(ROW *)(at[i] + part) = r[part + i];
    }
}

#undef HELP
#undef BOOLS
#undef MASK
#undef ROW
#undef JOIN
#undef JOIN_
#undef SLIDE
#undef TARGET
#undef WIDTH
