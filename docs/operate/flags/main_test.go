package main

import (
	"os"
	"path/filepath"
	"testing"
)

// TestPageIsCurrent builds the program and compares the page with what it says.
func TestPageIsCurrent(t *testing.T) {
	if testing.Short() {
		t.Skip("builds the whole program")
	}
	root := filepath.Join("..", "..", "..")
	binary, err := build(t.TempDir(), root)
	if err != nil {
		t.Fatal(err)
	}
	want, err := page(binary)
	if err != nil {
		t.Fatal(err)
	}
	have, err := os.ReadFile(filepath.Join(root, pageName))
	if err != nil {
		t.Fatal(err)
	}
	if string(have) != want {
		t.Errorf("%s is not what the program says; make it again with go run ./docs/operate/flags", pageName)
	}
}
