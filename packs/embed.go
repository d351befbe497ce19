// Package packs holds the country packs that ship with the platform. A pack
// is a folder of TOML files; kernel/packs reads and checks it. A service may
// load another folder instead: nothing outside this one knows a country.
package packs

import (
	"embed"
	"io/fs"

	"github.com/amana-platform/amana/kernel/packs"
)

//go:embed ma
var files embed.FS

var morocco = packs.Once(folder("ma"))

// Morocco gives the reference pack, ready for kernel/packs.Load.
func Morocco() fs.FS { return morocco }

func folder(name string) fs.FS {
	sub, err := fs.Sub(files, name)
	if err != nil {
		panic("packs: " + err.Error()) // it is embedded above under this very name
	}
	return sub
}
