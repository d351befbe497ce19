package ui

import (
	"fmt"
	"math"
	"strings"

	"github.com/amana-platform/amana/kernel/text"
)

// Chart shows counts as bars or a line, drawn on the server, with the same
// figures as a table beneath.
type Chart struct {
	Title  string
	Unit   string // heading of the value column
	Points []Point
	Line   bool // a line for a series in time, bars for kinds
}

// Point is one figure with its name.
type Point struct {
	Label string
	Tick  string // shorter, beneath the picture; empty shows Label
	Value float64
	Shown string // the value in words; empty shows it as a whole number
}

// The picture's measures, in its own units.
const (
	chartWidth  = 640.0
	chartHeight = 220.0
	chartInset  = 48.0 // room for the scale's figures
	chartFoot   = 28.0 // room for the names
	chartHead   = 16.0
)

// top is the end of the scale: the next 1, 2 or 5 times a power of ten.
func (c Chart) top() float64 {
	most := 0.0
	for _, p := range c.Points {
		most = max(most, p.Value)
	}
	if most <= 0 {
		return 2
	}
	power := math.Pow(10, math.Floor(math.Log10(most)))
	for _, step := range []float64{1, 2, 5, 10} {
		if step*power >= most {
			return step * power
		}
	}
	return 10 * power
}

// ticks are the values at the grid lines.
func (c Chart) ticks() []float64 {
	top := c.top()
	return []float64{0, top / 2, top}
}

func (c Chart) y(value float64) float64 {
	return chartHead + (chartHeight-chartHead-chartFoot)*(1-value/c.top())
}

// slot is the width one point has; x is its middle.
func (c Chart) slot() float64 { return (chartWidth - chartInset) / float64(max(len(c.Points), 1)) }
func (c Chart) x(i int) float64 {
	return chartInset + c.slot()*(float64(i)+.5)
}

// path is the line through all points.
func (c Chart) path() string {
	var b strings.Builder
	for i, p := range c.Points {
		fmt.Fprintf(&b, "%s%s %s", map[bool]string{true: "M", false: "L"}[i == 0], num(c.x(i)), num(c.y(p.Value)))
	}
	return b.String()
}

// num writes a coordinate.
func num(x float64) string { return fmt.Sprintf("%.1f", x) }

func (c Chart) shown(w *text.Words, p Point) string {
	if p.Shown != "" {
		return p.Shown
	}
	return w.Number(int64(p.Value))
}

func (p Point) tick() string { return orElse(p.Tick, p.Label) }

func (c Chart) unit(w *text.Words) string {
	if c.Unit != "" {
		return c.Unit
	}
	return w.T("chart.value")
}
