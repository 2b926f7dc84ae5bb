#!/usr/bin/env bash
# Fails when a Markdown file of the project links to a file that is not there. Links to other sites are
# not followed, and fixtures are left alone.
set -euo pipefail
cd "$(dirname "$0")/.."

broken=0
while IFS= read -r -d '' page; do
    while IFS= read -r target; do
        [[ -e "$(dirname "$page")/$target" ]] && continue
        echo "$page: links to $target, which is not there" >&2
        broken=1
    done < <(grep -oE '\]\([^)# ]+' "$page" | sed 's/^](//' | grep -vE '^[a-z]+:')
done < <(git ls-files -z -- '*.md' ':!Tests/Fixtures')
exit "$broken"
