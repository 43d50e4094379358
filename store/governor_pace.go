package store

import (
	"sync"
	"time"
)

// maxStride bounds how many starts are remembered for a key; with a shorter interval it is that many over their time.
const maxStride = 64

// pace remembers when calls of this process really started. As many as fit into a second may start within the time that
// they take at the governor's interval, in every sliding window of that length.
type pace struct {
	stride int
	window time.Duration

	mu     *sync.Mutex
	starts map[string][]time.Time // the last ones of each key, oldest first; they carry monotonic readings
}

func newPace(interval time.Duration) pace {
	stride := maxStride
	if interval > 0 {
		stride = int(min((time.Second+interval-1)/interval, maxStride))
	}
	return pace{stride: stride, window: time.Duration(stride) * interval, mu: new(sync.Mutex), starts: map[string][]time.Time{}}
}

// start notes that a call starts now, or says how much longer it has to wait.
func (p *pace) start(key string, now time.Time) time.Duration {
	p.mu.Lock()
	defer p.mu.Unlock()
	last := p.starts[key]
	if len(last) == p.stride {
		if wait := p.window - now.Sub(last[0]); wait > 0 {
			return wait
		}
		last = append(last[:0], last[1:]...)
	}
	p.starts[key] = append(last, now)
	return 0
}
