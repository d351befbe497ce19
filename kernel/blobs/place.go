package blobs

import (
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"os"
	"path/filepath"
	"strings"

	"gocloud.dev/blob"
	"gocloud.dev/blob/fileblob"
	_ "gocloud.dev/blob/s3blob" // the s3:// scheme
)

// place is where stored files lie. Files are named by their address, in 256
// folders by its first two digits.
type place interface {
	// keep gives the staged file its final name, durably, once.
	keep(ctx context.Context, staged *os.File, address Address) error
	bucket() *blob.Bucket
	// page is how many names one listing call may return.
	page() int
}

func (a Address) key() string { return string(a[:2]) + "/" + string(a) }

// disk keeps files in a folder. Reading, listing and removing go through
// fileblob; names are given by link(2), which, unlike fileblob's check and
// rename, cannot replace a file even when two writers race.
type disk struct {
	root  string
	files *blob.Bucket
}

func openDisk(root string) (*disk, error) {
	files, err := fileblob.OpenBucket(root, &fileblob.Options{
		CreateDir: true, DirFileMode: 0o700, NoTempDir: true, Metadata: fileblob.MetadataDontWrite,
	})
	if err != nil {
		return nil, fmt.Errorf("blobs: open %s: %w", root, err)
	}
	return &disk{root: root, files: files}, nil
}

func (d *disk) bucket() *blob.Bucket { return d.files }

func (d *disk) page() int { return 1 << 20 } // fileblob walks the whole folder for each page

func (d *disk) keep(_ context.Context, staged *os.File, address Address) error {
	if err := staged.Sync(); err != nil {
		return err
	}
	name := filepath.Join(d.root, filepath.FromSlash(address.key()))
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

// remote keeps files in a bucket that makes an object visible only when it is
// complete (S3 and what speaks its protocol).
type remote struct{ objects *blob.Bucket }

func (r remote) bucket() *blob.Bucket { return r.objects }

func (r remote) page() int { return 1000 } // the most S3 gives

// partSize keeps a multipart upload below S3's 10,000 parts.
func partSize(size int64) int { return int(max(8<<20, size/9000+1)) }

func (r remote) keep(ctx context.Context, staged *os.File, address Address) error {
	size, err := staged.Seek(0, io.SeekEnd)
	if err != nil {
		return err
	}
	if _, err := staged.Seek(0, io.SeekStart); err != nil {
		return err
	}
	return r.objects.Upload(ctx, address.key(), staged, &blob.WriterOptions{
		IfNotExist: true, ContentType: "application/octet-stream",
		BufferSize: partSize(size), MaxConcurrency: 4, DisableContentTypeDetection: true,
	})
}

// openPlace understands a folder's path and the bucket URLs of gocloud.dev.
func openPlace(ctx context.Context, where string) (place, error) {
	if !strings.Contains(where, "://") {
		return openDisk(where)
	}
	objects, err := blob.OpenBucket(ctx, where)
	if err != nil {
		return nil, fmt.Errorf("blobs: open bucket: %w", err)
	}
	return remote{objects: objects}, nil
}

// names yields every name in the place, in order, one of the 256 folders
// after another, so that no listing holds more than one folder in memory.
func names(ctx context.Context, p place) iter.Seq2[*blob.ListObject, error] {
	return func(yield func(*blob.ListObject, error) bool) {
		for top, err := range listed(ctx, p, &blob.ListOptions{Delimiter: "/"}) {
			if err != nil || !top.IsDir {
				if !yield(top, err) {
					return
				}
				continue
			}
			for object, err := range listed(ctx, p, &blob.ListOptions{Prefix: top.Key}) {
				if !yield(object, err) {
					return
				}
			}
		}
	}
}

func listed(ctx context.Context, p place, opts *blob.ListOptions) iter.Seq2[*blob.ListObject, error] {
	return func(yield func(*blob.ListObject, error) bool) {
		token := blob.FirstPageToken
		for token != nil {
			objects, next, err := p.bucket().ListPage(ctx, token, p.page(), opts)
			if err != nil {
				yield(nil, err)
				return
			}
			for _, object := range objects {
				if !yield(object, nil) {
					return
				}
			}
			token = next
		}
	}
}
