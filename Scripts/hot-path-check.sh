#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Facts about the path from bytes to books that noise can't move: it calls neither the allocator nor the reference
# counter, and it takes no more instructions a message than Benchmarks/instruction-limit.txt allows. The same for the matching
# engine's instructions a command, by Benchmarks/matching-instruction-limit.txt, and for reading, checking and writing FIX messages, by
# Benchmarks/fix-instruction-limit.txt, and for a quote of 20 pairs in the signal engine, by Benchmarks/signal-instruction-limit.txt.
source "$(dirname "$0")/common.sh"
swift build -c release --product FeedBenchmark
swift build -c release --product helios
benchmark=.build/release/FeedBenchmark
helios=.build/release/helios

# 1. Calls. The loops are the functions named; what they call in turn is checked by the test with the malloc probe.
hot='ItchDecoder.*(decodeFrames|decodeRun|decodeBookMessages)|BookSet.*(apply|add|remove|reduce|replace|enqueue|dequeue|openLevel|closeLevel|unlist)'
found=$(objdump -d --no-show-raw-insn "$benchmark" | awk -v hot="$hot" '
    /^[0-9a-f]+ <.*>:$/ { inside = ($0 ~ hot) && ($0 !~ /applyOther|description|WOb|WOh/); name = $2; seen += inside; next }
    inside && /call/ && /swift_retain|swift_release|swift_allocObject|swift_beginAccess|swift_isUniquelyReferenced|swift_once|malloc/ { print name, $NF; bad++ }
    END { if (!seen) { print "no hot function was found in the binary"; } }')
if [ -n "$found" ]; then
    echo "calls on the hot path:" >&2
    echo "$found" >&2
    exit 1
fi
echo "bytes to books: no allocation, no reference counting, no exclusivity checks"

# 2. Instructions a message: two days of different length, so that what is paid once cancels out.
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
# Valgrind gives up on some debug information, and needs none.
objcopy --strip-debug "$benchmark" "$folder/benchmark"
count() {
    "$helios" generate "$folder/$1.itch50" --symbols 100 --messages "$1" --seed 5 --date 2026-01-05 --quiet >/dev/null
    local messages instructions
    messages=$("$benchmark" "$folder/$1.itch50" walk | tr -dc '0-9 ,' | cut -d, -f1 | tr -d ' ')
    instructions=$(valgrind --tool=cachegrind --cache-sim=no --cachegrind-out-file=/dev/null \
        "$folder/benchmark" "$folder/$1.itch50" books 2>&1 | awk '/I +refs/ { gsub(",", "", $NF); print $NF }')
    echo "$messages $instructions"
}
read -r small_messages small < <(count 300000)
read -r large_messages large < <(count 900000)
each=$(((large - small) / (large_messages - small_messages)))
limit=$(cat Benchmarks/instruction-limit.txt)
echo "bytes to books: $each instructions a message (limit $limit)"
[ "$each" -le "$limit" ] || { echo "more than Benchmarks/instruction-limit.txt allows" >&2; exit 1; }

# 3. Instructions a command: making the commands and running them, less making them.
swift build -c release --product MatchingBenchmark
objcopy --strip-debug .build/release/MatchingBenchmark "$folder/matching"
matching() {
    valgrind --tool=cachegrind --cache-sim=no --cachegrind-out-file=/dev/null "$folder/matching" "$1" 200000 "$2" 2>&1 |
        awk '/I +refs/ { gsub(",", "", $NF); print $NF }'
}
while read -r scenario limit; do
    each=$((($(matching engine "$scenario") - $(matching stream "$scenario")) / 200000))
    echo "matching, $scenario: $each instructions a command (limit $limit)"
    [ "$each" -le "$limit" ] || { echo "more than Benchmarks/matching-instruction-limit.txt allows" >&2; exit 1; }
done <Benchmarks/matching-instruction-limit.txt

# 4. Instructions a FIX message: the difference of two counts, so that what is paid once cancels out.
swift build -c release --product FixBenchmark
objcopy --strip-debug .build/release/FixBenchmark "$folder/fix"
fix() {
    valgrind --tool=cachegrind --cache-sim=no --cachegrind-out-file=/dev/null "$folder/fix" count "$1" "$2" 2>&1 |
        awk '/I +refs/ { gsub(",", "", $NF); print $NF }'
}
while read -r work limit; do
    each=$((($(fix "$work" 20000) - $(fix "$work" 10000)) / 10000))
    echo "FIX, $work: $each instructions a message (limit $limit)"
    [ "$each" -le "$limit" ] || { echo "more than Benchmarks/fix-instruction-limit.txt allows" >&2; exit 1; }
done <Benchmarks/fix-instruction-limit.txt

# 5. Instructions a quote, of 20 pairs with a z-score and a rule each: windows computed together, and node by node.
swift build -c release --product SignalBenchmark
objcopy --strip-debug .build/release/SignalBenchmark "$folder/signal"
signal() {
    valgrind --tool=cachegrind --cache-sim=no --cachegrind-out-file=/dev/null "$folder/signal" count "$1" "$2" 2>&1 |
        awk '/I +refs/ { gsub(",", "", $NF); print $NF }'
}
while read -r way limit; do
    each=$((($(signal "$way" 40000) - $(signal "$way" 20000)) / 20000))
    echo "signals, $way: $each instructions a quote (limit $limit)"
    [ "$each" -gt 100 ] && [ "$each" -le "$limit" ] || { echo "not what Benchmarks/signal-instruction-limit.txt allows" >&2; exit 1; }
done <Benchmarks/signal-instruction-limit.txt
