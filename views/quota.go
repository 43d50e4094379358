package views

import (
	"strings"
	"time"
)

// Quota is today's use of the API key. With Limit 0 nothing is known and nothing is shown.
type Quota struct {
	Used     int64 // Deletes + Reads, or more when Constant Contact has counted more
	Deletes  int64
	Reads    int64
	Limit    int64
	Reserve  int64     // kept back for finding out what happened to requests already sent; 0 shows nothing
	AsOf     time.Time // zero when the moment is not known
	ResetsAt time.Time // 00:00 UTC of the next day
	Forecast Forecast
}

// Forecast is what the running deletions still need.
type Forecast struct {
	Calls int64 // 0 shows that nothing waits
	Days  int   // UTC days, today included
	// LastDay is the UTC day on which they finish.
	LastDay time.Time
}

// left is what remains of the day, so that used and left are the limit.
func (q Quota) left() int64 { return max(0, q.Limit-q.Used) }

// elsewhere is what Constant Contact has counted and Winnow has not.
func (q Quota) elsewhere() int64 { return max(0, q.Used-q.Deletes-q.Reads) }

// kept is what is left of the reserve.
func (q Quota) kept() int64 { return min(q.Reserve, q.left()) }

// resetsIn says in words when Constant Contact counts anew.
func (q Quota) resetsIn() string {
	if q.AsOf.IsZero() || !q.ResetsAt.After(q.AsOf) {
		return "at 00:00 UTC"
	}
	if in := q.ResetsAt.Sub(q.AsOf); in >= time.Minute {
		return "in " + Duration(in.Truncate(time.Minute)) + ", at 00:00 UTC"
	}
	return "in less than a minute, at 00:00 UTC"
}

// sentence says what the running deletions still need, and until when.
func (f Forecast) sentence() string {
	if f.Calls == 0 {
		return "No deletion is waiting to be sent."
	}
	return "The running deletions need about " + Count(f.Calls, "more request") + "; they finish " + onDay(f.Days, f.LastDay) + "."
}

// onDay names a day as people do: today, tomorrow, on Tuesday, on 12 March.
func onDay(days int, day time.Time) string {
	switch {
	case days <= 1:
		return "today"
	case days == 2:
		return "tomorrow"
	case day.IsZero():
		return "within " + Count(days, "day")
	case days <= 7:
		return "on " + day.UTC().Weekday().String()
	}
	return "on " + day.UTC().Format("2 January")
}

// NoAnswer says that Constant Contact does not answer, and what happens next.
func NoAnswer(retry time.Time) string {
	return "Constant Contact does not answer at the moment. Winnow tries again at " + clockTime(retry) +
		" and then goes on by itself. Nothing is lost."
}

// meterPart is one piece of the meter's bar, in thousandths of the whole.
type meterPart struct {
	class     string
	from, len int64
}

// bar cuts the meter into its parts, in the order of the words beside it.
func (q Quota) bar() []meterPart {
	var parts []meterPart
	var from int64
	for _, p := range []struct {
		class string
		n     int64
	}{{"meter-deletes", q.Deletes}, {"meter-reads", q.Reads}, {"meter-elsewhere", q.elsewhere()},
		{"meter-left", q.left() - q.kept()}, {"meter-kept", q.kept()}} {
		size := p.n * 1000 / max(q.Limit, q.Used, 1)
		if p.n > 0 {
			size = max(size, 4) // so that it can be seen
		}
		if size = min(size, 1000-from); size > 0 {
			parts = append(parts, meterPart{p.class, from, size})
		}
		from += size
	}
	return parts
}

// barWords say what the bar shows, for those who do not see it.
func (q Quota) barWords() string {
	words := []string{Number(q.Used) + " of " + Count(q.Limit, "request") + " used"}
	if q.Used > 0 {
		words = append(words, Number(q.Deletes)+" to delete", Number(q.Reads)+" to read")
	}
	return strings.Join(append(words, Number(q.left())+" left"), ", ")
}
