// Package fonts holds the typefaces that every printed document embeds: IBM
// Plex Sans, IBM Plex Sans Arabic and IBM Plex Mono, under the SIL Open Font
// License 1.1 (OFL.txt beside this file). README.md says how the files were cut.
package fonts

import "embed"

// Files holds the TrueType files by name.
//
//go:embed *.ttf
var Files embed.FS

// License is the text of the fonts' licence, which travels with the binary.
//
//go:embed OFL.txt
var License string
