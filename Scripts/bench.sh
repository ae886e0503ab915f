#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# All benchmarks. Figures are ratios to a reference measured in the same run.
source "$(dirname "$0")/common.sh"
need_toolchain
need_libraries
say "building (release)"
for product in helios FeedBenchmark BacktestBenchmark ReplayBenchmark JournalBenchmark OrderEntryBenchmark RingBenchmark WireBenchmark MatchingBenchmark VarBenchmark RiskBenchmark OrderManagerBenchmark RouterBenchmark SignalBenchmark PairScanBenchmark EngineBenchmark; do swift build -c release --product $product; done
mkdir -p demo
[ -f demo/day.itch50 ] || .build/release/helios generate demo/day.itch50 --date 2026-01-05
day=${1:-demo/day.itch50}
say "feed: walk, decode, books"
.build/release/FeedBenchmark "$day" 9
say "whole backtest, growing number of pairs"
# The day's 400 candidates, and six hundred more of the same symbols.
awk -F, 'NR == 1 { print; next } { print; have[$0] = 1; y[NR] = $1; x[NR] = $2; n++ }
    END { for (k = 1; n < 1000; k++) for (i = 2; i + k in x && n < 1000; i++) {
        pair = y[i] "," x[i + k]
        if (y[i] != x[i + k] && !(pair in have)) { print pair; have[pair] = 1; n++ } } }' \
    demo/day.itch50.pairs.csv >demo/thousand.pairs.csv
.build/release/BacktestBenchmark demo/day.itch50 demo/thousand.pairs.csv 2026-01-05 1,100,400,1000 3
say "journal: run without, run with, replay"
.build/release/ReplayBenchmark demo/day.itch50 demo/day.itch50.pairs.csv 2026-01-05 5 --directory demo
say "journal: a record at each level of durability"
.build/release/JournalBenchmark --directory demo
say "order entry messages, beside a copy of their bytes"
.build/release/OrderEntryBenchmark 9
say "FIX: read, check, write, round trip; beside QuickFIX where libquickfix-dev is installed"
if [ -f /usr/include/quickfix/Session.h ]; then export HELIOS_QUICKFIX=1; fi
swift build -c release --product FixBenchmark
.build/release/FixBenchmark
unset HELIOS_QUICKFIX
say "SBE: a packet of CME messages by generated code, beside the same by the schema"
swift build -c release --product SbeBenchmark
.build/release/SbeBenchmark Schemas/mdp3.xml
say "matching engine, four scenarios"
.build/release/MatchingBenchmark
say "value at risk after each fill, beside a computation from scratch"
.build/release/VarBenchmark
say "the risk gate with every control on, beside sums from a list of orders; a kill"
.build/release/RiskBenchmark
say "order manager: lives of a million orders"
.build/release/OrderManagerBenchmark
say "router's decision beside a sorted list; cost analysis of a million fills"
.build/release/RouterBenchmark
say "a quote until all signals of 20 pairs are computed, among 500 to 10,000 pairs"
.build/release/SignalBenchmark
say "cointegration of every pair of a panel; beside statsmodels where HELIOS_PYTHON has it"
.build/release/PairScanBenchmark
say "ring between threads, beside the same in C"
.build/release/RingBenchmark
say "packet on the wire to order on the wire, beside a C echo"
.build/release/WireBenchmark
say "bytes to order bytes at a million messages a second"
.build/release/EngineBenchmark demo/day.itch50 demo/day.itch50.pairs.csv 2026-01-05 1000000
say "fail-over: kill -9 of a primary until its standby trades, 100 times"
KILLS=0 FENCES=0 FAILOVERS=100 Scripts/crash.sh
