package main

import (
	"fmt"
	"io"
	"log/slog"
	"os"
	"regexp"
	"strings"
	"unicode"

	"winnow/handlers"
)

// newLog returns the program's log: one JSON object a line on stderr.
func newLog(level string) *slog.Logger { return newLogTo(os.Stderr, level) }

// newLogTo writes to out what is at least of this level. Times are UTC, and every line that a request causes carries its id.
func newLogTo(out io.Writer, level string) *slog.Logger {
	var l slog.Level
	_ = l.UnmarshalText([]byte(level)) // checked by config
	return slog.New(handlers.NameRequests(slog.NewJSONHandler(out, &slog.HandlerOptions{Level: l, ReplaceAttr: fitForLog})))
}

// fitForLog puts times into UTC and takes out of texts what a log must not hold, whoever wrote it there: an error may repeat
// what the vendor or a browser sent.
func fitForLog(_ []string, a slog.Attr) slog.Attr {
	switch a.Value.Kind() {
	case slog.KindTime:
		a.Value = slog.TimeValue(a.Value.Time().UTC())
	case slog.KindString:
		a.Value = slog.StringValue(harmless(a.Value.String()))
	case slog.KindAny:
		switch v := a.Value.Any().(type) {
		case error:
			a.Value = slog.StringValue(harmless(v.Error()))
		case fmt.Stringer, []string:
			a.Value = slog.StringValue(harmless(fmt.Sprint(v)))
		}
	}
	return a
}

// address is what looks like an e-mail address: more than the standard allows, and not Go's path@version.
var address = regexp.MustCompile(`[\pL\pN.!#$%&'*+/=?^_{|}~-]+(@|%40)[\pL\pN-]+(\.[\pL\pN-]+)*\.\pL[\pL\pN-]*`)

// harmless masks e-mail addresses, and the control characters that JSON leaves alone but terminals obey.
func harmless(s string) string {
	if strings.Contains(s, "@") || strings.Contains(s, "%40") {
		s = address.ReplaceAllString(s, "[e-mail]")
	}
	return strings.Map(func(r rune) rune {
		if r >= 0x7f && (unicode.IsControl(r) || unicode.Is(unicode.Cf, r)) {
			return unicode.ReplacementChar
		}
		return r
	}, s)
}

// told is an error that is in the log already.
type told struct{ error }

// Unwrap returns the error that was logged.
func (t told) Unwrap() error { return t.error }

// tell logs what ended the program, so that whoever collects its log reads JSON to the last line. No error stays none.
func tell(log *slog.Logger, err error) error {
	if err == nil {
		return nil
	}
	log.Error("Winnow ended", "error", err)
	return told{err}
}
