#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# A market day from nothing: build, generate, trade, report.
source "$(dirname "$0")/common.sh"
need_toolchain
need_libraries
say "building helios (release)"
swift build -c release --product helios
mkdir -p demo
if [ ! -f demo/day.itch50 ]; then
    say "generating a market day of 500 symbols"
    .build/release/helios generate demo/day.itch50 --date 2026-01-05
fi
say "trading 400 pairs on it"
.build/release/helios backtest Examples/demo.yaml
say "report: $PWD/demo/out/report.html"
