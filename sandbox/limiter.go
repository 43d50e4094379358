package sandbox

import (
	"net/http"
	"sync"
	"time"
)

// limiter counts admitted requests by client id: so many in any sliding second, so many in a UTC day. Refused
// requests are not counted.
type limiter struct {
	perSecond int
	perDay    int
	now       func() time.Time

	mu      sync.Mutex
	clients map[string]*usage
}

// usage is what one client has used up.
type usage struct {
	recent []time.Time // of the last second, oldest first, at most perSecond
	day    time.Time
	today  int
}

// newLimiter lets everything through where a number is zero.
func newLimiter(perSecond, perDay int, now func() time.Time) *limiter {
	return &limiter{perSecond: perSecond, perDay: perDay, now: now, clients: make(map[string]*usage)}
}

// admit counts a request, or answers why it is refused. The day is looked at first: who has used it up is told so
// even when calling too fast.
func (l *limiter) admit(client string) (refusal reply, ok bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	u := l.clients[client]
	if u == nil {
		u = new(usage)
		l.clients[client] = u
	}
	now := l.now()
	u.forget(now)
	switch {
	case l.perDay > 0 && u.today >= l.perDay:
		return jsonReply(http.StatusTooManyRequests, errQuota), false
	case l.perSecond > 0 && len(u.recent) >= l.perSecond:
		return jsonReply(http.StatusTooManyRequests, errThrottled), false
	}
	u.today++
	if l.perSecond > 0 {
		u.recent = append(u.recent, now)
	}
	return reply{}, true
}

// forget drops what is a second old, and yesterday.
func (u *usage) forget(now time.Time) {
	keep := 0
	for keep < len(u.recent) && now.Sub(u.recent[keep]) >= time.Second {
		keep++
	}
	u.recent = append(u.recent[:0], u.recent[keep:]...)
	if day := now.UTC().Truncate(24 * time.Hour); !day.Equal(u.day) {
		u.day, u.today = day, 0
	}
}
