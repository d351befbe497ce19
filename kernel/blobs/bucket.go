package blobs

import (
	"context"
	"fmt"
	"io"
	"iter"
	"net/http"
	"net/url"
	"os"
	"strconv"

	"github.com/minio/minio-go/v7"
	"github.com/minio/minio-go/v7/pkg/credentials"
)

// bucket keeps files in a bucket that makes an object visible only when it is
// complete (S3 and what speaks its protocol).
type bucket struct {
	*minio.Client
	name string
}

// openBucket understands s3://NAME?endpoint=URL&region=R&use_path_style=true;
// without an endpoint it is Amazon's. Credentials are those of the AWS
// variables, else of the file that they name.
func openBucket(ctx context.Context, where string) (bucket, error) {
	u, err := url.Parse(where)
	if err != nil || u.Scheme != "s3" || u.Host == "" || u.Path != "" && u.Path != "/" {
		return bucket{}, fmt.Errorf("blobs: %q is no s3://bucket", where)
	}
	host, o, err := bucketOptions(u.Query())
	if err != nil {
		return bucket{}, fmt.Errorf("blobs: %q: %w", where, err)
	}
	c, err := minio.New(host, o)
	if err != nil {
		return bucket{}, fmt.Errorf("blobs: open bucket: %w", err)
	}
	b := bucket{c, u.Host}
	if there, err := c.BucketExists(ctx, b.name); err != nil {
		return bucket{}, failure(err)
	} else if !there {
		return bucket{}, fmt.Errorf("blobs: there is no bucket %s at %s", b.name, host)
	}
	return b, nil
}

// bucketOptions reads the part of the address after the question mark. A word
// that it does not know is a mistake of whoever typed it.
func bucketOptions(q url.Values) (host string, o *minio.Options, err error) {
	o = &minio.Options{Secure: true, Region: q.Get("region"), BucketLookup: minio.BucketLookupAuto,
		Creds: credentials.NewChainCredentials([]credentials.Provider{&credentials.EnvAWS{}, &credentials.FileAWSCredentials{}})}
	host = "s3.amazonaws.com"
	for word := range q {
		switch word {
		case "region":
		case "endpoint":
			at, err := url.Parse(q.Get(word))
			if err != nil || at.Host == "" || at.Path != "" && at.Path != "/" {
				return "", nil, fmt.Errorf("the endpoint %q is no address", q.Get(word))
			}
			host, o.Secure = at.Host, at.Scheme != "http"
		case "use_path_style":
			if path, err := strconv.ParseBool(q.Get(word)); err != nil {
				return "", nil, err
			} else if path {
				o.BucketLookup = minio.BucketLookupPath
			}
		default:
			return "", nil, fmt.Errorf("%s is not known", word)
		}
	}
	return host, o, nil
}

// partSize keeps a multipart upload below S3's 10,000 parts.
func partSize(size int64) uint64 { return uint64(max(8<<20, size/9000+1)) }

func (b bucket) keep(ctx context.Context, staged *os.File, address Address) error {
	size, err := staged.Seek(0, io.SeekEnd)
	if err != nil {
		return err
	}
	if _, err := staged.Seek(0, io.SeekStart); err != nil {
		return err
	}
	// The bytes are sealed, so their signature by the protocol as well, in pieces
	// that not every server can read, adds nothing.
	o := minio.PutObjectOptions{ContentType: "application/octet-stream", PartSize: partSize(size), NumThreads: 4, DisableContentSha256: true}
	o.SetMatchETagExcept("*") // never over one that is there
	_, err = b.PutObject(ctx, b.name, address.key(), staged, size, o)
	return ofBucket(err)
}

func (b bucket) size(ctx context.Context, name string) (int64, error) {
	info, err := b.StatObject(ctx, b.name, name, minio.StatObjectOptions{})
	return info.Size, ofBucket(err)
}

func (b bucket) read(ctx context.Context, name string, offset int64) (io.ReadCloser, error) {
	var o minio.GetObjectOptions
	if offset > 0 {
		if err := o.SetRange(offset, 0); err != nil {
			return nil, err
		}
	}
	core := minio.Core{Client: b.Client}
	r, _, _, err := core.GetObject(ctx, b.name, name, o)
	return r, ofBucket(err)
}

func (b bucket) remove(ctx context.Context, name string) error {
	return ofBucket(b.RemoveObject(ctx, b.name, name, minio.RemoveObjectOptions{}))
}

func (b bucket) list(ctx context.Context) iter.Seq2[object, error] {
	return func(yield func(object, error) bool) {
		for found := range b.ListObjectsIter(ctx, b.name, minio.ListObjectsOptions{Recursive: true}) {
			if !yield(object{found.Key, found.Size, found.LastModified}, ofBucket(found.Err)) || found.Err != nil {
				return
			}
		}
	}
}

// ofBucket gives an error of a bucket as a disk would have it.
func ofBucket(err error) error {
	switch minio.ToErrorResponse(err).StatusCode {
	case http.StatusNotFound:
		return fmt.Errorf("%w: %w", os.ErrNotExist, err)
	case http.StatusPreconditionFailed, http.StatusConflict:
		return fmt.Errorf("%w: %w", os.ErrExist, err)
	}
	return err
}
