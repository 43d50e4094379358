package views

import (
	"strconv"
	"time"
)

// Stalled tells of a deletion's batches whose activity at Constant Contact has not moved for a long time. The zero value tells
// nothing.
type Stalled struct {
	Batches int
	Asking  int           // of these, those that a person is asked about
	First   int           // number of the batch that has waited longest
	For     time.Duration // how long
	Waits   string        // for what, in words
	Careful bool          // the rest of the deletion waits for it, because its first batches go one by one
	Full    bool          // nothing of the account is sent before some of its requests end
	Blocks  bool          // nothing of the account is sent before it is known what became of one of them
}

func (s Stalled) heading() string {
	h := "Constant Contact has not moved for " + Duration(s.For)
	if s.Asking > 0 {
		h += ". Go on waiting?"
	}
	return h
}

// who says which batches wait.
func (s Stalled) who() string {
	if s.Batches == 1 {
		return "Batch " + Number(s.First) + " waits for it."
	}
	return Count(s.Batches, "batch") + " wait for it, batch " + Number(s.First) + " the longest."
}

// others says what waits behind them.
func (p Progress) others() string {
	switch s := p.Stalled; {
	case s.Careful:
		return "The rest of this deletion waits too, because it begins carefully."
	case s.Full:
		return "As many requests of the account as may be are with Constant Contact: nothing else is sent before some of them end."
	case s.Blocks:
		return "Nothing else of the account is sent before it is known what became of it."
	case p.State == "running" && p.NotSent > 0:
		return "The other batches do not wait for it."
	}
	return "Winnow goes on looking."
}

func (s Stalled) link() string {
	if s.Asking > 0 {
		return "Look at batch " + Number(s.First) + ", and decide"
	}
	return "Look at batch " + Number(s.First)
}

// StallNote is what the table of batches says about one that waits for what does not move; empty for any other.
func StallNote(stalled time.Duration, asks bool) string {
	switch {
	case stalled == 0:
		return ""
	case asks:
		return "Not moved for " + Duration(stalled) + ": decide"
	}
	return "Not moved for " + Duration(stalled)
}

// Wait is what a batch waits for, and who did not want to wait. The zero value is a batch that waits for nothing.
type Wait struct {
	Words    string // what it waits for
	MovedAt  time.Time
	Stalled  time.Duration // how long that has not moved, when it is long enough to say so; otherwise 0
	Asks     bool          // a person is asked
	Asking   int           // batches of the deletion that a person is asked about, this one included
	Blocks   bool          // nothing else of the account is sent meanwhile
	WaivedAt time.Time     // when a person stopped waiting; zero when nobody did
	WaivedBy string
	Open     bool // it is still being counted
}

// StopWaiting is the decision of a person who does not want to wait any longer, and FieldMoved the field that says since when
// nothing has moved, in Unix milliseconds, as the page showed it.
const (
	StopWaiting    = "stop-waiting"
	StopWaitingAll = "stop-waiting-all" // for all batches of the deletion that a person is asked about
	FieldMoved     = "moved"
)

// allLabel is the text of the button that decides about all batches at once.
func (w Wait) allLabel() string {
	return "Stop waiting for all " + Count(w.Asking, "such batch")
}

// moved is the value of FieldMoved.
func (w Wait) moved() string { return strconv.FormatInt(w.MovedAt.UnixMilli(), 10) }

// undecided tells that the page asks whether a lost request with lists ran.
func (b Batch) undecided() bool {
	n := len(b.Attempts)
	return b.Unit == "list" && b.Outcome == "unknown" && n > 0 && b.Attempts[n-1].State == "unknown"
}

// waitsHow says what the request has to do with what it waits for.
func (b Batch) waitsHow() string {
	if b.Activity.ID == "" {
		return "The answer to this request was lost. What may be its effect at Constant Contact has not moved for " + Duration(b.Wait.Stalled) + "."
	}
	return "Constant Contact took this request, and has not moved for " + Duration(b.Wait.Stalled) + "."
}

// behind says what happens to the rest of the account meanwhile.
func (w Wait) behind() string {
	if w.Blocks {
		return " Nothing else of the account is sent meanwhile."
	}
	return ""
}

// countsHow says what stopping means.
func (b Batch) countsHow() string {
	how := "each contact that is deleted counts as deleted, and each other one as failed."
	if b.Unit == "list" {
		how = "each list with nobody on it counts as deleted, and each other one as failed."
	}
	return how + " What failed is never sent again from this deletion, because Constant Contact may still delete it."
}

// leftHow says what became of what nobody waited for.
func (b Batch) leftHow() string {
	if b.Failed == 0 {
		return ""
	}
	return Count(b.Failed, b.Unit) + " had not been deleted then. Constant Contact may still do it, so nothing of that is sent again from this deletion."
}
