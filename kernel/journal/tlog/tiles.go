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
		data, path, err := d.read(func(p uint8) string { return layout.TilePath(uint64(t.L), uint64(t.N), p) }, t.W)
		if err != nil {
			return nil, err
		}
		if len(data) < t.W*merkle.HashSize {
			return nil, fmt.Errorf("tlog: %s holds %d hashes of %d", path, len(data)/merkle.HashSize, t.W)
		}
		out[i] = data[:t.W*merkle.HashSize]
	}
	return out, nil
}

// bundle reads the raw leaves of bundle n, which must begin with width leaves;
// more than that, and it was read from a wider file, are cut off.
func (d tileDir) bundle(n int64, width int) (leaves [][]byte, path string, err error) {
	data, path, err := d.read(func(p uint8) string { return layout.EntriesPath(uint64(n), p) }, width)
	if err != nil {
		return nil, path, err
	}
	leaves, err = splitBundle(data, width)
	if err != nil {
		return nil, path, fmt.Errorf("tlog: %s: %w", path, err)
	}
	return leaves, path, nil
}

// read tries the file for the exact width and then the full one.
func (d tileDir) read(path func(partial uint8) string, width int) ([]byte, string, error) {
	name := path(uint8(width % tileWidth))
	data, err := os.ReadFile(filepath.Join(string(d), name))
	if errors.Is(err, fs.ErrNotExist) && width < tileWidth {
		full := path(0)
		if whole, err2 := os.ReadFile(filepath.Join(string(d), full)); err2 == nil {
			return whole, full, nil
		}
	}
	if err != nil {
		return nil, name, fmt.Errorf("tlog: %s: %w", name, err)
	}
	return data, name, nil
}

// splitBundle takes the first width leaves, each after its length in two bytes.
func splitBundle(data []byte, width int) ([][]byte, error) {
	leaves := make([][]byte, 0, width)
	for len(leaves) < width {
		if len(data) < 2 {
			return nil, fmt.Errorf("ends after %d of %d leaves", len(leaves), width)
		}
		n := int(binary.BigEndian.Uint16(data))
		if len(data) < 2+n {
			return nil, fmt.Errorf("leaf %d is cut off", len(leaves))
		}
		leaves = append(leaves, data[2:2+n])
		data = data[2+n:]
	}
	return leaves, nil
}

func (d tileDir) hashes(tree merkle.Tree) merkle.HashReader { return merkle.TileHashReader(tree, d) }

// checkpoint reads the published checkpoint, unverified.
func (d tileDir) checkpoint() ([]byte, error) {
	return os.ReadFile(filepath.Join(string(d), layout.CheckpointPath))
}

// emptyRoot is the root of the tree without leaves: SHA-256 of nothing.
func emptyRoot() merkle.Hash {
	h, _ := merkle.TreeHash(0, nil)
	return h
}
