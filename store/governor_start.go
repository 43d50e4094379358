package store

import (
	"context"
	"time"
)

// startAtOnce is how long after the database's word a call may start. A process that was frozen in between asks again.
const startAtOnce = time.Second

// begin tells at a slot's moment whether it became void or how much longer the call has to wait; with neither it starts now.
// Moments alone keep calls apart only as long as everybody is in time for his own: processes that share a database write down
// when calls really start. Within one process [pace] knows it, and nothing is written.
func (g *Governor) begin(ctx context.Context, slot Slot) (void bool, wait time.Duration, err error) {
	if !g.db.shared() {
		void, err = g.void(ctx, slot)
		return void, 0, err
	}
	asked := time.Now()
	err = g.change(ctx, slot.key, func(l *line, now int64) error {
		if void = l.epoch != slot.epoch; !void {
			wait = time.Duration(l.start(now, slot.at, g.o.Interval.Milliseconds())) * time.Millisecond
		}
		return nil
	})
	if err == nil && !void && wait == 0 && time.Since(asked) > startAtOnce {
		wait = time.Millisecond
	}
	return void, wait, err
}

// start notes that the call whose moment was at starts now, or says how many milliseconds it has to wait. What a late one adds
// to the wait of those behind it is added to the line, or they would fall further and further behind their moments; one that
// stood still for minutes costs one place.
func (l *line) start(now, at, interval int64) (wait int64) {
	next := l.startedAt + interval
	if now < next {
		return next - now
	}
	l.nextAt += min(max(now-max(at, next), 0), interval)
	l.startedAt = now
	return 0
}
