package app

import "embed"

// Texts holds the words of alarms and of the checkpoint's page.
//
//go:embed text/*.toml
var Texts embed.FS
