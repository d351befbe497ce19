// Package typeset turns text in Arabic and Latin letters into lines of
// positioned glyphs: direction (UAX 9), choice of face, shaping (HarfBuzz),
// line breaking (UAX 14), justification. It knows nothing of pages or PDF.
package typeset
