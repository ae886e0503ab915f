#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# The matching engine against the slow reference exchange, which uncrosses by trying every price: every byte of every event.
# Scripts/matching-soak.sh [FIRST] [COUNT] [COMMANDS]: seeds FIRST to FIRST + COUNT - 1 (1, 1000), so many commands each
# (1,000,000). Prints how many seeds were clean; fails at the end when one was not.
source "$(dirname "$0")/common.sh"
first=${1:-1}
count=${2:-1000}
export HELIOS_MATCHING_COMMANDS=${3:-1000000}
swift build -c release --build-tests
log=$(mktemp)
trap 'rm -f "$log"' EXIT
clean=0
dirty=()
for ((seed = first; seed < first + count; seed++)); do
    if HELIOS_MATCHING_SEED=$seed HELIOS_MATCHING_SEEDS=1 \
        swift test -c release --skip-build --filter MatchingModelTests >"$log" 2>&1 && grep -q "1 test case passed" "$log"; then
        clean=$((clean + 1))
    else
        dirty+=("$seed")
        grep -A40 "seed $seed, step" "$log" || cat "$log"
    fi
    [ $((seed % 10)) -eq 0 ] && echo "seed $seed: $clean clean, ${#dirty[@]} not"
done
echo "$clean of $count seeds clean, $HELIOS_MATCHING_COMMANDS commands each${dirty[*]:+; not: ${dirty[*]}}"
[ ${#dirty[@]} -eq 0 ]
