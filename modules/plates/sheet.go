package plates

import (
	"strconv"
	"strings"

	"github.com/amana-platform/amana/kernel/web"
)

// actOf reads what every act says.
func actOf(a web.Answers) Act { return Act{Submission: a.ID("submission"), Version: a.Version()} }

// degrees reads a coordinate in millionths; empty is 0.
func degrees(a web.Answers, name string) int64 {
	s := strings.Replace(strings.TrimSpace(a.Get(name)), ",", ".", 1)
	if s == "" {
		return 0
	}
	x, err := strconv.ParseFloat(s, 64)
	if err != nil || !(x >= -180 && x <= 180) {
		a.Wrong.Add(name, "plates.fault.place")
		return 0
	}
	if x < 0 {
		return int64(x*million - 0.5)
	}
	return int64(x*million + 0.5)
}

// whole reads a whole number; empty is otherwise.
func whole(a web.Answers, name string, otherwise int64) int64 {
	if a.Get(name) == "" {
		return otherwise
	}
	n, err := strconv.ParseInt(a.Get(name), 10, 32)
	if err != nil {
		a.Wrong.Add(name, "form.unreadable")
	}
	return n
}
