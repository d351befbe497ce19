package blobs

import (
	"bufio"
	"bytes"
	"context"
	"encoding/binary"
	"image"
	"image/color"
	"image/jpeg"
	"image/png"
	"io"
	"math"

	"github.com/amana-platform/amana/kernel/fault"
	"golang.org/x/image/draw"
	"golang.org/x/image/webp"
)

// MaxPixels is the largest picture, width times height, that is taken unless
// Limits say otherwise, and the largest that Preview decodes: 100 million,
// about 400 MB of memory while it is scaled.
const MaxPixels = 100_000_000

// picture checks dimensions before anything is decoded. The product of two
// 32-bit numbers does not overflow.
func (l Limits) picture(width, height int64) error {
	most := l.Pixels
	if most <= 0 {
		most = MaxPixels
	}
	if width <= 0 || height <= 0 || width > math.MaxInt32 || height > math.MaxInt32 {
		return broken(nil)
	}
	if width*height > most {
		return fault.New(fault.TooLarge, "blobs.too-many-pixels", "limit", most/1_000_000)
	}
	return nil
}

// format is how a kind of picture is read.
type format struct {
	config func(io.Reader) (image.Config, error)
	decode func(io.Reader) (image.Image, error)
}

// formatOf tells by the content; the global registry of package image is left
// out because any import can add to it.
func formatOf(head []byte) (format, bool) {
	switch {
	case starts("\xff\xd8\xff")(head):
		return format{jpeg.DecodeConfig, jpeg.Decode}, true
	case starts("\x89PNG\r\n\x1a\n")(head):
		return format{png.DecodeConfig, png.Decode}, true
	case riff("WEBP")(head):
		return format{webp.DecodeConfig, webp.Decode}, true
	}
	return format{}, false
}

func examinePicture(r io.ReadSeeker, info *Info, limits Limits) error {
	in := bufio.NewReaderSize(r, chunkSize)
	head, err := in.Peek(12)
	if err != nil {
		return broken(err)
	}
	f, ok := formatOf(head)
	if !ok {
		return broken(nil)
	}
	config, err := f.config(in)
	if err != nil {
		return broken(err)
	}
	if err := limits.picture(int64(config.Width), int64(config.Height)); err != nil {
		return err
	}
	info.Width, info.Height = config.Width, config.Height
	return nil
}

// previewQuality is the JPEG quality of screen copies.
const previewQuality = 85

// maxSide is the longest side a JPEG can have, in pixels.
const maxSide = 65_535

// Preview makes the screen copy of a picture: a JPEG of at most maxPixels,
// upright, on white, with nothing of the original but its pixels (no EXIF,
// no place, no camera). The original stays as it is. JPEG, PNG and WebP are
// read; other kinds give Invalid (blobs.no-preview), broken pictures Invalid
// (blobs.broken), and more than MaxPixels gives TooLarge before anything is
// decoded. The end of ctx ends the decoding.
func Preview(ctx context.Context, r io.ReadSeeker, maxPixels int) ([]byte, error) {
	picture, turn, err := decoded(ctx, r)
	if ctx.Err() != nil {
		return nil, ctx.Err()
	}
	if err != nil {
		return nil, readFault(err)
	}
	return encode(upright(scaled(picture, max(1, maxPixels)), turn))
}

// decoded goes over the file three times: for its dimensions, for its
// orientation, and, if both allow, for its pixels.
func decoded(ctx context.Context, r io.ReadSeeker) (picture image.Image, turn int, err error) {
	in, err := rewound(ctx, r)
	if err != nil {
		return nil, 0, err
	}
	head, err := in.Peek(12)
	if err != nil {
		return nil, 0, err
	}
	f, ok := formatOf(head)
	if !ok {
		return nil, 0, fault.New(fault.Invalid, "blobs.no-preview")
	}
	config, err := f.config(in)
	if err == nil {
		err = Limits{}.picture(int64(config.Width), int64(config.Height))
	}
	if err != nil {
		return nil, 0, err
	}
	if in, err = rewound(ctx, r); err != nil {
		return nil, 0, err
	}
	turn = orientation(in)
	if in, err = rewound(ctx, r); err != nil {
		return nil, 0, err
	}
	picture, err = f.decode(in)
	return picture, turn, err
}

