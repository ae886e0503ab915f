#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Fuzzes the ITCH decoder with the books, and everything that reads order entry, with libFuzzer: `Scripts/fuzz.sh [SECONDS]`, 60 each
# without an argument, 0 = only the corpora.
source "$(dirname "$0")/common.sh"
need_toolchain
seconds=${1:-60}
export HELIOS_FUZZ=1
found=$(mktemp -d)
trap 'rm -rf "$found"' EXIT

fuzz() {
    local product=$1 corpus=$2
    swift build -c release --scratch-path .build-fuzz --sanitize fuzzer --product "$product"
    local fuzzer=.build-fuzz/release/$product
    if [ "$seconds" = 0 ]; then
        "$fuzzer" -runs=0 "$corpus"
    else
        mkdir -p "$found/$product"
        "$fuzzer" -max_total_time="$seconds" -max_len=4096 -print_final_stats=1 -artifact_prefix="$PWD/" \
            "$found/$product" "$corpus" 2>&1 | tail -n 12
    fi
}

fuzz ItchFuzzer Fuzz/corpus
fuzz OrderEntryFuzzer Fuzz/order-entry-corpus
echo "the fuzzers found nothing"
