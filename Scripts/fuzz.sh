#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Fuzzes the ITCH decoder and the books with libFuzzer: `Scripts/fuzz.sh [SECONDS]`, 60 without an argument, 0 = only the corpus.
source "$(dirname "$0")/common.sh"
need_toolchain
seconds=${1:-60}
export HELIOS_FUZZ=1
swift build -c release --scratch-path .build-fuzz --sanitize fuzzer --product ItchFuzzer
fuzzer=.build-fuzz/release/ItchFuzzer
if [ "$seconds" = 0 ]; then
    "$fuzzer" -runs=0 Fuzz/corpus
else
    found=$(mktemp -d)
    trap 'rm -rf "$found"' EXIT
    "$fuzzer" -max_total_time="$seconds" -max_len=4096 -print_final_stats=1 -artifact_prefix="$PWD/" "$found" Fuzz/corpus 2>&1 |
        tail -n 12
fi
echo "the fuzzer found nothing"
