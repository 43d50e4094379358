package views

import "strconv"

// icons are drawn on a grid of 24 with round strokes; each is one path.
var icons = map[string]string{
	"alert":    "M12 4 L21 20 H3 Z M12 10 v4 M12 17 v.01",
	"info":     "M12 3 a9 9 0 1 0 .01 0 M12 8 v.01 M11 12 h1 v4 h1",
	"check":    "M12 3 a9 9 0 1 0 .01 0 M8.5 12 l2.5 2.5 l4.5 -5",
	"user":     "M12 4 a4 4 0 1 0 .01 0 M5 20 a7 6 0 0 1 14 0",
	"download": "M12 4 v10 M7.5 10 L12 14.5 L16.5 10 M4 19 h16",
	"upload":   "M12 15 V5 M7.5 9 L12 4.5 L16.5 9 M4 19 h16",
	"list":     "M9 6 h11 M9 12 h11 M9 18 h11 M4.5 6 v.01 M4.5 12 v.01 M4.5 18 v.01",
	"search":   "M10 4 a6 6 0 1 0 .01 0 M15 15 l5 5",
	"refresh":  "M20 11 a8 8 0 1 0 -1.5 5.5 M20 4 v7 h-6",
	"copy":     "M8 8 h12 v12 h-12 z M4 16 V4 h12",
	"none":     "M4 7 h16 v12 H4 z M4 7 l3 -3 h10 l3 3 M9 12 h6",
}

func noticeIcon(kind NoticeKind) string {
	switch kind {
	case NoticeSuccess:
		return "check"
	case NoticeWarning, NoticeDanger:
		return "alert"
	}
	return "info"
}

func (k NoticeKind) class() string {
	switch k {
	case NoticeSuccess, NoticeWarning, NoticeDanger:
		return "alert alert-" + string(k)
	}
	return "alert alert-info"
}

// decimal is a number for an attribute.
func decimal(n int64) string { return strconv.FormatInt(n, 10) }

// every is the trigger of a polled part: each so many seconds, and when the script asks for a fresh one.
func every(seconds int) string { return "every " + strconv.Itoa(seconds) + "s, winnow:refresh" }
