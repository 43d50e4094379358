package sandbox

import (
	"slices"
	"time"

	"github.com/google/uuid"
)

// activityState is where an activity stands. The last four are final.
type activityState string

const (
	stateInitialized activityState = "initialized"
	stateProcessing  activityState = "processing"
	stateCompleted   activityState = "completed"
	stateCancelled   activityState = "cancelled" // only by a fault
	stateFailed      activityState = "failed"
	stateTimedOut    activityState = "timed_out"
)

// retention is how long an activity can be seen:
// https://developer.constantcontact.com/api_guide/activity_status.html
const retention = 10 * 24 * time.Hour

// activity is one bulk job. Whatever its work, it goes the same way: queued when the request comes, begun when its
// turn has come, one item after another by the clock, ended.
type activity struct {
	id        uuid.UUID
	seq       int // counts the account's activities
	state     activityState
	work      job
	total     int // items, known from the beginning of the work
	handled   int // how far the work is
	done      int // of the handled, those that count as completed
	tally     tally
	listCount int    // lists named in the request; 0: none
	fileName  string // of an import by file
	result    string // where the result can be fetched; empty: there is none
	errors    []string
	fault     *Fault
	created   time.Time
	started   time.Time
	completed time.Time
	updated   time.Time
}

// tally are the counters of an import.
type tally struct {
	persons     int // contacts made or changed
	errors      int
	correctable int // errors that somebody could correct in the vendor's user interface
	unlistable  int // contacts that unsubscribed and so were not added to the lists
}

// job is the work of one kind of activity.
type job interface {
	// cost is how long an item takes at speed 1.
	cost() time.Duration
	// begin looks up what there is to do and says how many items it is.
	begin(a *account, act *activity) int
	// item does item number i, from 0.
	item(a *account, act *activity, i int, at time.Time)
	// end comes after the last item, also of an activity that ends early.
	end(a *account, act *activity, at time.Time)
	// counters are the status that the API shows.
	counters(act *activity, q Quirks) *statusBody
}

// usualJob is what most kinds of work have in common.
type usualJob struct{}

// cost is chosen: the vendor's true times are unknown; 500 deletions were seen to take less than 6 s.
func (usualJob) cost() time.Duration { return 10 * time.Millisecond }

func (usualJob) end(*account, *activity, time.Time) {}

func (usualJob) counters(act *activity, q Quirks) *statusBody { return act.itemCounters(q) }

// pace is how long the parts of an activity take. The zero value takes no time.
type pace struct {
	pickup time.Duration // initialized, once its turn has come
	setup  time.Duration // processing, before the first item
	speed  float64       // divides the cost of an item
}

// newPace gives a deletion about 1 s + 10 ms an item at speed 1.
func newPace(speed float64) pace {
	p := pace{speed: speed}
	p.pickup, p.setup = p.scale(500*time.Millisecond), p.scale(500*time.Millisecond)
	return p
}

func (p pace) scale(d time.Duration) time.Duration {
	if p.speed == 0 {
		return 0
	}
	return time.Duration(float64(d) / p.speed)
}

// activityQueue holds an account's activities. They are worked off one after another, in the order they came.
type activityQueue struct {
	all     []*activity // oldest first
	byID    map[uuid.UUID]*activity
	waiting []*activity // the unfinished ones, the one in work first
	freeAt  time.Time   // when the latest one ended
	count   int
}

// enqueue takes a new activity in. The first look after its time comes will do its work.
func (a *account) enqueue(act *activity, now time.Time) {
	q := &a.queue
	q.count++
	act.id, act.seq, act.state = a.ids.next(now), q.count, stateInitialized
	act.created, act.updated = now, now
	q.all = append(q.all, act)
	q.byID[act.id] = act
	q.waiting = append(q.waiting, act)
}

// advance does all work that was due by now, each item at its own moment, and forgets old activities. It gives the
// same result however often it is called on the way.
func (a *account) advance(now time.Time, p pace) {
	q := &a.queue
	for len(q.waiting) > 0 && a.perform(q.waiting[0], now, p) {
		q.freeAt = q.waiting[0].completed
		q.waiting = q.waiting[1:]
	}
	a.comeBack(now)
	for len(q.all) > 0 && q.all[0].final() && now.Sub(q.all[0].created) > retention {
		delete(q.byID, q.all[0].id)
		a.forgetExport(q.all[0])
		q.all = q.all[1:]
	}
}

// perform moves one activity on and tells whether it is over.
func (a *account) perform(act *activity, now time.Time, p pace) bool {
	if act.state == stateInitialized && !a.start(act, now, p) {
		return false
	}
	each := p.scale(act.work.cost())
	for last := act.lastItem(); act.handled < last; {
		at := act.started.Add(p.setup + time.Duration(act.handled+1)*each)
		if at.After(now) {
			return false
		}
		at = later(at, act.updated)
		a.comeBack(at)
		act.work.item(a, act, act.handled, at)
		act.handled++
		act.updated = at
	}
	end := later(act.started.Add(p.setup), act.updated)
	if end.After(now) {
		return false
	}
	a.finish(act, end)
	return true
}

// start begins the work when the activity's turn has come. Members of lists are looked up now, not when the
// request came.
func (a *account) start(act *activity, now time.Time, p pace) bool {
	at := later(act.created, a.queue.freeAt).Add(p.pickup)
	if at.After(now) || act.fault.stalls() {
		return false
	}
	if act.fault != nil && act.fault.Effect == ActivityStalls {
		at = now // the stall is over since some moment that nobody knows
	}
	act.state, act.started, act.updated = stateProcessing, at, at
	act.total = act.work.begin(a, act)
	return true
}

// lastItem is how many items will be handled: all of them unless a fault ends the activity early.
func (act *activity) lastItem() int { return act.fault.lastItem(act.total) }

func (a *account) finish(act *activity, at time.Time) {
	state, problems := act.fault.ending()
	act.state, act.completed, act.updated = state, at, at
	act.errors = append(act.errors, problems...)
	a.planReturns(act, at)
	act.work.end(a, act, at)
}

func (act *activity) final() bool {
	return act.state != stateInitialized && act.state != stateProcessing
}

// percentDone starts at 1, as the live service does, and is 100 only when completed.
func (act *activity) percentDone() int {
	switch {
	case act.state == stateCompleted:
		return 100
	case act.total == 0:
		return 1
	}
	return 1 + 98*act.handled/act.total
}

// count counts an item as its rule says.
func (act *activity) count(rule Input, problem string) {
	switch rule {
	case Count:
		act.done++
	case Report:
		act.errors = append(act.errors, problem)
	}
}

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

// settle does the rest of all work at once.
func (a *account) settle() {
	now := a.enter()
	defer a.mu.Unlock()
	a.advance(now, pace{})
}

func (a *account) queued() int {
	a.enter()
	defer a.mu.Unlock()
	return len(a.queue.waiting)
}

func (a *account) allActivities() []Activity {
	a.enter()
	defer a.mu.Unlock()
	out := make([]Activity, 0, len(a.queue.all))
	for _, act := range slices.Backward(a.queue.all) {
		out = append(out, Activity{
			ID: act.id.String(), State: string(act.state), Total: act.total, Completed: act.done,
			CreatedAt: act.created, StartedAt: act.started, CompletedAt: act.completed,
		})
	}
	return out
}
