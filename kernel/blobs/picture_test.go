package blobs

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"hash/crc32"
	"image"
	"image/jpeg"
	"io"
	"testing"
	"time"
)

// pngHead is a PNG whose header promises w by h pixels and that ends there.
func pngHead(w, h uint32) []byte {
	ihdr := append([]byte("IHDR"), binary.BigEndian.AppendUint32(binary.BigEndian.AppendUint32(nil, w), h)...)
	ihdr = append(ihdr, 8, 2, 0, 0, 0)
	out := binary.BigEndian.AppendUint32([]byte("\x89PNG\r\n\x1a\n"), 13)
	return binary.BigEndian.AppendUint32(append(out, ihdr...), crc32.ChecksumIEEE(ihdr))
}

// withEXIF puts an orientation, and a place that must not survive, into a JPEG.
func withEXIF(data []byte, order binary.AppendByteOrder, turn uint16) []byte {
	tiff := []byte("MM\x00*")
	if order.String() == "LittleEndian" {
		tiff = []byte("II*\x00")
	}
	tiff = order.AppendUint32(tiff, 8)
	tiff = order.AppendUint16(tiff, 2)
	tiff = append(order.AppendUint32(order.AppendUint16(order.AppendUint16(tiff, 0x010f), 2), 4), "CAM\x00"...)
	tiff = order.AppendUint32(order.AppendUint16(order.AppendUint16(tiff, 0x0112), 3), 1)
	tiff = append(order.AppendUint16(tiff, turn), 0, 0)
	body := append([]byte("Exif\x00\x00"), tiff...)
	body = append(body, "33.57N 7.58W"...)
	segment := append([]byte{0xff, 0xe1}, binary.BigEndian.AppendUint16(nil, uint16(len(body)+2))...)
	return append(append(append([]byte{}, data[:2]...), append(segment, body...)...), data[2:]...)
}

func preview(t testing.TB, data []byte, most int) (image.Image, []byte) {
	t.Helper()
	out, err := Preview(context.Background(), bytes.NewReader(data), most)
	if err != nil {
		t.Fatal(err)
	}
	img, err := jpeg.Decode(bytes.NewReader(out))
	if err != nil {
		t.Fatal(err)
	}
	return img, out
}

// colour names what a quarter looks like: r, g, b, or k for grey.
func colour(img image.Image, right, low int) byte {
	b := img.Bounds()
	r, g, bl, _ := img.At(b.Dx()*(1+2*right)/4, b.Dy()*(1+2*low)/4).RGBA()
	switch {
	case r > 2*g && r > 2*bl:
		return 'r'
	case g > 2*r && g > 2*bl:
		return 'g'
	case bl > 2*r && bl > 2*g:
		return 'b'
	}
	return 'k'
}

func TestPreviewStandsUpright(t *testing.T) {
	plain := jpegOf(t, 64, 32)
	for turn, want := range map[uint16]string{
		0: "rgbk", 1: "rgbk", 2: "grkb", 3: "kbgr", 4: "bkrg", 5: "rbgk", 6: "brkg", 7: "kgbr", 8: "gkrb", 9: "rgbk",
	} {
		for _, order := range []binary.AppendByteOrder{binary.BigEndian, binary.LittleEndian} {
			img, out := preview(t, withEXIF(plain, order, turn), 1<<20)
			got := string([]byte{colour(img, 0, 0), colour(img, 1, 0), colour(img, 0, 1), colour(img, 1, 1)})
			if got != want {
				t.Errorf("orientation %d, %v: %s, want %s", turn, order, got, want)
			}
			if sideways := turn >= 5 && turn <= 8; sideways != (img.Bounds().Dy() > img.Bounds().Dx()) {
				t.Errorf("orientation %d is %v", turn, img.Bounds())
			}
			for _, word := range []string{"Exif", "CAM", "33.57N"} {
				if bytes.Contains(out, []byte(word)) {
					t.Errorf("%q is in the screen copy", word)
				}
			}
		}
	}
}

func TestPreviewIsBounded(t *testing.T) {
	for _, c := range []struct{ w, h, most, wantW, wantH int }{
		{400, 300, 1200, 40, 30}, {400, 300, 1 << 20, 400, 300}, {3000, 2, 100, 100, 1}, {2, 3000, 100, 1, 100}, {5, 5, 0, 1, 1}, {70_000, 1, 1 << 20, 65_535, 1},
	} {
		img, _ := preview(t, pngOf(t, c.w, c.h), c.most)
		if b := img.Bounds(); b.Dx()*b.Dy() > max(1, c.most) || b.Dx() > c.wantW || b.Dy() > c.wantH || b.Dx() < c.wantW*9/10 {
			t.Errorf("%dx%d within %d: %v, want about %dx%d", c.w, c.h, c.most, b, c.wantW, c.wantH)
		}
	}
	preview(t, onePixel(t), 100)
}

