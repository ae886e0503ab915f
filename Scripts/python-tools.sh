#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Third-party Python tools that tests compare with, of pinned versions, in .build/python-tools. Prints the path of their python;
# exits with 3 where they can't be had.
source "$(dirname "$0")/common.sh"
home="$PWD/.build/python-tools"
wanted="itchfeed==1.6.4 quickfix-tls==1.16.0.1rc1 simplefix==1.0.17 sbedecoder==0.1.10 dpkt==1.9.8 lxml six"
if [ "$(cat "$home/installed" 2>/dev/null)" != "$wanted" ]; then
    {
        python3 -c 'import ensurepip, venv' 2>/dev/null || need_packages python3 python3-venv
        rm -rf "$home"
        python3 -m venv "$home" && "$home/bin/pip" install --quiet --disable-pip-version-check --no-deps $wanted &&
            echo "$wanted" >"$home/installed"
    } >&2 || exit 3
fi
echo "$home/bin/python3"
