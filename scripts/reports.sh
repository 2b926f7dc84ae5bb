#!/usr/bin/env bash
# Makes the committed reports anew, each by the command in its first lines. Training runs in runs/ that are finished are used as they are.
set -euo pipefail
cd "$(dirname "$0")/.."
program=.build/release/n2n-analyze

# Figures of another version would stay beside those of this one.
rm -rf reports/{demo,memorisation,memorisation_fresh,mixed_skip,verify} reports/captures/*/

trained() { # CONFIGURATION NAME: the run of a configuration, unless it is there
    [[ -e runs/$2/checkpoints/last.safetensors ]] || "$program" train --quiet --config "$1" --run-dir "runs/$2"
}
leaks() { # ARGUMENTS: leakage is an answer here, no error
    "$program" leak-test --quiet "$@" || (($? == 1 || $? == 3))
}

"$program" demo --quiet --resume --out reports/demo || (($? == 1))
for name in memorisation memorisation_fresh; do
    trained "configs/demo/$name.json" "$name"
    leaks "runs/$name" --history --out "reports/$name"
done
trained configs/demo/mixed_skip.json mixed_skip
leaks runs/mixed_skip --out reports/mixed_skip
trained configs/captures/receptacle.json receptacle
leaks runs/receptacle --out reports/captures/receptacle-leak
for data in epi_2x24x96x128 receptacle_2x512x512_counts; do
    "$program" audit --quiet "data/captures/$data.npz" --out "reports/captures/${data%%_*}-audit" || (($? == 1))
done
"$program" verify --quick --quiet --out reports/verify
