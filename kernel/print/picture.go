package print

import (
	"bytes"
	"fmt"
	"image"
	"image/color"
	_ "image/jpeg" // decoders of the two formats taken
	_ "image/png"

	"rsc.io/qr"

	"github.com/amana-platform/amana/kernel/fault"
	"github.com/amana-platform/amana/kernel/print/internal/pdf"
	"github.com/amana-platform/amana/kernel/print/internal/typeset"
)

// maxPixels bounds what a picture may unfold to.
const maxPixels = 50_000_000

func (m Image) set(f *frame) []box {
	if label, hide := f.job.doc.Redact[m.Mark]; hide && m.Mark != "" {
		return Blackout{Lines: 6, Label: T(label)}.set(f)
	}
	ref, w, h, err := f.job.picture(m.Data)
	if err != nil {
		f.job.fail(err)
		return nil
	}
	tall := typeset.Mm(m.Height)
	if m.Height <= 0 {
		tall = f.job.column / 3
	}
	tall = min(tall, f.job.column*85/100)
	wide := tall * typeset.Length(w) / typeset.Length(h)
	if wide > f.width {
		wide, tall = f.width, f.width*typeset.Length(h)/typeset.Length(w)
	}
	left := (f.width - wide) / 2
	out := []box{{height: tall + f.size*40/100, keep: len(m.Caption) > 0, draw: func(c *canvas, x, y typeset.Length) {
		c.image(ref, x+left, y, wide, tall)
	}}}
	if len(m.Caption) > 0 {
		out = append(out, f.lines(m.Caption, f.note(), Center)...)
	}
	return append(out, white(f.size*60/100))
}

// picture adds a picture to the file once and gives its size in pixels.
func (j *job) picture(data []byte) (pdf.Ref, int, int, error) {
	cfg, kind, err := image.DecodeConfig(bytes.NewReader(data))
	if err != nil || cfg.Width <= 0 || cfg.Height <= 0 {
		return 0, 0, 0, fault.Wrap(err, fault.Invalid, "print.image.malformed")
	}
	if cfg.Width*cfg.Height > maxPixels {
		return 0, 0, 0, fault.New(fault.TooLarge, "print.image.too-large", "pixels", maxPixels)
	}
	if ref, ok := j.pictures[string(data)]; ok {
		return ref, cfg.Width, cfg.Height, nil
	}
	ref, err := j.embed(data, kind, cfg)
	if err != nil {
		return 0, 0, 0, err
	}
	j.pictures[string(data)] = ref
	return ref, cfg.Width, cfg.Height, nil
}

const imageDict = "/Type /XObject /Subtype /Image /Width %d /Height %d /BitsPerComponent 8 /ColorSpace /%s"

// embed adds a JPEG as it is and everything else as plain rows; what is
// transparent is laid on white, which paper is.
func (j *job) embed(data []byte, kind string, cfg image.Config) (pdf.Ref, error) {
	gray := cfg.ColorModel == color.GrayModel
	if kind == "jpeg" && (gray || cfg.ColorModel == color.YCbCrModel) {
		space := "DeviceRGB"
		if gray {
			space = "DeviceGray"
		}
		if _, _, err := image.Decode(bytes.NewReader(data)); err != nil {
			return 0, fault.Wrap(err, fault.Invalid, "print.image.malformed")
		}
		return j.out.Plain(fmt.Sprintf(imageDict+" /Filter /DCTDecode", cfg.Width, cfg.Height, space), data), nil
	}
	img, _, err := image.Decode(bytes.NewReader(data))
	if err != nil {
		return 0, fault.Wrap(err, fault.Invalid, "print.image.malformed")
	}
	return j.out.Stream(fmt.Sprintf(imageDict, cfg.Width, cfg.Height, "DeviceRGB"), onWhite(img)), nil
}

func onWhite(img image.Image) []byte {
	b := img.Bounds()
	rows := make([]byte, 0, 3*b.Dx()*b.Dy())
	for y := b.Min.Y; y < b.Max.Y; y++ {
		for x := b.Min.X; x < b.Max.X; x++ {
			r, g, bl, a := img.At(x, y).RGBA()
			behind := 0xffff - a
			rows = append(rows, byte((r+behind)>>8), byte((g+behind)>>8), byte((bl+behind)>>8))
		}
	}
	return rows
}

// defaultQR is a code's side in millimetres where the caller names none.
const defaultQR = 26

func (q QR) set(f *frame) []box {
	if label, hide := f.job.doc.Redact[q.Mark]; hide && q.Mark != "" {
		return Blackout{Lines: 3, Label: T(label)}.set(f)
	}
	code, err := qr.Encode(q.Content, qr.M)
	if err != nil {
		f.job.fail(fault.Wrap(err, fault.Invalid, "print.qr.too-long"))
		return nil
	}
	side := typeset.Mm(q.Size)
	if q.Size <= 0 {
		side = typeset.Mm(defaultQR)
	}
	side = min(side, f.width)
	gap := f.size
	rest := f.width - side - gap
	var text []box
	if len(q.Caption) > 0 && rest > f.size*8 {
		text = f.in(rest, "").lines(q.Caption, f.note(), Start)
	}
	tall := max(side, stack(text))
	draw := func(c *canvas, x, y typeset.Length) {
		squares(c, code, x+f.start(0, side), y, side)
		drawAll(c, text, x+f.start(side+gap, rest), y+(tall-stack(text))/2)
	}
	out := []box{{height: tall, draw: draw}}
	if len(q.Caption) > 0 && text == nil {
		out = append(out, f.lines(q.Caption, f.note(), Center)...)
		out[0].keep = true
	}
	return append(out, white(f.size*60/100))
}

// squares draws a code on white as rectangles, one for each run of dark
// squares. Of the quiet zone of four squares (ISO/IEC 18004) two are drawn;
// what stands around leaves at least as much.
func squares(c *canvas, code *qr.Code, x, y, side typeset.Length) {
	const quiet = 2
	n := typeset.Length(code.Size + 2*quiet)
	at := func(k int) typeset.Length { return side * typeset.Length(k+quiet) / n }
	c.fill(x, y, side, side, paper)
	c.op("0 0 0 rg")
	for row := range code.Size {
		for col := 0; col < code.Size; col++ {
			end := col
			for end < code.Size && code.Black(end, row) {
				end++
			}
			if end > col {
				c.op("%s %s %s %s re", num(x+at(col)), num(c.height-y-at(row+1)), num(at(end)-at(col)), num(at(row+1)-at(row)))
				col = end
			}
		}
	}
	c.op("f")
}
