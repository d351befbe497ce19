package packs

import "embed"

// Texts holds the words of this package's faults, for kernel/text.
//
//go:embed text/*.toml
var Texts embed.FS
