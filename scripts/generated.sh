#!/usr/bin/env bash
# Proves that committed generated code is what the generators make today.
set -euo pipefail
cd "$(dirname "$0")/.."
before=$(mktemp) after=$(mktemp)
trap 'rm -f "$before" "$after"' EXIT
sums() { git ls-files -co --exclude-standard '*_templ.go' | sort | xargs sha256sum; }
sums >"$before"
go tool templ generate >/dev/null 2>&1
sums >"$after"
diff "$before" "$after" >/dev/null || { echo "generated code was not current; it is now: commit it" >&2; diff "$before" "$after" >&2; exit 1; }
