package deletion

import "sync"

// lanes makes sure that an account has one lane and that one goroutine works in it.
type lanes struct {
	mu   sync.Mutex
	all  map[string]*lane
	busy map[string]bool
}

// enter takes the account's lane, or knocks at it when somebody is in it.
func (ls *lanes) enter(account string) (l *lane, free bool) {
	ls.mu.Lock()
	defer ls.mu.Unlock()
	if ls.all == nil {
		ls.all, ls.busy = map[string]*lane{}, map[string]bool{}
	}
	l = ls.all[account]
	if l == nil {
		l = &lane{account: account, knock: make(chan struct{}, 1), failures: map[int64]int{},
			ahead: map[int64]Offset{}, lookbacks: lookbacks{}}
		ls.all[account] = l
	}
	if ls.busy[account] {
		select {
		case l.knock <- struct{}{}:
		default:
		}
		return nil, false
	}
	ls.busy[account] = true
	return l, true
}

// leave frees the lane and tells whether somebody knocked since the last look.
func (ls *lanes) leave(l *lane) (knocked bool) {
	ls.mu.Lock()
	defer ls.mu.Unlock()
	ls.busy[l.account] = false
	select {
	case <-l.knock:
		return true
	default:
		return false
	}
}

// once lets one goroutine at a time do a thing to a deletion.
type once struct {
	mu   sync.Mutex
	busy map[int64]bool
}

func (o *once) begin(id int64) bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.busy[id] {
		return false
	}
	if o.busy == nil {
		o.busy = map[int64]bool{}
	}
	o.busy[id] = true
	return true
}

func (o *once) end(id int64) {
	o.mu.Lock()
	defer o.mu.Unlock()
	delete(o.busy, id)
}
