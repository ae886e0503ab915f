#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Real processes, real files, real signals: KILLS deaths of a primary, FENCES stopped and woken ones, FAILOVERS take-overs.
# SEED names the choices; the machine's timing is its own. STRATEGIES="market-making pca", or "all", names examples of strategies that are killed too,
# STRATEGY_KILLS times each.
source "$(dirname "$0")/common.sh"
need_toolchain
need_libraries
swift build -c release --product helios
swift build -c release --product CrashHarness
if [ "$(uname)" = Linux ]; then
    clang -shared -fPIC -O1 -o .build/crash-shim.so Benchmarks/CrashShim/crash.c -ldl
    export CRASH_SHIM=$PWD/.build/crash-shim.so
fi
harness=.build/release/CrashHarness
seed=${SEED:-1}
[ "${KILLS:-50}" -eq 0 ] || $harness kills "${KILLS:-50}" "$seed"
[ "${FENCES:-3}" -eq 0 ] || $harness fences "${FENCES:-3}" "$seed"
[ "${FAILOVERS:-10}" -eq 0 ] || $harness failovers "${FAILOVERS:-10}" "$seed"
strategies=${STRATEGIES:-}
[ "$strategies" != all ] || strategies="signals market-making momentum vwap-reversion pca basket"
for name in $strategies; do
    echo "strategy $name"
    STRATEGY=$PWD/Examples/strategies/$name.yaml $harness kills "${STRATEGY_KILLS:-10}" "$seed"
done
