#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Everything that must hold. The test runner's closing lines come last.
source "$(dirname "$0")/common.sh"
need_toolchain
need_libraries
say "release build"
swift build -c release --product helios
say "debug build"
swift build --product helios
say "the same day gives the same bits in debug and release"
Scripts/determinism.sh
say "300 seeds of the simulator"
.build/release/helios simulate --seeds 300 --quiet
say "50 kills, 3 fences, 10 fail-overs"
KILLS=50 FENCES=3 FAILOVERS=10 Scripts/crash.sh
# What counterparties tests find; without it they say that they are skipped.
if HELIOS_PYTHON=$(Scripts/python-tools.sh); then export HELIOS_PYTHON; fi
command -v tshark >/dev/null || need_packages tshark || true
say "tests (release)"
# No test imports what is not public, so that the tests can use what was built above.
log=.build/tests.log
if ! swift test -c release --disable-testable-imports 2>&1 | tee "$log"; then
    # Among thousands of lines what failed is hard to find: once more, last.
    say "what failed"
    grep -A 4 'recorded an issue\|Fatal error\|error: ' "$log" | cut -c 1-600 | tail -n 60 >&2
    exit 1
fi
