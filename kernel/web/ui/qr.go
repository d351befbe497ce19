package ui

import (
	"fmt"
	"strings"
)

// quiet is the white border a reader needs, in modules (ISO/IEC 18004).
const quiet = 4

func qrBox(dark [][]bool) string {
	side := len(dark) + 2*quiet
	return fmt.Sprintf("0 0 %d %d", side, side)
}

func qrGround(dark [][]bool) string {
	side := len(dark) + 2*quiet
	return fmt.Sprintf("M0 0h%dv%dh-%dZ", side, side, side)
}

// qrPath draws each horizontal run of dark modules as one rectangle.
func qrPath(dark [][]bool) string {
	var b strings.Builder
	for y, row := range dark {
		for x := 0; x < len(row); {
			run := 0
			for x+run < len(row) && row[x+run] {
				run++
			}
			if run > 0 {
				fmt.Fprintf(&b, "M%d %dh%dv1h-%dZ", x+quiet, y+quiet, run, run)
			}
			x += run + 1
		}
	}
	return b.String()
}
