#!/usr/bin/env bash
# Type-checks Examples/ against the built modules without this package's name: as another package sees them, public names alone.
set -euo pipefail
cd "$(dirname "$0")/.."

modules=.build/release/Modules
[[ -e $modules/Diagnostics.swiftmodule ]] || { echo "$modules has no Diagnostics: run make build first" >&2; exit 1; }
flags=()
for map in Sources/C* .build/checkouts/swift-numerics/Sources/_NumericsShims/include; do flags+=(-I "$map"); done
read -ra packages <<<"$(pkg-config --cflags openblas fftw3 libpng zlib cairo libcrypto)"
for flag in "${packages[@]}"; do flags+=(-Xcc "$flag"); done
swiftc -typecheck -swift-version 6 -warnings-as-errors -I "$modules" "${flags[@]}" Examples/*.swift
echo "Examples compile as another package."
