#!/usr/bin/env bash
# Runs the library's unit tests under AddressSanitizer: every kernel, on every instruction set that the processor has,
# at edge sizes. A read or write outside of an array, which a test may survive, ends the run.
#
#     scripts/sanitize.sh [FILTER]
#
# Stable Rust ships the sanitizer's runtime; the switch alone is unstable, hence RUSTC_BOOTSTRAP.
set -euo pipefail
cd "$(dirname "$0")/.."

host=$(rustc -vV | sed -n 's/^host: //p')
export RUSTC_BOOTSTRAP=1
export RUSTFLAGS="-Zsanitizer=address"
# With a target named, build scripts and macros are built without the sanitizer.
cargo test -p layercake --lib --target "$host" -- "$@"
