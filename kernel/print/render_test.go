package print

import (
	"encoding/json"
	"os"
	"testing"
	"time"
)

// words is the text of the sample documents, which lives in testdata.
type words struct {
	Title, Contents, P1, P2, P3, P4, FR, QR, Stamp, Vowels string
	HeadFR                                                 []string `json:"head_fr"`
	HeadAR                                                 []string `json:"head_ar"`
	PageOf                                                 string   `json:"page_of"`
	Facts                                                  [][]string
	Columns, List, Roles, Names, H                         []string
	Rows                                                   [][]string
}

func readWords(t *testing.T) words {
	t.Helper()
	data, err := os.ReadFile("testdata/report.json")
	if err != nil {
		t.Fatal(err)
	}
	var w words
	if err := json.Unmarshal(data, &w); err != nil {
		t.Fatal(err)
	}
	return w
}

var issued = time.Date(2026, 11, 22, 10, 45, 0, 0, time.UTC)

func paragraphs(lines []string, a Align) []Block {
	var out []Block
	for _, l := range lines {
		out = append(out, Paragraph{Text: B(l), Align: a, Size: 95})
	}
	return out
}

// report is a hearing report with everything in it.
func report(w words) *Document {
	facts := Facts{}
	for i, f := range w.Facts {
		value := Ident(f[1])
		if i == 1 {
			value = Marked("name", T(f[1]))
		}
		facts = append(facts, Fact{Label: T(f[0]), Value: value})
	}
	table := Table{Columns: []Column{{Head: T(w.Columns[0])}, {Head: T(w.Columns[1]), Weight: 5}, {Head: T(w.Columns[2]), Weight: 2}, {Head: T(w.Columns[3]), Align: End}}}
	for range 9 {
		for _, r := range w.Rows {
			table.Rows = append(table.Rows, []Text{T(r[0]), T(r[1]), T(r[2]), Ident(r[3])})
		}
	}
	hearing := Paragraph{Align: Justified, Text: Join(T(w.P1), Ident("JB123456"), T(w.P2), Ident("12345-\u0623-6"), T(w.P3), Ident("y.benali@example.ma"), T(w.P4))}
	rights := List{Ordered: true}
	for _, l := range w.List {
		rights.Items = append(rights.Items, T(l))
	}
	return &Document{
		ID: "2026/DPJ-AGA/000123", Title: w.Title, Author: w.HeadFR[1], Lang: "ar", Created: issued, Size: A4,
		PageOf: w.PageOf, Header: Band{Start: T(w.Title), End: Ident("2026/DPJ-AGA/000123")}, Footer: Band{Start: Ident("JRN-5C1E-99A0")},
		Stamps: []Stamp{{Text: T(w.Stamp), Framed: true}},
		Blocks: []Block{
			Bilingual{Langs: [2]string{"ar", "fr"}, Rows: [][2][]Block{{paragraphs(w.HeadAR, Center), paragraphs(w.HeadFR, Center)}}},
			Rule{}, Heading{Text: T(w.Title)}, facts, Contents{Title: T(w.Contents)},
			Heading{Level: 1, Text: T(w.H[0])}, hearing, Paragraph{Text: T(w.Vowels)},
			Framed{Blocks: []Block{Heading{Level: 2, Text: T(w.H[2])}, rights}},
			Heading{Level: 1, Text: T(w.H[1])}, table,
			Section{Lang: "fr", Blocks: []Block{Heading{Level: 1, Text: T(w.H[3])}, Paragraph{Text: T(w.FR), Align: Justified}}},
			Signatures{{Role: T(w.Roles[0]), Name: T(w.Names[0])}, {Role: T(w.Roles[1]), Name: T(w.Names[1])}},
			QR{Content: "https://amana.example/p/5c1e99a0#k=0123456789abcdef0123456789abcdef", Caption: T(w.QR)},
		},
	}
}

func TestRenderIsDeterministic(t *testing.T) {
	w := readWords(t)
	first, err := Render(report(w), Attachment{Name: "proof.json", MIME: "application/json", Data: []byte(`{"a":1}`)})
	if err != nil {
		t.Fatal(err)
	}
	second, err := Render(report(w), Attachment{Name: "proof.json", MIME: "application/json", Data: []byte(`{"a":1}`)})
	if err != nil {
		t.Fatal(err)
	}
	if string(first) != string(second) {
		t.Error("equal documents gave different bytes")
	}
	if dir := os.Getenv("PRINT_KEEP"); dir != "" {
		if err := os.WriteFile(dir+"/report.pdf", first, 0o644); err != nil {
			t.Fatal(err)
		}
	}
}