// rewound reads from the beginning until ctx ends, which stops a decoder
// between two reads.
func rewound(ctx context.Context, r io.ReadSeeker) (*bufio.Reader, error) {
	if _, err := r.Seek(0, io.SeekStart); err != nil {
		return nil, err
	}
	return bufio.NewReaderSize(&input{ctx: ctx, r: r}, chunkSize), nil
}

// readFault keeps the faults of the store apart from those of the picture.
func readFault(err error) error {
	if f := fault.Of(err); f.Kind != fault.Internal {
		return err
	}
	return broken(err)
}

// scaled draws the picture on white, smaller if it must be.
func scaled(picture image.Image, maxPixels int) *image.RGBA {
	b := picture.Bounds()
	factor := min(1, math.Sqrt(float64(maxPixels)/(float64(b.Dx())*float64(b.Dy()))))
	side := func(n int) int { return min(maxSide, max(1, int(float64(n)*factor))) }
	w := side(b.Dx())
	h := min(side(b.Dy()), max(1, maxPixels/w))
	w = min(w, max(1, maxPixels/h))
	out := image.NewRGBA(image.Rect(0, 0, w, h))
	draw.Draw(out, out.Bounds(), image.NewUniform(color.White), image.Point{}, draw.Src)
	draw.BiLinear.Scale(out, out.Bounds(), picture, b, draw.Over, nil)
	return out
}

func encode(picture image.Image) ([]byte, error) {
	var out bytes.Buffer
	if err := jpeg.Encode(&out, picture, &jpeg.Options{Quality: previewQuality}); err != nil {
		return nil, broken(err)
	}
	return out.Bytes(), nil
}

// upright undoes an EXIF orientation (CIPA DC-008, tag 0x0112, values 1 to 8).
func upright(in *image.RGBA, turn int) *image.RGBA {
	w, h := in.Bounds().Dx(), in.Bounds().Dy()
	var from func(x, y int) (int, int)
	switch turn {
	case 2:
		from = func(x, y int) (int, int) { return w - 1 - x, y }
	case 3:
		from = func(x, y int) (int, int) { return w - 1 - x, h - 1 - y }
	case 4:
		from = func(x, y int) (int, int) { return x, h - 1 - y }
	case 5:
		from = func(x, y int) (int, int) { return y, x }
	case 6:
		from = func(x, y int) (int, int) { return y, h - 1 - x }
	case 7:
		from = func(x, y int) (int, int) { return w - 1 - y, h - 1 - x }
	case 8:
		from = func(x, y int) (int, int) { return w - 1 - y, x }
	default:
		return in
	}
	size := image.Rect(0, 0, w, h)
	if turn >= 5 {
		size = image.Rect(0, 0, h, w)
	}
	out := image.NewRGBA(size)
	for y := range size.Dy() {
		for x := range size.Dx() {
			out.SetRGBA(x, y, in.RGBAAt(from(x, y)))
		}
	}
	return out
}

// orientation finds the EXIF orientation of a JPEG; 1, upright, where there
// is none or it cannot be read.
func orientation(r io.Reader) int {
	var b [4]byte
	if _, err := io.ReadFull(r, b[:2]); err != nil || b[0] != 0xff || b[1] != 0xd8 {
		return 1
	}
	for range 64 {
		if _, err := io.ReadFull(r, b[:]); err != nil || b[0] != 0xff || b[1] == 0xda {
			return 1
		}
		segment := make([]byte, max(2, int(binary.BigEndian.Uint16(b[2:])))-2)
		if _, err := io.ReadFull(r, segment); err != nil {
			return 1
		}
		if tiff, ok := bytes.CutPrefix(segment, []byte("Exif\x00\x00")); ok && b[1] == 0xe1 {
			return orientationTag(tiff)
		}
	}
	return 1
}

// orientationTag reads tag 0x0112 of the first directory of a TIFF header.
func orientationTag(tiff []byte) int {
	var order binary.ByteOrder = binary.BigEndian
	if len(tiff) < 8 {
		return 1
	}
	if tiff[0] == 'I' {
		order = binary.LittleEndian
	}
	start := int64(order.Uint32(tiff[4:]))
	if start+2 > int64(len(tiff)) {
		return 1
	}
	entries := tiff[start+2:]
	for range order.Uint16(tiff[start:]) {
		if len(entries) < 12 {
			return 1
		}
		if v := int(order.Uint16(entries[8:])); order.Uint16(entries) == 0x0112 && v >= 1 && v <= 8 {
			return v
		}
		entries = entries[12:]
	}
	return 1
}
