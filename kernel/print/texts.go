package print

import "embed"

// Texts holds the words of this package's faults, and of print/sign's, in the
// three languages, with the arguments that each fault gives.
//
//go:embed text/*.toml
var Texts embed.FS
