#!/usr/bin/env bash
# Documentation from what was built: DocC archives of the two libraries, each with the modules below it, manual pages, shell completions, all in .build/docs.
#
# DocC needs no dependency: the compiler's symbol graphs of the built modules go to the toolchain's docc. The manual pages come from
# swift-argument-parser's own generator, built from the checkout that the program was built with.
set -euo pipefail
cd "$(dirname "$0")/.."
out=.build/docs
swift=${SWIFT:-swift}
program=.build/release/n2n-analyze
docc=$(command -v docc || dirname "$(readlink -f "$(command -v "$swift")")")
[ -d "$docc" ] && docc=$docc/docc
[ -x "$docc" ] || { echo "docs: docc was not found beside $swift; it is part of Swift's toolchains" >&2; exit 1; }

rm -rf "$out"
mkdir -p "$out/man" "$out/completions"
includes=(-I .build/release/Modules)
for folder in Sources/C*/ .build/checkouts/swift-numerics/Sources/_NumericsShims/include; do includes+=(-I "$folder"); done
for library in cairo fftw3 hdf5 libcrypto libpng libtiff-4 openblas zlib; do
    # TIFF and HDF5 may be missing, as in the build.
    for flag in $(pkg-config --cflags $library 2>/dev/null); do includes+=(-Xcc "$flag"); done
done
target=$("$swift" -print-target-info | sed -n 's/.*"unversionedTriple": "\(.*\)".*/\1/p' | head -1)
declare -A parts=([Engine]="Tensors Formats Engine" [Diagnostics]="Tensors Formats Fields Figures Engine Diagnostics Reports Studies")
for module in Engine Diagnostics; do
    mkdir -p "$out/symbols/$module"
    for part in ${parts[$module]}; do
        "$swift" symbolgraph-extract -module-name "$part" "${includes[@]}" -target "$target" -minimum-access-level public \
            -output-dir "$out/symbols/$module"
    done
    # A name in the catalogue that no longer exists is a warning of docc, and an error here.
    "$docc" convert Sources/$module/$module.docc --additional-symbol-graph-dir "$out/symbols/$module" \
        --fallback-display-name $module --fallback-bundle-identifier n2n-analyze.$module \
        --transform-for-static-hosting --hosting-base-path $module --output-dir "$out/$module" >"$out/$module.log" 2>&1 ||
        { cat "$out/$module.log" >&2; exit 1; }
    if grep -A1 "doesn't exist at\|isn't a disambiguation" "$out/$module.log" | grep -A1 "$module.md"; then
        echo "docs: Sources/$module/$module.docc names what does not exist" >&2
        exit 1
    fi
done

"$swift" build -c release --package-path .build/checkouts/swift-argument-parser --scratch-path .build/argument-parser \
    --product generate-manual
.build/argument-parser/release/generate-manual "$program" --output-directory "$out/man" --multi-page --section 1 \
    --date "$(git log -1 --format=%cs 2>/dev/null || date +%F)"
"$program" --generate-completion-script bash >"$out/completions/n2n-analyze.bash"
"$program" --generate-completion-script zsh >"$out/completions/_n2n-analyze"
"$program" --generate-completion-script fish >"$out/completions/n2n-analyze.fish"
echo "docs: $out/Engine and $out/Diagnostics (serve $out over HTTP), $out/man, $out/completions"
