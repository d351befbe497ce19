package ui_test

import (
	"testing"

	"github.com/amana-platform/amana/kernel/text/texttest"
)

func TestTextsAreCompleteAndUsed(t *testing.T) {
	texttest.Check(t, catalogue(t), "sample.", ".")
}
