// Package packs holds the country packs that ship with the platform. A pack
// is a folder of TOML files; kernel/packs reads and checks it. A service may
// load another folder instead: nothing outside this one knows a country.
package packs

import (
	"embed"
	"io/fs"
)

//go:embed ma
var files embed.FS

// Morocco gives the reference pack, ready for kernel/packs.Load.
func Morocco() fs.FS {
	sub, err := fs.Sub(files, "ma")
	if err != nil {
		panic("packs: " + err.Error()) // the folder is embedded above under this very name
	}
	return sub
}
