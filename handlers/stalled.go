package handlers

import (
	"errors"
	"net/http"
	"strconv"
	"time"

	"github.com/labstack/echo/v4"

	"winnow/deletion"
	"winnow/views"
)

// stalled says of a deletion that has begun which of its batches wait for what does not move.
func (s *site) stalled(c echo.Context, p *views.Progress, d *deletion.Deletion) error {
	if !s.notices(c).Stalled || d.State != deletion.Running && d.Open == 0 {
		return nil
	}
	found, err := s.Store.Stalled(c.Request().Context(), d.Account, d.ID)
	if err != nil {
		return err
	}
	if found.Full() && found.Batches == 0 && d.State == deletion.Running && d.Unsent > 0 {
		p.Sentence = "Waiting: as many requests of the account as may be are with Constant Contact, and some of them have not moved" +
			" for an hour. Sending goes on when one of them ends."
	}
	if found.Batches == 0 {
		return nil
	}
	if p.Sentence == workingThrough {
		p.Sentence = "All requests are sent."
	}
	p.Stalled = views.Stalled{
		Batches: found.Batches, Asking: found.Asking, First: found.First, For: p.AsOf.Sub(found.Since), Waits: found.Waits,
		Careful: d.State == deletion.Running && d.FirstProven < d.FirstBatches, Full: found.Full(), Blocks: found.Blocks,
	}
	return nil
}

// stalledFor is how long what a batch waits for has not moved; 0 when it is not for long, or nobody waits any more.
func stalledFor(b *deletion.Batch, now time.Time) time.Duration {
	if b.MovedAt.IsZero() || !b.WaivedAt.IsZero() || now.Sub(b.MovedAt) < deletion.StalledAfter {
		return 0
	}
	return now.Sub(b.MovedAt)
}

func (s *site) waitView(c echo.Context, d *deletion.Deletion, b *deletion.Batch, attempts []*deletion.Attempt) (views.Wait, error) {
	stalled := stalledFor(b, time.Now())
	w := views.Wait{Words: b.Waits, MovedAt: b.MovedAt, Stalled: stalled, Asks: stalled >= deletion.AskAfter,
		WaivedAt: b.WaivedAt, WaivedBy: b.WaivedBy, Open: !b.Outcome.Final()}
	if n := len(attempts); n > 0 {
		w.Blocks = attempts[n-1].State == deletion.AttemptUnknown
	}
	if !w.Asks {
		return w, nil
	}
	found, err := s.Store.Stalled(c.Request().Context(), d.Account, d.ID)
	w.Asking = found.Asking
	return w, err
}

// stopWaiting has a batch counted by what the account shows, if it still waits for what the person was shown.
func (s *site) stopWaiting(c echo.Context, d *deletion.Deletion, b *deletion.Batch) error {
	moved, err := strconv.ParseInt(c.Request().PostForm.Get(views.FieldMoved), 10, 64)
	if err != nil {
		return echo.NewHTTPError(http.StatusBadRequest, "The form does not say what it was about.")
	}
	ctx := c.Request().Context()
	if err := s.Store.StopWaiting(ctx, d.Account, d.ID, b.N, time.UnixMilli(moved)); err != nil {
		return err
	}
	s.Log.InfoContext(ctx, "stopped waiting", "deletion", d.ID, "batch", b.N, "user", me(c).ID)
	return goTo(c, views.BatchURL(d.ID, b.N))
}

// stopWaitingAll does the same with every batch of the deletion that a person is asked about. One that moves or ends meanwhile is
// left as it is.
func (s *site) stopWaitingAll(c echo.Context, d *deletion.Deletion) error {
	ctx, stopped := c.Request().Context(), 0
	for _, outcome := range []deletion.Outcome{deletion.Accepted, deletion.Unknown} {
		batches, err := s.Store.Batches(ctx, d.ID, deletion.BatchFilter{Outcome: outcome}) // far fewer than a page of them can be open
		if err != nil {
			return err
		}
		for _, b := range batches {
			if stalledFor(b, time.Now()) < deletion.AskAfter {
				continue
			}
			err := s.Store.StopWaiting(ctx, d.Account, d.ID, b.N, b.MovedAt)
			if err != nil && !errors.Is(err, deletion.ErrChanged) {
				return err
			}
			stopped++
		}
	}
	s.Log.InfoContext(ctx, "stopped waiting", "deletion", d.ID, "batches", stopped, "user", me(c).ID)
	return goTo(c, views.DeletionURL(d.ID))
}
