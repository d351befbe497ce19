package blobs

import (
	"bytes"
	"context"
	"crypto/sha256"
	"io"
	"os"
	"path/filepath"
	"testing"
)

const benchSize = 64 << 20

// plainCopy is the peer of Put and Open: the same bytes to a file with the same
// durability (and the same digest), in the clear.
func plainCopy(b *testing.B, data []byte, digest bool) {
	folder := b.TempDir()
	b.SetBytes(int64(len(data)))
	name := filepath.Join(folder, "plain")
	for b.Loop() {
		f, err := os.Create(name)
		if err == nil {
			var out io.Writer = f
			if digest {
				out = io.MultiWriter(sha256.New(), f)
			}
			_, err = io.CopyBuffer(struct{ io.Writer }{out}, struct{ io.Reader }{bytes.NewReader(data)}, make([]byte, chunkSize))
		}
		if err == nil {
			err = f.Sync()
		}
		if err == nil {
			err = f.Close()
		}
		if err == nil {
			err = syncFolder(folder)
		}
		if err == nil {
			err = os.Remove(name) // as the store's benchmark does
		}
		if err != nil {
			b.Fatal(err)
		}
	}
}

// video is bytes that pass for an MP4, which is only looked at by its head.
func video() []byte { return append(ftyp("isom"), boxOf("mdat", random(benchSize))...) }

func BenchmarkWrite(b *testing.B) {
	data := video()
	b.Run("plain", func(b *testing.B) { plainCopy(b, data, false) })
	b.Run("plain+digest", func(b *testing.B) { plainCopy(b, data, true) })
	b.Run("put", func(b *testing.B) {
		s := openAt(b, onDisk(b))
		b.SetBytes(int64(len(data)))
		for b.Loop() {
			info, err := s.Put(context.Background(), Offer{Subject: "s"}, bytes.NewReader(data), Limits{})
			if err == nil {
				err = s.Delete(context.Background(), info.Address)
			}
			if err != nil {
				b.Fatal(err)
			}
		}
	})
}

func BenchmarkRead(b *testing.B) {
	data := video()
	name := filepath.Join(b.TempDir(), "plain")
	if err := os.WriteFile(name, data, 0o600); err != nil {
		b.Fatal(err)
	}
	s := openAt(b, onDisk(b))
	info, err := s.Put(context.Background(), Offer{Subject: "s"}, bytes.NewReader(data), Limits{})
	if err != nil {
		b.Fatal(err)
	}
	drain := func(b *testing.B, open func() (io.ReadCloser, error)) {
		b.SetBytes(int64(len(data)))
		for b.Loop() {
			r, err := open()
			if err == nil {
				_, err = io.CopyBuffer(struct{ io.Writer }{io.Discard}, struct{ io.Reader }{r}, make([]byte, chunkSize))
			}
			if err == nil {
				err = r.Close()
			}
			if err != nil {
				b.Fatal(err)
			}
		}
	}
	b.Run("plain", func(b *testing.B) { drain(b, func() (io.ReadCloser, error) { return os.Open(name) }) })
	b.Run("open", func(b *testing.B) {
		drain(b, func() (io.ReadCloser, error) { return s.Open(context.Background(), info) })
	})
	b.Run("open-at-the-end", func(b *testing.B) {
		for b.Loop() {
			r, err := s.Open(context.Background(), info)
			if err == nil {
				_, err = r.Seek(-100, io.SeekEnd)
			}
			if err == nil {
				_, err = io.ReadAll(r)
			}
			if err == nil {
				err = r.Close()
			}
			if err != nil {
				b.Fatal(err)
			}
		}
	})
}
