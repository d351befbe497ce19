package web

import "embed"

// Texts holds the words of the pages that the frame itself serves.
//
//go:embed text/*.toml
var Texts embed.FS
