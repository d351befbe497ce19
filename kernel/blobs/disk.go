package blobs

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"iter"
	"os"
	"path/filepath"
)

// disk keeps files in a folder. Names are given by link(2), which cannot
// replace a file even when two writers race.
type disk struct{ root string }

func openDisk(root string) (disk, error) {
	if err := os.MkdirAll(root, 0o700); err != nil {
		return disk{}, fmt.Errorf("blobs: open %s: %w", root, err)
	}
	return disk{root}, nil
}

func (d disk) path(name string) string { return filepath.Join(d.root, filepath.FromSlash(name)) }

func (d disk) keep(_ context.Context, staged *os.File, address Address) error {
	if err := staged.Sync(); err != nil {
		return err
	}
	name := d.path(address.key())
	folder := filepath.Dir(name)
	if err := makeFolder(folder); err != nil {
		return err
	}
	if err := os.Link(staged.Name(), name); err != nil {
		return err
	}
	if err := syncFolder(folder); err != nil {
		return errors.Join(err, os.Remove(name))
	}
	return nil
}

func (d disk) size(_ context.Context, name string) (int64, error) {
	info, err := os.Stat(d.path(name))
	if err != nil {
		return 0, err
	}
	return info.Size(), nil
}

func (d disk) read(_ context.Context, name string, offset int64) (io.ReadCloser, error) {
	f, err := os.Open(d.path(name))
	if err != nil {
		return nil, err
	}
	if _, err := f.Seek(offset, io.SeekStart); err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return f, nil
}

func (d disk) remove(_ context.Context, name string) error { return os.Remove(d.path(name)) }

func (d disk) list(ctx context.Context) iter.Seq2[object, error] {
	return func(yield func(object, error) bool) {
		err := filepath.WalkDir(d.root, func(path string, entry fs.DirEntry, err error) error {
			if err == nil {
				err = ctx.Err()
			}
			if err != nil || entry.IsDir() {
				return err
			}
			info, err := entry.Info()
			if errors.Is(err, fs.ErrNotExist) { // removed since
				return nil
			}
			if err != nil {
				return err
			}
			name, err := filepath.Rel(d.root, path)
			if err != nil {
				return err
			}
			if !yield(object{filepath.ToSlash(name), info.Size(), info.ModTime()}, nil) {
				return fs.SkipAll
			}
			return nil
		})
		if err != nil {
			yield(object{}, err)
		}
	}
}

// makeFolder makes one folder and its name in the parent durable.
func makeFolder(folder string) error {
	err := os.Mkdir(folder, 0o700)
	if err != nil && !errors.Is(err, os.ErrExist) {
		return err
	}
	return syncFolder(filepath.Dir(folder))
}

func syncFolder(folder string) error {
	d, err := os.Open(folder)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}
