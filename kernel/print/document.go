package print

import "time"

// Size is a sheet in millimetres. Height 0 is a roll: the sheet is as long as
// what stands on it.
type Size struct {
	Width, Height int
	Margin        int // on all four sides
	Text          int // size of running text in tenths of a point
}

// The sheets in use.
var (
	A4    = Size{Width: 210, Height: 297, Margin: 20, Text: 105} // reports and dossiers
	A5    = Size{Width: 148, Height: 210, Margin: 12, Text: 90}  // receipts
	Label = Size{Width: 62, Height: 0, Margin: 3, Text: 70}      // exhibits, on a 62 mm roll
)

// Document is what is printed. Every word in it comes from the caller's texts;
// equal documents give equal bytes.
type Document struct {
	ID      string    // the record's number or identifier, kept in the metadata
	Title   string    // shown in the reader's title bar; not printed by itself
	Author  string    // the service
	Lang    string    // "ar", "fr" or "en": direction and language of what does not say otherwise
	Created time.Time // the date in the metadata; not read from a clock
	Size    Size
	Header  Band   // above each page but the first
	Footer  Band   // below each page
	PageOf  string // "{page}" and "{pages}" are filled in; stands at the end of the footer
	Stamps  []Stamp
	Redact  Redaction
	Blocks  []Block
}

// Redaction is a profile: which marks are hidden, and what the bar in their
// place says (the legal ground; may be empty). What a mark covers is taken out
// before anything is set, so it is in no byte of the file. Title, ID, Author and
// attachments are the caller's to choose for the profile.
type Redaction map[string]string

// Band is a line at the head or foot of a page.
type Band struct{ Start, Middle, End Text }

// Stamp is a line in the outer margin of each page, read upwards: "copy", a
// document's number, a warning. Framed draws a box around it.
type Stamp struct {
	Text   Text
	Framed bool
}

// Align says where a paragraph's lines stand; Start is the side on which its
// language begins.
type Align int

// The alignments.
const (
	Start Align = iota
	Center
	End
	Justified
)

// Block is one part of a document, from top to bottom.
type Block interface{ set(f *frame) []box }

// Heading is a title of level 1, 2 or 3, listed in Contents and among the
// reader's bookmarks. Level 0 is the document's own title: centred, not listed.
type Heading struct {
	Level int
	Text  Text
}

// Paragraph is running text.
type Paragraph struct {
	Text  Text
	Align Align
	Size  int  // in tenths of a point; 0 for the sheet's
	Small bool // notes
}

// Fact is a label and its value.
type Fact struct{ Label, Value Text }

// Facts are set in two columns, labels first.
type Facts []Fact

// Column is a column of a table; Weight is its share of the width that is left
// when each has what its longest word needs. 0 is no share; if all are 0, all share alike.
type Column struct {
	Head   Text
	Weight int
	Align  Align
}

// Table is set in the direction of its language: in Arabic the first column
// stands at the right. Its head is repeated on each page.
type Table struct {
	Columns []Column
	Rows    [][]Text
}

// List is a list of points, numbered if Ordered.
type List struct {
	Ordered bool
	Items   []Text
}

// Signatures are boxes to sign in, side by side.
type Signatures []SignatureBox

// SignatureBox names who signs and as what; Note stands below the name.
type SignatureBox struct{ Role, Name, Note Text }

// Image is a JPEG or PNG picture in its own proportions.
type Image struct {
	Data    []byte
	Height  int // at most, in millimetres; 0 for a third of the sheet
	Caption Text
	Mark    string // hidden by Document.Redact: the picture is not embedded
}

// QR is a code of squares with a caption beside it.
type QR struct {
	Content string // at most about 300 bytes
	Size    int    // in millimetres; 0 for 26
	Caption Text
	Mark    string
}

// Blackout is a redacted passage of a number of lines; the passage itself is
// never given to this package.
type Blackout struct {
	Lines int
	Label Text
}

// Rule is a thin line across.
type Rule struct{}

// Space is white, in millimetres.
type Space int

// PageBreak starts a new page.
type PageBreak struct{}

// Contents lists the headings with their pages.
type Contents struct{ Title Text }

// Section is blocks in a language of their own.
type Section struct {
	Lang   string
	Blocks []Block
}

// Framed is blocks in a box, kept on one page where they fit.
type Framed struct{ Blocks []Block }

// Bilingual sets two languages side by side, row by row, the one that is
// written from the left at the left.
type Bilingual struct {
	Langs [2]string
	Rows  [][2][]Block
}

// Attachment is a file inside the document (PDF/A-3). Relation says what it is
// to the document: "Data", "Source", "Alternative", "Supplement"; empty is
// "Supplement".
type Attachment struct {
	Name        string
	MIME        string
	Description string
	Relation    string
	Data        []byte
}
