#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# One small day, generated and traded by the debug and by the release build: bytes and output hash must be equal.
source "$(dirname "$0")/common.sh"
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
for mode in debug release; do
    mkdir -p "$folder/$mode"
    .build/$mode/helios generate "$folder/$mode/day.itch50" --symbols 40 --messages 200000 --seed 11 \
        --date 2026-01-05 --quiet >/dev/null
    sed -e 's|\.\./demo/|./|g' Examples/demo.yaml >"$folder/$mode/run.yaml"
    .build/$mode/helios backtest "$folder/$mode/run.yaml" --quiet --json >"$folder/$mode/summary.json"
done
cmp "$folder/debug/day.itch50" "$folder/release/day.itch50"
for file in orders.csv fills.csv equity.csv; do cmp "$folder/debug/out/$file" "$folder/release/out/$file"; done
hash() { grep -o '"output_\?[hH]ash" *: *"[^"]*"' "$folder/$1/out/summary.json"; }
[ -n "$(hash debug)" ] && [ "$(hash debug)" = "$(hash release)" ] || { echo "output hashes differ: $(hash debug) $(hash release)" >&2; exit 1; }
# A session recorded by the release build is proved by the debug build, and the other way round.
for mode in debug release; do
    .build/$mode/helios run "$folder/$mode/run.yaml" --journal "$folder/$mode/journal" \
        --snapshot-every 50000 --quiet --json >/dev/null
done
field() { grep -o "\"$1\" *: *[^,}]*" "$folder/answer.json"; }
prove() {
    .build/$1/helios replay "$folder/$2/journal" --quiet --json "${@:3}" >"$folder/answer.json"
    field outputHash | grep -q "$output" || { echo "$*: $(field outputHash) is not $output" >&2; exit 1; }
}
output=$(hash release | grep -o '[0-9a-f]\{16\}')
prove debug release
# Snapshots taken by one build are, byte for byte, the state that the other one's replay comes to.
field snapshots | grep -q '[1-9]' || { echo "no snapshot was compared" >&2; exit 1; }
prove release debug
prove debug release --from latest
prove release debug --from latest
for _ in $(seq "${REPLAYS:-100}"); do prove release release; done
echo "${REPLAYS:-100} of ${REPLAYS:-100} replays have the output hash $output; snapshot and tail too"
echo "debug and release agree: $(hash release), $(($(wc -l <"$folder/release/out/orders.csv") - 1)) orders"
