package main

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"time"

	"winnow/constantcontact"
	"winnow/deletion"
	"winnow/store"
)

// door is the way of a stage's process to the vendor: the program's own gate, governor and retries. Only the waiting is the
// stage's: it moves the clock.
type door struct {
	*clients
	stage *stage
}

// wire builds it as clients.go does.
func (s *stage) wire() *door {
	d := &door{clients: &clients{db: s.db, clocks: &deletion.Clocks{Now: s.clock.now}}, stage: s}
	d.gate = &gate{key: "id", log: slog.New(slog.DiscardHandler),
		governor: store.NewGovernor(s.db, store.GovernorOptions{Now: s.clock.now, Sleep: s.sleep})}
	d.retries.Sleep = s.sleep
	d.tokens = s.openTokens(d.clients)
	return d
}

// sleep moves the clock instead of waiting.
func (s *stage) sleep(ctx context.Context, d time.Duration) error {
	s.vendor.pass(d)
	return ctx.Err()
}

// client is the real API client over the wires of the vendor, with moments at which the process can die.
func (d *door) client(account string) (*constantcontact.Client, error) {
	v := d.stage.vendor
	permit, token, refused := d.permitFor(account), d.tokenFor(account), d.refusedFor(account)
	return constantcontact.New(constantcontact.Options{
		BaseURL: v.api.URL + "/v3", Development: true, Transport: &http.Transport{DialContext: v.dial}, Retries: &d.retries,
		Refused: refused, Dated: d.clocks.SawVendor,
		Token: func(ctx context.Context) (string, error) {
			if v.reach(beforeRequest) {
				return "", errKilled
			}
			given, err := token(ctx)
			if d.stage.dead.Load() {
				return "", errKilled
			}
			return given, errors.Join(err, d.stage.tokens.look(d.stage.witness.db))
		},
		Governor: func(ctx context.Context, call constantcontact.Call) (func(constantcontact.Ending), error) {
			if v.reach(beforePermit) {
				return nil, errKilled
			}
			ended, err := permit(ctx, call)
			if err != nil {
				return nil, err
			}
			d.stage.starts.Add(1)
			if v.reach(afterPermit) {
				return nil, errKilled
			}
			return ended, nil
		},
	})
}
