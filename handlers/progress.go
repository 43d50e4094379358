package handlers

import (
	"fmt"
	"time"

	"github.com/labstack/echo/v4"

	"winnow/deletion"
	"winnow/views"
)

// progress is the polled part of a deletion's page.
func (s *site) progress(c echo.Context) error {
	d, err := s.find(c)
	if err != nil {
		return err
	}
	view, err := s.progressOf(c, d)
	if err != nil {
		return err
	}
	view.ReviewReady = d.State == deletion.Ready
	return s.renderPart(c, views.DeletionProgress(view))
}

func (s *site) progressOf(c echo.Context, d *deletion.Deletion) (views.Progress, error) {
	now := time.Now()
	p := views.Progress{
		ID: d.ID, State: string(d.State), Unit: d.Source.Unit(), Poll: pollProgress(d), AsOf: now,
		ToDelete: d.Items, Deleted: d.Counts.Deleted, Failed: d.Counts.Failed, Changed: d.Counts.Changed, NotSent: d.Counts.NotSent,
		InProgress: d.Counts.InProgress, Unknown: d.Counts.Unknown,
		Batches: d.Batches, BatchesSent: d.Batches - d.Unsent,
		EndedAt: d.EndedAt, Results: !d.ConfirmedAt.IsZero(),
		CanPause: d.State == deletion.Running, CanResume: d.State == deletion.Paused && d.Reason != deletion.NeedsDecision && d.Reason != deletion.Restored,
		Held:    d.State == deletion.Paused && d.Reason == deletion.Restored,
		CanStop: d.State == deletion.Running || d.State == deletion.Paused,
	}
	if d.Source != deletion.FromLists {
		p.Read, p.Skipped = d.Reading.Read, d.Reading.Skipped()
	}
	if d.State != deletion.Preparing && d.State != deletion.Ready {
		p.Waived = d.Waived.Failed
		p.Retryable, p.Sendable = d.Counts.Failed-d.Waived.Failed, d.Counts.Changed-d.Waived.Changed
		timings(&p, d, now)
		p.Sentence = sentence(d, p)
	}
	if err := s.stalled(c, &p, d); err != nil {
		return p, err
	}
	if err := s.holdUps(c, &p, d); err != nil {
		return p, err
	}
	if d.State == deletion.Preparing {
		return p, s.preparing(c, &p, d)
	}
	return p, nil
}

// holdUps says instead of what a deletion does what keeps it from going on; what a person can do least about comes last.
func (s *site) holdUps(c echo.Context, p *views.Progress, d *deletion.Deletion) error {
	ctx := c.Request().Context()
	if d.State == deletion.Running {
		n := s.notices(c)
		h, waits := n.halted(), waitsForDecision(d, n.Undecided)
		switch {
		case s.Trouble() != nil:
			p.Sentence = "Nothing is sent at the moment, because the database cannot be written. It goes on by itself when it can."
		case len(s.Clocks()) > 0:
			p.Sentence = "This console sends nothing until the clocks agree; what was sent before is still being deleted."
		case !h.At.IsZero():
			p.Sentence = haltedSentence(h)
		case waits != "":
			p.Sentence = waits
		}
	}
	if d.State != deletion.Running && d.State != deletion.Preparing && d.Open == 0 {
		return nil
	}
	down, err := s.DownUntil(ctx)
	if err != nil || down.IsZero() {
		return err
	}
	p.Sentence, p.Waiting = views.NoAnswer(down), views.NoAnswer(down)
	return nil
}

// pollProgress is quick while something moves, slow while something might, and 0 when nothing will.
func pollProgress(d *deletion.Deletion) int {
	switch {
	case d.Ended() || d.State == deletion.Ready:
		return 0
	case d.State == deletion.Paused && d.Open == 0:
		return pollResting
	}
	return pollMoving
}

// preparing says how far reading the members is.
func (s *site) preparing(c echo.Context, p *views.Progress, d *deletion.Deletion) error {
	p.ReadSoFar = d.Reading.Read
	if p.Waiting == "" {
		p.Waiting = preparingWaits(d)
	}
	lists, err := s.Store.Lists(c.Request().Context(), d.ID)
	for _, l := range lists {
		p.ReadAbout += int64(l.Members)
	}
	return err
}

func preparingWaits(d *deletion.Deletion) string {
	switch d.Reason {
	case deletion.QuotaUsed:
		return "Today's requests are used. Reading goes on by itself at 00:00 UTC."
	case deletion.SignInAgain:
		return "Winnow is no longer connected to this account. Sign in again; reading then goes on by itself."
	case deletion.NotAllowed:
		return "Constant Contact does not let this person or application read the contacts: " + d.ReasonNote
	}
	return ""
}

