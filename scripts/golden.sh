#!/bin/sh
# Makes a golden journal of today's program beside those of earlier ones:
# cmd/amana/compose/testdata/golden/NAME.tar.gz, named by the day unless told.
# Every later program must restore, replay, verify and read it (TestGoldenJournals).
set -eu
cd "$(dirname "$0")/.."
AMANA_GOLDEN="${1:-$(date +%Y-%m-%d)}" go test -count=1 -v -run 'TestMakeGolden$' ./cmd/amana/compose
