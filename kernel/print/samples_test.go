package print

import (
	"bytes"
	"encoding/json"
	"image"
	"image/color"
	"image/png"
	"os"
	"strings"
	"testing"
)

// forms is the text of the smaller samples.
type forms struct {
	TitleAR   string     `json:"title_ar"`
	TitleFR   string     `json:"title_fr"`
	TitleTag  string     `json:"title_tag"`
	FactsAR   [][]string `json:"facts_ar"`
	FactsFR   [][]string `json:"facts_fr"`
	FactsEN   [][]string `json:"facts_en"`
	NoteAR    string     `json:"note_ar"`
	NoteFR    string     `json:"note_fr"`
	LabelAR   string     `json:"label_ar"`
	LabelSeal string     `json:"label_seal"`
	LabelWhat string     `json:"label_what"`
	LabelCase string     `json:"label_case"`
	LabelBy   string     `json:"label_by"`
	StampFR   string     `json:"stamp_fr"`
	StampID   string     `json:"stamp_id"`
	PageFR    string     `json:"page_fr"`
	Photo, Witness, Name, Address, Second, Ground,
	End, Heading, Sub, Annex, Long string
	List []string
}

func load(t testing.TB, file string, into any) {
	t.Helper()
	data, err := os.ReadFile("testdata/" + file)
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(data, into); err != nil {
		t.Fatal(err)
	}
}

func readForms(t testing.TB) forms {
	var f forms
	load(t, "receipt.json", &f)
	return f
}

// factsOf makes facts; a value that begins with # is an identifier.
func factsOf(rows [][]string) Facts {
	var out Facts
	for _, r := range rows {
		value := T(r[1])
		if id, ok := strings.CutPrefix(r[1], "#"); ok {
			value = Ident(id)
		}
		out = append(out, Fact{T(r[0]), value})
	}
	return out
}

const proofText = "https://amana.example/p/5c1e99a0#k=0123456789abcdef0123456789abcdef0123456789abcdef"

// receipt is an A5 receipt in two languages side by side and a third below.
func receipt(t testing.TB) *Document {
	f, w := readForms(t), readWords(t)
	return &Document{
		ID: "2026/D3-AGA/004512", Title: f.TitleFR, Author: w.HeadFR[1], Lang: "ar", Created: issued, Size: A5,
		Footer: Band{Start: Ident("2026/D3-AGA/004512")}, PageOf: w.PageOf,
		Blocks: []Block{
			Bilingual{Langs: [2]string{"fr", "ar"}, Rows: [][2][]Block{{paragraphs(w.HeadFR, Center), paragraphs(w.HeadAR, Center)}}},
			Rule{}, Heading{Text: T(f.TitleAR)}, Section{Lang: "fr", Blocks: []Block{Paragraph{Text: B(f.TitleFR), Align: Center}}},
			Bilingual{Langs: [2]string{"ar", "fr"}, Rows: [][2][]Block{{{factsOf(f.FactsAR)}, {factsOf(f.FactsFR)}}}},
			Section{Lang: "en", Blocks: []Block{Paragraph{Text: B(f.TitleTag)}, factsOf(f.FactsEN)}},
			Framed{Blocks: []Block{QR{Content: proofText, Size: 30, Caption: T(f.NoteAR)}}},
			Section{Lang: "fr", Blocks: []Block{Paragraph{Text: T(f.NoteFR), Small: true}}},
		},
	}
}

// label is a 62 mm exhibit label.
func label(t testing.TB) *Document {
	f := readForms(t)
	return &Document{
		ID: f.LabelSeal, Title: f.LabelSeal, Lang: "ar", Created: issued, Size: Label,
		Blocks: []Block{
			Paragraph{Text: Join(B(f.LabelAR+" "), Ident(f.LabelSeal)), Size: 110},
			QR{Content: proofText, Size: 22, Caption: Join(T(f.LabelWhat+"\n"+f.LabelBy+"\n"), Ident(f.LabelCase))},
		},
	}
}

// photograph is a picture with a gradient and a dark shape, half transparent.
func photograph(t testing.TB) []byte {
	img := image.NewNRGBA(image.Rect(0, 0, 320, 200))
	for y := range 200 {
		for x := range 320 {
			c := color.NRGBA{uint8(x * 255 / 320), uint8(120 + y/2), 160, 255}
			if (x-160)*(x-160)+(y-100)*(y-100) < 60*60 {
				c.A = 90
			}
			img.SetNRGBA(x, y, c)
		}
	}
	var b bytes.Buffer
	if err := png.Encode(&b, img); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// dossier is a French document with everything that can be hidden.
func dossier(t testing.TB, profile Redaction) *Document {
	f := readForms(t)
	hearing := Join(T(f.Witness), Marked("witness", T(f.Name)), Marked("witness", T(f.Address)), Marked("witness", B(f.Second)), T(f.End))
	table := Table{Columns: []Column{{Head: T("N°")}, {Head: T("Objet"), Weight: 6}, {Head: T("Date")}}}
	for i, item := range f.List {
		table.Rows = append(table.Rows, []Text{Ident(string(rune('1' + i))), T(item), T("22/11/2026")})
	}
	list := List{}
	for _, item := range f.List {
		list.Items = append(list.Items, T(item))
	}
	return &Document{
		ID: "2026/DPJ-AGA/000123", Title: f.Heading, Lang: "fr", Created: issued, Size: A4, Redact: profile,
		PageOf: f.PageFR, Header: Band{Start: T(f.Heading), End: Ident("2026/DPJ-AGA/000123")},
		Stamps: []Stamp{{Text: T(f.StampFR), Framed: true}, {Text: T(f.StampID)}},
		Blocks: []Block{
			Heading{Text: T(f.Heading)}, Contents{},
			Heading{Level: 1, Text: Join(T("1. "+f.Heading+" "), Marked("witness", T(f.Name)))},
			Paragraph{Text: hearing, Align: Justified},
			Heading{Level: 2, Text: T(f.Sub)},
			Paragraph{Text: T(f.Long), Align: Justified},
			Image{Data: photograph(t), Height: 60, Caption: T(f.Photo), Mark: "photo"},
			Blackout{Lines: 3, Label: T(f.Ground)},
			PageBreak{}, Heading{Level: 1, Text: T("2. " + f.Annex)}, list, table,
			Signatures{{Role: T("OPJ"), Name: T("S. AMZIANE"), Note: T(f.Annex)}, {Role: T(f.Witness), Name: Marked("witness", T(f.Name))}, {Role: T("Greffier")}},
			QR{Content: proofText, Caption: T(f.NoteFR)},
		},
	}
}

// samples are the documents that are looked at.
func samples(t testing.TB) map[string]*Document {
	return map[string]*Document{
		"report": report(readWords(t)), "receipt": receipt(t), "label": label(t),
		"dossier": dossier(t, nil), "redacted": dossier(t, Redaction{"witness": "CPP 82-6", "photo": ""}),
	}
}
