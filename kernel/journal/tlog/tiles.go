package tlog

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/transparency-dev/tessera/api/layout"
	merkle "golang.org/x/mod/sumdb/tlog"
)

const (
	tileHeight = 8
	tileWidth  = 1 << tileHeight
)

// tileDir reads the files of a log, laid out as C2SP tlog-tiles. It is a
// merkle.TileReader, whose HashReader checks each tile against the root.
type tileDir string

// Height is that of all tiles here: 256 hashes wide.
func (tileDir) Height() int { return tileHeight }

// SaveTiles does nothing; there is no cache.
func (tileDir) SaveTiles([]merkle.Tile, [][]byte) {}

// ReadTiles reads each tile; a partial one may also be the start of a wider one.
func (d tileDir) ReadTiles(tiles []merkle.Tile) ([][]byte, error) {
	out := make([][]byte, len(tiles))
	for i, t := range tiles {
		f, err := d.read(func(p uint8) string { return layout.TilePath(uint64(t.L), uint64(t.N), p) }, t.W)
		if err != nil {
			return nil, err
		}
		if n := t.W * merkle.HashSize; len(f.data) < n || f.exact && len(f.data) > n {
			return nil, fmt.Errorf("tlog: %s holds %d bytes, not %d hashes", f.path, len(f.data), t.W)
		}
		out[i] = f.data[:t.W*merkle.HashSize]
	}
	return out, nil
}

// bundle reads the raw leaves of bundle n, which begins with width leaves; if
// they stand in the file of a wider bundle, what follows them is left out.
func (d tileDir) bundle(n int64, width int) (leaves [][]byte, path string, err error) {
	f, err := d.read(func(p uint8) string { return layout.EntriesPath(uint64(n), p) }, width)
	if err != nil {
		return nil, f.path, err
	}
	leaves, rest, err := splitBundle(f.data, width)
	if err == nil && f.exact && len(rest) > 0 {
		err = fmt.Errorf("%d bytes after the last leaf", len(rest))
	}
	if err != nil {
		return nil, f.path, fmt.Errorf("tlog: %s: %w", f.path, err)
	}
	return leaves, f.path, nil
}

// file is one file of a log; exact if it holds the width that was asked for
// and not more.
type file struct {
	path  string
	data  []byte
	exact bool
}

// read tries the file for the exact width and then the full one.
func (d tileDir) read(path func(partial uint8) string, width int) (file, error) {
	f := file{path: path(uint8(width % tileWidth)), exact: true}
	var err error
	f.data, err = os.ReadFile(filepath.Join(string(d), f.path))
	if errors.Is(err, fs.ErrNotExist) && width < tileWidth {
		if whole, err := os.ReadFile(filepath.Join(string(d), path(0))); err == nil {
			return file{path: path(0), data: whole}, nil
		}
	}
	if err != nil {
		return f, fmt.Errorf("tlog: %s: %w", f.path, err)
	}
	return f, nil
}

// splitBundle takes the first width leaves, each after its length in two bytes.
func splitBundle(data []byte, width int) (leaves [][]byte, rest []byte, err error) {
	leaves = make([][]byte, 0, width)
	for len(leaves) < width {
		if len(data) < 2 {
			return nil, nil, fmt.Errorf("ends after %d of %d leaves", len(leaves), width)
		}
		n := int(binary.BigEndian.Uint16(data))
		if len(data) < 2+n {
			return nil, nil, fmt.Errorf("leaf %d is cut off", len(leaves))
		}
		leaves = append(leaves, data[2:2+n])
		data = data[2+n:]
	}
	return leaves, data, nil
}

func (d tileDir) hashes(tree merkle.Tree) merkle.HashReader { return merkle.TileHashReader(tree, d) }

// unchecked reads hashes of a tree whose root is not known yet.
func (d tileDir) unchecked(size int64) merkle.HashReader {
	return merkle.HashReaderFunc(func(indexes []int64) ([]merkle.Hash, error) {
		out := make([]merkle.Hash, len(indexes))
		for i, index := range indexes {
			t := merkle.TileForIndex(tileHeight, index)
			t.W = int(min(tileWidth, size>>(tileHeight*t.L)-t.N*tileWidth)) // as wide as the tree makes it
			data, err := d.ReadTiles([]merkle.Tile{t})
			if err == nil {
				out[i], err = merkle.HashFromTile(t, data[0], index)
			}
			if err != nil {
				return nil, err
			}
		}
		return out, nil
	})
}

// checkpoint reads the published checkpoint, unverified.
func (d tileDir) checkpoint() ([]byte, error) {
	return os.ReadFile(filepath.Join(string(d), layout.CheckpointPath))
}

// emptyRoot is the root of the tree without leaves: SHA-256 of nothing.
func emptyRoot() merkle.Hash {
	h, _ := merkle.TreeHash(0, nil)
	return h
}
