package views

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"
)

// Number writes n with a comma between each three digits: 1139 is "1,139".
func Number[T int | int64](n T) string {
	s := strconv.FormatInt(int64(n), 10)
	sign := ""
	if n < 0 {
		sign, s = "-", s[1:]
	}
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return sign + s
}

// Count writes a number with its unit in the right form: "1 contact", "1,139 contacts", "1 batch", "2 batches". The unit
// is an English noun in the singular.
func Count[T int | int64](n T, unit string) string { return Number(n) + " " + plural(int64(n), unit) }

func plural(n int64, unit string) string {
	switch {
	case n == 1:
		return unit
	case strings.HasSuffix(unit, "y") && !strings.HasSuffix(unit, "ay"):
		return strings.TrimSuffix(unit, "y") + "ies"
	case strings.HasSuffix(unit, "ch"), strings.HasSuffix(unit, "s"):
		return unit + "es"
	}
	return unit + "s"
}

// Size writes a number of bytes with the unit that keeps it short, one decimal below 10: "812 bytes", "1.8 MB". A kB is
// 1,000 bytes, as file managers and disks count.
func Size(bytes int64) string {
	if bytes < 1000 {
		return Count(bytes, "byte")
	}
	units := []string{"kB", "MB", "GB", "TB"}
	f, u := float64(bytes)/1000, 0
	for f >= 999.5 && u < len(units)-1 {
		f, u = f/1000, u+1
	}
	if f < 9.95 {
		return strings.TrimSuffix(strconv.FormatFloat(f, 'f', 1, 64), ".0") + " " + units[u]
	}
	return strconv.FormatFloat(f, 'f', 0, 64) + " " + units[u]
}

// SizeLimit writes a largest allowed number of bytes, rounded down, so that what it says is always allowed: "1 GB" for 1 GiB.
func SizeLimit(bytes int64) string {
	step := int64(1)
	for step*100 <= bytes {
		step *= 10
	}
	return Size(bytes - bytes%step)
}

// Duration writes a span of time in the two largest units that matter: "25 s", "3 min 20 s", "1 h 5 min", "2 days 3 h".
// Less than a second is "less than 1 s"; a negative span counts as none.
func Duration(d time.Duration) string {
	if d < time.Second {
		return "less than 1 s"
	}
	s := int64(d.Round(time.Second) / time.Second)
	switch {
	case s < 60:
		return fmt.Sprintf("%d s", s)
	case s < 3600:
		return pair(s/60, "min", s%60, "s")
	case s < 86400:
		return pair(s/3600, "h", s%3600/60, "min")
	}
	return pair(s/86400, plural(s/86400, "day"), s%86400/3600, "h")
}

func pair(a int64, unitA string, b int64, unitB string) string {
	if b == 0 {
		return fmt.Sprintf("%d %s", a, unitA)
	}
	return fmt.Sprintf("%d %s %d %s", a, unitA, b, unitB)
}

// Percent is part of whole in whole percent, rounded down, so that 100 means all of it. It is 0 when whole is 0.
func Percent(part, whole int64) int {
	if whole <= 0 || part <= 0 {
		return 0
	}
	if part >= whole {
		return 100
	}
	return int(math.Min(99, math.Floor(100*float64(part)/float64(whole))))
}

// Rate writes how many units a second are deleted: "1,800 contacts a second", or by the minute when it is slow.
func Rate(perSecond float64, unit string) string {
	if perSecond >= 1 {
		return Count(int64(math.Round(perSecond)), unit) + " a second"
	}
	return Count(int64(math.Round(perSecond*60)), unit) + " a minute"
}

// shortHash is the beginning of a hexadecimal hash, enough to compare by eye.
func shortHash(hash string) string {
	if len(hash) <= 12 {
		return hash
	}
	return hash[:12] + "…"
}

// lineList names the first lines of a kind of fault: "line 7" or "lines 18, 402, 9,011 and 4 more".
func lineList(lines []int64, total int64) string {
	if len(lines) == 0 {
		return ""
	}
	words := make([]string, len(lines))
	for i, n := range lines {
		words[i] = Number(n)
	}
	s := plural(int64(len(lines)), "line") + " " + strings.Join(words, ", ")
	if more := total - int64(len(lines)); more > 0 {
		s += " and " + Number(more) + " more"
	}
	return s
}

// machineTime is the form for the datetime attribute.
func machineTime(t time.Time) string { return t.UTC().Format(time.RFC3339) }

// readableTime is the form for people, always in UTC, because the vendor's day ends at 00:00 UTC.
func readableTime(t time.Time) string { return t.UTC().Format("2 Jan 2006, 15:04") + " UTC" }

// exactTime is the form with seconds, for telling requests apart.
func exactTime(t time.Time) string { return t.UTC().Format("2 Jan 2006, 15:04:05") + " UTC" }

// clockTime is the short form for times of today.
func clockTime(t time.Time) string { return t.UTC().Format("15:04:05") + " UTC" }