func TestPreviewIsOnWhite(t *testing.T) {
	img, _ := preview(t, pngOf(t, 64, 64), 1<<20)
	if r, g, b, _ := img.At(48, 48).RGBA(); r>>8 < 100 || r>>8 > 155 || g>>8 < 100 || b>>8 < 100 {
		t.Errorf("half black on white is %d %d %d", r>>8, g>>8, b>>8)
	}
}

func TestPreviewRefuses(t *testing.T) {
	for what, c := range map[string]struct {
		data []byte
		want string
	}{
		"bomb":    {pngHead(30_000, 30_000), "blobs.too-many-pixels"},
		"cut off": {jpegOf(t, 640, 480)[:700], "blobs.broken"},
		"header":  {pngHead(30, 30), "blobs.broken"},
		"nothing": {nil, "blobs.broken"},
		"a PDF":   {[]byte("%PDF-1.7 and so on"), "blobs.no-preview"},
		"HEIC":    {heicOf(ispe(10, 10)), "blobs.no-preview"},
	} {
		if _, err := Preview(t.Context(), bytes.NewReader(c.data), 1000); key(err) != c.want {
			t.Errorf("%s: %v, want %s", what, err, c.want)
		}
	}
}

// lateCancel ends the request while the picture is being decoded.
type lateCancel struct {
	io.ReadSeeker
	left   int
	cancel func()
}

func (l *lateCancel) Read(p []byte) (int, error) {
	if l.left--; l.left == 0 {
		l.cancel()
	}
	return l.ReadSeeker.Read(p)
}

func TestPreviewEndsWithItsRequest(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	noisy := image.NewNRGBA(image.Rect(0, 0, 800, 800))
	copy(noisy.Pix, random(len(noisy.Pix)))
	var b bytes.Buffer
	if err := jpeg.Encode(&b, noisy, &jpeg.Options{Quality: 100}); err != nil {
		t.Fatal(err)
	}
	if _, err := Preview(ctx, &lateCancel{bytes.NewReader(b.Bytes()), 5, cancel}, 1000); !errors.Is(err, context.Canceled) {
		t.Errorf("%v", err)
	}
}

func TestPreviewOfAStoredPicture(t *testing.T) {
	b := openAt(t, onDisk(t))
	info, err := b.offer(t, "scene.jpg", "image/jpeg", withEXIF(jpegOf(t, 64, 32), binary.BigEndian, 6), Limits{})
	if err != nil {
		t.Fatal(err)
	}
	r := must(b.Open(t.Context(), info))(t)
	defer r.Close()
	must(Preview(t.Context(), r, 1000))(t)
	raw := b.raw(t, info.Address)
	raw[len(raw)-1] ^= 1
	b.spoil(t, info.Address.key(), raw)
	if r, err := b.Open(t.Context(), info); err == nil {
		defer r.Close()
		if _, err := Preview(t.Context(), r, 1000); key(err) != "blobs.damaged" {
			t.Errorf("a damaged file: %v", err)
		}
	}
}

// FuzzPreview gives any bytes to the decoders behind the bounds.
func FuzzPreview(f *testing.F) {
	f.Add(withEXIF(jpegOf(f, 16, 8), binary.LittleEndian, 6))
	f.Add(pngOf(f, 16, 8))
	f.Add(onePixel(f))
	f.Add([]byte("\xff\xd8\xff\xe1\x00\x00"))
	f.Fuzz(func(t *testing.T, data []byte) {
		if f, ok := formatOf(data); ok {
			if c, err := f.config(bytes.NewReader(data)); err == nil && int64(c.Width)*int64(c.Height) > 1<<20 {
				return // the bound itself has its own test; here speed matters
			}
		}
		if out, err := Preview(t.Context(), bytes.NewReader(data), 500); err == nil {
			if c, err := jpeg.DecodeConfig(bytes.NewReader(out)); err != nil || c.Width*c.Height > 500 {
				t.Errorf("%+v, %v", c, err)
			}
		}
	})
}
