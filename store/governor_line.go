package store

import (
	"math/rand/v2"
	"time"

	"winnow/deletion"
)

const (
	// tripAfter is how many calls in a row without an answer mean that the vendor is down.
	tripAfter = 5
	// The first and the longest time until it is tried again.
	firstProbe, lastProbe = 1000, 60_000 // ms
	// probeLease is how long nobody else tries while one call does: a read takes at most 25 s of waiting and 60 s.
	probeLease = 90_000 // ms
	// staleAfter is how long after the time for a try it is not known any more whether the vendor answers: nobody wanted
	// anything of it.
	staleAfter = 60_000 // ms
	// dayTurn is how far our clock and the vendor's may be apart at midnight.
	dayTurn = 5 * time.Minute
	// dayTurnHold is how long we wait when the vendor, in these minutes, says that the day is used.
	dayTurnHold = time.Minute
	// dayLong is longer than any line.
	dayLong = 24 * time.Hour
)

// dayMillis is one UTC day.
const dayMillis = int64(24 * time.Hour / time.Millisecond)

// request is a call that wants a moment.
type request struct {
	key      string
	kind     Kind
	patience time.Duration // a longer wait is refused
	count    int64         // 1, or 0 for a call that was counted before and stands in line again
	probing  bool          // it was given the probe before
}

// line is one row of the governor's table: the line, the day and the health of one API key. Times are the database's Unix
// milliseconds. Its methods are the rules; nothing in it knows SQL.
type line struct {
	nextAt    int64 // when the next call may start
	startedAt int64 // when the last call really started, as far as processes that share the database tell
	seenAt    int64 // the clock at the last change
	epoch     int64 // grows when moments given out before are void
	day       int64 // the UTC day the counts are of, in days since 1970
	used      int64 // calls of that day
	sends     int64 // of these, deletes
	looks     int64 // and everything else
	spent     bool  // the vendor says that the day is used
	failures  int64 // calls in a row without an answer; from tripAfter on, the breaker is open
	probeAt   int64 // when one call may try again
}

// tick brings the line to the present. A clock that was set back takes the line along: what was reserved keeps its distance to
// the present, so that nothing waits for the hour to come round again and nothing starts earlier than it would have. Counts of
// a day that is suddenly to come are kept, for the vendor has counted them.
func (l *line) tick(now int64) {
	if back := l.seenAt - now; back > 0 {
		l.nextAt -= back
		l.startedAt -= back
		l.probeAt -= back
	}
	l.seenAt = now
	today := now / dayMillis
	if today > l.day {
		l.used, l.sends, l.looks, l.spent = 0, 0, 0, false
	}
	l.day = today
}

func (l *line) open() bool { return l.failures >= tripAfter }

// resets is when the next UTC day begins.
func (l *line) resets() time.Time { return fromMS((l.day + 1) * dayMillis) }

// allows tells what keeps a request from being granted, if anything does.
func (l *line) allows(now int64, r request, o GovernorOptions) error {
	limit := o.Daily
	if r.kind == Send {
		limit -= o.Reserve
	}
	start := max(l.nextAt, now)
	switch {
	case l.spent, l.used+r.count > limit && r.count > 0:
		return &deletion.QuotaError{ResumeAt: l.resets()}
	case l.open() && !r.probing && (r.kind == Send || now < l.probeAt):
		return &deletion.VendorDownError{RetryAt: fromMS(max(l.probeAt, now))}
	case start-now > r.patience.Milliseconds():
		return &deletion.VendorBusyError{RetryAt: fromMS(start)}
	}
	return nil
}

// take grants a request and says when it may start, or changes nothing.
func (l *line) take(now int64, r request, o GovernorOptions) (int64, error) {
	if err := l.allows(now, r, o); err != nil {
		return now, err
	}
	start := max(l.nextAt, now)
	l.nextAt = start + o.Interval.Milliseconds()
	l.used += r.count
	if r.kind == Send {
		l.sends += r.count
	} else {
		l.looks += r.count
	}
	if l.open() {
		l.probeAt = now + probeLease
	}
	return start, nil
}

func (l *line) hold(now int64, d time.Duration) {
	l.nextAt = max(l.nextAt, now+d.Milliseconds())
	l.epoch++
}

func (l *line) exhaust(now int64) {
	if now%dayMillis < dayTurn.Milliseconds() {
		l.hold(now, dayTurnHold)
		return
	}
	l.spent = true
	l.epoch++
}

// ended counts failures in a row. While the breaker is open only the probe counts: calls that had started before say nothing
// new, except by an answer.
func (l *line) ended(now int64, probe bool, end End) {
	switch {
	case end == Answered:
		l.failures, l.probeAt = 0, 0
	case end == BrokenOff && l.open():
		l.probeAt = now + firstProbe
	case end == Failed && (probe || !l.open()):
		l.failures++
		if l.failures == tripAfter {
			l.epoch++
		}
		if l.open() {
			l.probeAt = now + probeWait(l.failures-tripAfter)
		}
	}
}

// probeWait doubles with each probe that failed, and is up to a quarter shorter by chance, so that processes and accounts do
// not meet.
func probeWait(failed int64) int64 {
	top := min(int64(firstProbe)<<min(failed, 6), lastProbe)
	return top - rand.Int64N(top/4)
}

func (l *line) usage(now int64, o GovernorOptions) deletion.Usage {
	u := deletion.Usage{
		Used: l.used, Sends: l.sends, Looks: l.looks, Limit: o.Daily, Reserve: o.Reserve,
		Interval: o.Interval, AsOf: fromMS(now), Resets: l.resets(),
	}
	if l.spent {
		u.Used = max(u.Used, o.Daily)
	}
	if l.open() && now-l.probeAt < staleAfter {
		u.DownUntil = fromMS(max(l.probeAt, now))
	}
	return u
}
