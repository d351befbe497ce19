package pdf

import (
	"bytes"
	"crypto/md5" //nolint:gosec // the checksum that ISO 32000-1, 7.11.4 prescribes; nothing rests on it
	"encoding/binary"
	"encoding/xml"
	"fmt"
	"strings"
	"time"
)

// Meta is what a file says about itself.
type Meta struct {
	ID, Title, Author, Lang string
	Created                 time.Time
}

// producer names the program in the file's metadata.
const producer = "Amana"

// Info writes the document information dictionary.
func (w *Writer) Info(m Meta) Ref {
	return w.Add(fmt.Sprintf("<</Title %s /Author %s /Subject %s /Producer (%s) /CreationDate (%s) /ModDate (%s)>>",
		Text(m.Title), Text(m.Author), Text(m.ID), producer, Date(m.Created), Date(m.Created)))
}

// Date gives a time in the form of ISO 32000-1, 7.9.4, in UTC.
func Date(t time.Time) string { return t.UTC().Format("D:20060102150405") + "+00'00'" }

// Metadata writes the XMP packet, which must agree with Info (PDF/A).
func (w *Writer) Metadata(m Meta) Ref {
	when := m.Created.UTC().Format("2006-01-02T15:04:05Z")
	packet := fmt.Sprintf(`<?xpacket begin="`+"\ufeff"+`" id="W5M0MpCehiHzreSzNTczkc9d"?>
<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">
<rdf:Description rdf:about="" xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:xmp="http://ns.adobe.com/xap/1.0/" xmlns:pdf="http://ns.adobe.com/pdf/1.3/" xmlns:pdfaid="http://www.aiim.org/pdfa/ns/id/">
<pdfaid:part>3</pdfaid:part><pdfaid:conformance>U</pdfaid:conformance>
<dc:format>application/pdf</dc:format>
<dc:title><rdf:Alt><rdf:li xml:lang="x-default">%s</rdf:li></rdf:Alt></dc:title>
<dc:creator><rdf:Seq><rdf:li>%s</rdf:li></rdf:Seq></dc:creator>
<dc:description><rdf:Alt><rdf:li xml:lang="x-default">%s</rdf:li></rdf:Alt></dc:description>
<dc:language><rdf:Bag><rdf:li>%s</rdf:li></rdf:Bag></dc:language>
<xmp:CreateDate>%s</xmp:CreateDate><xmp:ModifyDate>%s</xmp:ModifyDate><pdf:Producer>%s</pdf:Producer>
</rdf:Description></rdf:RDF></x:xmpmeta>
<?xpacket end="w"?>`, escape(m.Title), escape(m.Author), escape(m.ID), escape(m.Lang), when, when, producer)
	return w.Plain("/Type /Metadata /Subtype /XML", []byte(packet))
}

func escape(s string) string {
	var b strings.Builder
	_ = xml.EscapeText(&b, []byte(s)) // a strings.Builder takes everything
	return b.String()
}

// File is a file to embed.
type File struct {
	Name, MIME, Description, Relation string
	Data                              []byte
	Modified                          time.Time
}

// Embed writes an embedded file and its specification (ISO 32000-1, 7.11.4;
// ISO 19005-3, 6.8).
func (w *Writer) Embed(f File) Ref {
	sum := md5.Sum(f.Data) //nolint:gosec // see the import
	body := w.Stream(fmt.Sprintf("/Type /EmbeddedFile /Subtype %s /Params <</Size %d /CheckSum <%x> /ModDate (%s)>>",
		Name(f.MIME), len(f.Data), sum, Date(f.Modified)), f.Data)
	return w.Add(fmt.Sprintf("<</Type /Filespec /F %s /UF %s /Desc %s /AFRelationship %s /EF <</F %s /UF %s>>>>",
		Text(f.Name), Text(f.Name), Text(f.Description), Name(f.Relation), body, body))
}

// OutputIntent writes the colour space that the file's colours are meant in, sRGB.
func (w *Writer) OutputIntent() Ref {
	profile := w.Stream("/N 3", srgb())
	return w.Add(fmt.Sprintf("<</Type /OutputIntent /S /GTS_PDFA1 /OutputConditionIdentifier (sRGB IEC61966-2.1) /DestOutputProfile %s>>", profile))
}

// srgb makes a small ICC profile (version 2.1, ICC.1:1998-09) with the
// primaries of IEC 61966-2-1, adapted to D50, and a gamma of 2.2.
func srgb() []byte {
	xyz := func(x, y, z uint32) []byte { return words(0x58595a20, 0, x, y, z) }
	gamma := append(words(0x63757276, 0, 1), 2, 0x33, 0, 0)
	name := "sRGB"
	desc := append(words(0x64657363, 0, uint32(len(name)+1)), name...)
	desc = append(desc, make([]byte, 1+4+4+2+1+67)...)
	text := append(words(0x74657874, 0), "CC0\x00"...)
	tags := []table{
		{"desc", desc}, {"cprt", text}, {"wtpt", xyz(0xf6d6, 0x10000, 0xd32d)},
		{"rXYZ", xyz(0x6fa2, 0x38f5, 0x0390)}, {"gXYZ", xyz(0x6299, 0xb785, 0x18da)}, {"bXYZ", xyz(0x24a0, 0x0f84, 0xb6cf)},
		{"rTRC", gamma}, {"gTRC", gamma}, {"bTRC", gamma},
	}
	var index, body bytes.Buffer
	index.Write(words(uint32(len(tags))))
	at := 128 + 4 + 12*len(tags)
	for _, t := range tags {
		index.WriteString(t.tag)
		index.Write(words(uint32(at+body.Len()), uint32(len(t.data))))
		body.Write(t.data)
		body.Write(make([]byte, (4-len(t.data)%4)%4))
	}
	head := make([]byte, 128)
	binary.BigEndian.PutUint32(head, uint32(at+body.Len()))
	copy(head[8:], words(0x02100000))
	copy(head[12:], "mntrRGB XYZ ")
	copy(head[24:], []byte{7, 0xd0, 0, 1, 0, 1}) // a fixed date
	copy(head[36:], "acsp")
	copy(head[68:], words(0xf6d6, 0x10000, 0xd32d))
	return append(append(head, index.Bytes()...), body.Bytes()...)
}

func words(v ...uint32) []byte {
	var out []byte
	for _, n := range v {
		out = binary.BigEndian.AppendUint32(out, n)
	}
	return out
}
