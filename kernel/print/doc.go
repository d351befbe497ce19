// Package print sets documents on paper: reports, receipts, labels and
// dossiers as PDF, in Arabic and Latin letters, with the bytes decided by the
// content alone.
//
// A caller describes a Document (a Size, a language, Blocks) and calls
//
//	pdf, err := print.Render(&doc, attachments...)
//
// and, where the document must be signed, hands the bytes to print/sign. Equal
// documents give equal bytes: dates and identifiers come from the caller. Every
// word on the page comes from the caller's texts too.
//
// Blocks: Heading, Paragraph, Facts, Table, List, Signatures, Image, QR,
// Blackout, Rule, Space, PageBreak, Contents, Section (another language),
// Framed, Bilingual (two languages side by side). Text is a slice of Spans:
// T("plain"), B("bold"), Ident("12345-6") for numbers, plates and digests,
// which keep their order in a line of Arabic, joined with Join.
//
// Redaction: a Span, Image or QR may carry a Mark; Document.Redact says which
// marks are hidden in this print and what the bar in their place reads. What is
// hidden is taken out before setting, and the bar's length does not tell what
// it hides.
//
// Attachments ride inside the file (PDF/A-3, ISO 19005-3); Attached reads one back.
package print
