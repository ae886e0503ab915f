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
swift test -c release
