package blobs

import (
	"context"
	"io"
	"iter"
	"os"
	"strings"
	"time"
)

// place is where stored files lie. Files are named by their address, in 256
// folders by its first two digits. What is not there is os.ErrNotExist.
type place interface {
	// keep gives the staged file its final name, durably, once.
	keep(ctx context.Context, staged *os.File, address Address) error
	size(ctx context.Context, name string) (int64, error)
	// read gives the bytes of a file from an offset on.
	read(ctx context.Context, name string, offset int64) (io.ReadCloser, error)
	remove(ctx context.Context, name string) error
	// list yields everything there, in the order of names; an error ends it.
	list(ctx context.Context) iter.Seq2[object, error]
}

// object is a file as a place lists it.
type object struct {
	name    string
	size    int64
	written time.Time
}

func (a Address) key() string { return string(a[:2]) + "/" + string(a) }

// openPlace understands a folder's path and the address of an S3 bucket.
func openPlace(ctx context.Context, where string) (place, error) {
	if !strings.Contains(where, "://") {
		return openDisk(where)
	}
	return openBucket(ctx, where)
}
