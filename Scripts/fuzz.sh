#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Fuzzes the ITCH decoder with the books, everything that reads order entry, and everything that reads FIX, with libFuzzer:
# `Scripts/fuzz.sh [SECONDS]`, 60 each without an argument, 0 = only the corpora. RUNS=10000000 counts inputs instead.
source "$(dirname "$0")/common.sh"
need_toolchain
seconds=${1:-60}
export HELIOS_FUZZ=1
found=$(mktemp -d)
trap 'rm -rf "$found"' EXIT

fuzz() {
    local product=$1 corpus=$2
    swift build -c release --scratch-path .build-fuzz --disable-default-traits --sanitize fuzzer --product "$product"
    local fuzzer=.build-fuzz/release/$product
    if [ "$seconds" = 0 ]; then
        "$fuzzer" -runs=0 "$corpus"
    else
        mkdir -p "$found/$product"
        local bound="-max_total_time=$seconds"
        [ -z "${RUNS:-}" ] || bound="-runs=$RUNS"
        "$fuzzer" "$bound" -max_len=4096 -print_final_stats=1 -artifact_prefix="$PWD/" \
            "$found/$product" "$corpus" 2>&1 | tail -n 12
    fi
}

fuzz ItchFuzzer Fuzz/corpus
fuzz OrderEntryFuzzer Fuzz/order-entry-corpus
fuzz FixFuzzer Fuzz/fix-corpus
echo "the fuzzers found nothing"
