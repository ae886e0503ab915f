#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Switches on one wrong implementation after the other and shows which seed of the simulator catches it.
# They are compiled only here: HELIOS_BUG_BANK in the environment of the build.
source "$(dirname "$0")/common.sh"
need_toolchain
export HELIOS_BUG_BANK=1
# Without what only talks to the network: nothing of it is looked at here.
swift build -c release --product helios --scratch-path .build-bugs --disable-default-traits
.build-bugs/release/helios simulate --bug all --seeds "${SEEDS:-1000}"