// showTimeLeftAfter is how long sending must have run before its speed means something.
const showTimeLeftAfter = 5 * time.Second

// timings fills in how long it takes: the average since the confirmation, hidden until it means something.
func timings(p *views.Progress, d *deletion.Deletion, now time.Time) {
	if d.ConfirmedAt.IsZero() {
		return
	}
	end := now
	if d.Ended() {
		end = d.EndedAt
	}
	p.Elapsed = end.Sub(d.ConfirmedAt)
	done := p.Done()
	if done == 0 || p.Elapsed < showTimeLeftAfter || d.State == deletion.Paused || d.FirstProven < d.FirstBatches {
		return
	}
	p.Rate = float64(done) / p.Elapsed.Seconds()
	if !d.Ended() {
		p.Left = time.Duration(float64(p.ToDelete-done) / p.Rate * float64(time.Second))
	}
}

// workingThrough is said when everything is sent, unless Constant Contact does not move.
const workingThrough = "All requests are sent. Constant Contact is working through them."

// sentence says in plain words what is happening.
func sentence(d *deletion.Deletion, p views.Progress) string {
	switch d.State {
	case deletion.Paused:
		return pausedSentence(d) + undecided(d)
	case deletion.Finished:
		return "Every " + p.Unit + " is accounted for."
	case deletion.Stopped:
		if !d.Ended() {
			return "Stopped. What was sent before is still being deleted." + undecided(d)
		}
		return "Stopped. The rest was not sent."
	}
	switch {
	case p.Unknown > 0:
		return fmt.Sprintf("What became of %s is not proven yet. Winnow looks at the account to find out, and sends nothing of them again before.", views.Count(p.Unknown, p.Unit))
	case d.FirstProven < d.FirstBatches:
		return fmt.Sprintf("Beginning carefully: %s sent. Winnow compares the account with what was expected before it sends more.", views.Count(p.Sent(), p.Unit))
	case p.BatchesSent < p.Batches:
		return fmt.Sprintf("Sending: %s of %s requests are sent.", views.Number(p.BatchesSent), views.Number(p.Batches))
	}
	return workingThrough
}

// undecided asks for the decision about a request with lists when the deletion stands still for another reason.
func undecided(d *deletion.Deletion) string {
	if d.Source != deletion.FromLists || d.Counts.Unknown == 0 || d.Reason == deletion.NeedsDecision {
		return ""
	}
	return " One of its requests may or may not have run: open the unknown batch and decide. Nothing else of the account is sent before."
}

// waitsForDecision tells a running deletion that nothing is sent before a person decides about a request of another one.
func waitsForDecision(d *deletion.Deletion, undecided int64) string {
	if undecided == 0 || undecided == d.ID {
		return ""
	}
	return fmt.Sprintf("Waiting: a request of deletion %d with lists may or may not have run. Nothing is sent before somebody opens its unknown batch and decides.", undecided)
}

// haltedSentence is about a deletion that runs while all sending is stopped.
func haltedSentence(h views.Halted) string {
	return "All sending is stopped by " + h.By + ". Nothing new is sent; what was sent before is still being deleted."
}

func pausedSentence(d *deletion.Deletion) string {
	switch d.Reason {
	case deletion.QuotaUsed:
		return "Today's requests are used. It goes on by itself at 00:00 UTC."
	case deletion.SignInAgain:
		return "Winnow is no longer connected to this account. Sign in again; it then goes on by itself. Nothing is lost."
	case deletion.NotAllowed:
		return "Constant Contact refuses: this person or application may not delete contacts. Resume when that is settled."
	case deletion.FailuresInARow:
		return "Several requests failed one after another. Look at the batches, then resume or stop the rest."
	case deletion.Surprise:
		return "The account does not show what was expected after one of the first batches. " + d.ReasonNote + " Nothing else is sent. Resume to go on without this check, or stop the rest."
	case deletion.CountsDiffer:
		return "The figures do not add up. " + d.ReasonNote + " Its contacts are read back one by one. Look at the batch, then resume or stop the rest."
	case deletion.ManyChanges:
		return "Very many contacts of the account changed after the preview. Resume to go on with all that are not deleted yet, whatever changed until now, or stop the rest."
	case deletion.Restored:
		return "Held: this database may be older than what happened, so what is left may have been sent already. Nothing is sent until somebody releases it."
	case deletion.NeedsDecision:
		return "A request with lists may or may not have run. Open the unknown batch and decide; nothing of it is sent again by itself."
	}
	return "Paused by " + d.ReasonNote + ". Nothing new is sent; what was sent before is still being deleted."
}
