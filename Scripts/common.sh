# SPDX-License-Identifier: MIT
# What every script needs: the repository's root as working folder, a toolchain, the headers of zlib, libsodium and SQLite.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

say() { printf '\033[1m==> %s\033[0m\n' "$*" >&2; }

need_toolchain() {
    if ! command -v swift >/dev/null; then
        echo "Helios needs a Swift toolchain (6.2 or later): see https://www.swift.org/install" >&2
        exit 2
    fi
}

# Installs Debian packages that are missing; says what to do where that is not possible.
need_packages() {
    local missing=()
    for package in "$@"; do
        dpkg -s "$package" >/dev/null 2>&1 || missing+=("$package")
    done
    [ ${#missing[@]} -eq 0 ] && return 0
    if ! command -v apt-get >/dev/null; then
        echo "please install: ${missing[*]}" >&2
        return 0
    fi
    say "installing ${missing[*]}"
    local sudo=""
    [ "$(id -u)" -eq 0 ] || sudo="sudo"
    $sudo apt-get update -qq
    DEBIAN_FRONTEND=noninteractive $sudo apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
}

# zlib (gzip), libsodium (Ed25519) and SQLite (sweeps), with their headers.
need_libraries() {
    if [ "$(uname)" = Darwin ]; then
        brew list libsodium >/dev/null 2>&1 || echo "please install libsodium: brew install libsodium" >&2
        return 0
    fi
    [ -f /usr/include/zlib.h ] || need_packages zlib1g-dev
    [ -f /usr/include/sodium.h ] || need_packages libsodium-dev
    [ -f /usr/include/sqlite3.h ] || need_packages libsqlite3-dev
}
