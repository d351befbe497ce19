package tlog

import (
	"flag"
	"io"
	"log/slog"
	"strings"

	"k8s.io/klog/v2"
)

// quietLibrary sends what Tessera says through klog, which is one for the
// whole process, to our own log.
func quietLibrary(to *slog.Logger) {
	flags := flag.NewFlagSet("klog", flag.ContinueOnError)
	klog.InitFlags(flags)
	_ = flags.Set("stderrthreshold", "FATAL")
	for _, severity := range []string{"WARNING", "ERROR", "FATAL"} {
		klog.SetOutputBySeverity(severity, io.Discard)
	}
	klog.SetOutputBySeverity("INFO", lines{to}) // gets every severity's lines
	klog.LogToStderr(false)
}

// lines passes each line on as a debug message, or as a warning.
type lines struct{ to *slog.Logger }

// Write takes one klog line: a letter for the severity, place, "]", text.
func (l lines) Write(p []byte) (int, error) {
	head, text, ok := strings.Cut(strings.TrimSpace(string(p)), "] ")
	if !ok {
		text = head
	}
	if strings.HasPrefix(head, "I") {
		l.to.Debug(text, slog.String("from", "tessera"))
	} else {
		l.to.Warn(text, slog.String("from", "tessera"))
	}
	return len(p), nil
}
