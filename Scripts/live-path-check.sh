#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Instructions from a packet in memory to its order's bytes handed to the kernel, through the whole live session: no more than
# Benchmarks/live-instruction-limit.txt allows. Noise can't move it.
source "$(dirname "$0")/common.sh"
swift build -c release --product WireBenchmark
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
# Valgrind gives up on some debug information, and needs none.
objcopy --strip-debug .build/release/WireBenchmark "$folder/benchmark"
# Counted is what runs inside MoldFeed.receive: decoding, books, strategy, risk, order entry, send. Half of the packets bring
# forth an order, half its cancel.
count() {
    local instructions
    for _ in 1 2 3; do
        instructions=$(valgrind --tool=callgrind --fair-sched=yes --toggle-collect='*MoldFeedV7receive*' \
            --callgrind-out-file=/dev/null "$folder/benchmark" path "$1" 2>&1 |
            awk '/I +refs/ { gsub(",", "", $NF); print $NF }')
        # A machine so busy that a packet is not answered in time gets another chance.
        [ "${instructions:-0}" -gt "$(($1 * 1000))" ] && break
    done
    echo "$instructions"
}
small=$(count 1000)
large=$(count 3000)
each=$(((large - small) / 4000))
limit=$(cat Benchmarks/live-instruction-limit.txt)
echo "packet to order bytes: $each instructions (limit $limit)"
[ "$each" -gt 100 ] && [ "$each" -le "$limit" ] || { echo "not what Benchmarks/live-instruction-limit.txt allows" >&2; exit 1; }
