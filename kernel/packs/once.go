package packs

import (
	"io/fs"
	"sync"
)

// Once gives a pack that cannot change while the program runs, as an embedded
// one cannot: it is read and checked when it is first loaded, and whoever loads
// it again is given the same. Nobody changes a Pack.
func Once(fsys fs.FS) fs.FS {
	return &once{FS: fsys, load: sync.OnceValues(func() (*Pack, error) { return load(fsys) })}
}

type once struct {
	fs.FS
	load func() (*Pack, error)
}
