package tlog

import (
	"context"
	"errors"
	"fmt"

	"github.com/transparency-dev/tessera/api/layout"
	merkle "golang.org/x/mod/sumdb/tlog"
)

// Report is what CheckLog found to hold.
type Report struct {
	Verified        // the checkpoint, with who cosigned it
	Leaves   uint64 // read and hashed
	Bundles  int    // files of leaves
	Tiles    int    // files of hashes
}

// Damage names the first file of a log that is not what the checkpoint says.
type Damage struct {
	Path string // within the log's directory
	Says string
}

// Error names the file and what is wrong with it.
func (d *Damage) Error() string { return fmt.Sprintf("tlog: %s: %s", d.Path, d.Says) }

func damaged(path, format string, args ...any) error {
	return &Damage{Path: path, Says: fmt.Sprintf(format, args...)}
}

// CheckLog derives the whole tree of a log's latest checkpoint again from its
// leaves: signature and quorum, every bundle, every tile that the checkpoint
// needs, the root. It hands each leaf to visit, in order; visit may be nil.
// It holds one bundle and one tile per level in memory. The first file that
// is missing or altered is named by a *Damage.
func CheckLog(ctx context.Context, dir, logVKey string, policy []byte, visit func(index uint64, leaf Leaf) error) (Report, error) {
	var r Report
	raw, err := tileDir(dir).checkpoint()
	if err != nil {
		return r, damaged(layout.CheckpointPath, "%v", err)
	}
	if r.Verified, err = VerifyNote(raw, logVKey, policy); err != nil {
		return r, damaged(layout.CheckpointPath, "%v", err)
	}
	if visit == nil {
		visit = func(uint64, Leaf) error { return nil }
	}
	c := &checker{files: tileDir(dir), size: int64(r.Size), report: &r}
	for n := int64(0); n*tileWidth < c.size; n++ {
		if err := errors.Join(ctx.Err(), c.bundle(n, visit)); err != nil {
			return r, err
		}
	}
	root, err := c.root()
	if err == nil && root != r.Root {
		err = damaged(layout.CheckpointPath, "the leaves give the root %v, the checkpoint says %v", root, merkle.Hash(r.Root))
	}
	return r, err
}

// checker rebuilds the tree from left to right.
type checker struct {
	files  tileDir
	size   int64
	levels [][]merkle.Hash // of each level of tiles, the hashes of the unfinished one
	done   []int64         // of each level, how many tiles are finished
	report *Report
}

// bundle reads the leaves of one file into the tree.
func (c *checker) bundle(n int64, visit func(uint64, Leaf) error) error {
	width := int(min(tileWidth, c.size-n*tileWidth))
	raw, path, err := c.files.bundle(n, width)
	if err != nil {
		return damaged(path, "%v", err)
	}
	c.report.Bundles++
	hashes := make([]merkle.Hash, width)
	for i, text := range raw {
		hashes[i] = merkle.RecordHash(text)
	}
	if err := c.leafTile(n, hashes, path); err != nil {
		return err
	}
	for i, text := range raw {
		leaf, err := ParseLeaf(text)
		if err != nil {
			return damaged(path, "leaf %d: %v", n*tileWidth+int64(i), err)
		}
		if err := visit(c.report.Leaves, leaf); err != nil {
			return err
		}
		c.report.Leaves++
	}
	return c.put(0, hashes)
}

// leafTile compares a bundle with its tile, and where they differ asks the
// tiles above which of them was altered.
func (c *checker) leafTile(n int64, hashes []merkle.Hash, bundle string) error {
	tile, path, err := c.tile(0, n, len(hashes))
	if err != nil {
		return err
	}
	k := differ(tile, hashes)
	if k < 0 {
		return nil
	}
	if c.authentic(n) {
		return damaged(bundle, "leaf %d is not the one in the tree", n*tileWidth+int64(k))
	}
	return damaged(path, "hash %d is not that of leaf %d in %s", k, n*tileWidth+int64(k), bundle)
}

// authentic tells whether the tiles lead from leaf tile n to the signed root.
func (c *checker) authentic(n int64) bool {
	_, err := c.files.hashes(c.report.tree()).ReadHashes([]int64{merkle.StoredHashIndex(0, n*tileWidth)})
	return err == nil
}

// put adds hashes of a level whose unfinished tile has room for them.
func (c *checker) put(level int, hashes []merkle.Hash) error {
	if level == len(c.levels) {
		c.levels = append(c.levels, nil)
		c.done = append(c.done, 0)
	}
	c.levels[level] = append(c.levels[level], hashes...)
	if len(c.levels[level]) < tileWidth {
		return nil
	}
	if err := c.compare(level); err != nil {
		return err
	}
	root := treeRoot(c.levels[level])
	c.levels[level] = c.levels[level][:0]
	c.done[level]++
	return c.put(level+1, []merkle.Hash{root})
}

// compare holds a tile against the hashes that were derived; level 0 was
// held against its bundle already.
func (c *checker) compare(level int) error {
	if level == 0 {
		return nil
	}
	want := c.levels[level]
	tile, path, err := c.tile(level, c.done[level], len(want))
	if err != nil {
		return err
	}
	if k := differ(tile, want); k >= 0 {
		return damaged(path, "hash %d is not that of the tile below it", k)
	}
	return nil
}

// root compares the unfinished tiles and folds the right edge of the tree.
func (c *checker) root() (merkle.Hash, error) {
	var edge []merkle.Hash // complete subtrees, from the right and small to the left and large
	for level, hashes := range c.levels {
		if len(hashes) == 0 {
			continue
		}
		if err := c.compare(level); err != nil {
			return merkle.Hash{}, err
		}
		edge = appendEdge(edge, hashes)
	}
	if len(edge) == 0 {
		return emptyRoot(), nil
	}
	root := edge[0]
	for _, left := range edge[1:] {
		root = merkle.NodeHash(left, root)
	}
	return root, nil
}

// appendEdge adds the roots of the largest complete subtrees over hashes,
// from the right.
func appendEdge(edge, hashes []merkle.Hash) []merkle.Hash {
	for n := len(hashes); n > 0; n = len(hashes) {
		k := n & -n // the rightmost one
		edge = append(edge, treeRoot(hashes[n-k:]))
		hashes = hashes[:n-k]
	}
	return edge
}

// tile reads the first width hashes of a tile.
func (c *checker) tile(level int, n int64, width int) ([]merkle.Hash, string, error) {
	t := merkle.Tile{H: tileHeight, L: level, N: n, W: width}
	path := layout.TilePath(uint64(level), uint64(n), uint8(width%tileWidth))
	data, err := c.files.ReadTiles([]merkle.Tile{t})
	if err != nil {
		return nil, path, damaged(path, "%v", err)
	}
	c.report.Tiles++
	hashes := make([]merkle.Hash, width)
	for i := range hashes {
		hashes[i] = merkle.Hash(data[0][i*merkle.HashSize:])
	}
	return hashes, path, nil
}

// differ gives the first place where two lists of equal length differ, or -1.
func differ(a, b []merkle.Hash) int {
	for i := range a {
		if a[i] != b[i] {
			return i
		}
	}
	return -1
}

// treeRoot is the Merkle tree hash over a power of two of hashes.
func treeRoot(h []merkle.Hash) merkle.Hash {
	if len(h) == 1 {
		return h[0]
	}
	k := len(h) / 2
	return merkle.NodeHash(treeRoot(h[:k]), treeRoot(h[k:]))
}
