package sandbox_test

import (
	"errors"
	"io"
	"strings"
	"testing"
	"time"

	"winnow/sandbox"
)

// refreshed posts a refresh over a raw connection.
func (a *api) refreshed(token string) heard {
	a.t.Helper()
	body := merge(refreshForm(token), map[string][]string{"client_id": {confidential}, "client_secret": {"s3cret:%"}}).Encode()
	head := strings.Replace(a.head("POST", sandbox.TokenPath, body), "application/json", formKind, 1)
	w := a.dial()
	w.write(head + body)
	return w.listen()
}

// A rotated token whose answer was lost is the worst that can happen to a refresh: the old one is used up.
func TestFaultsOfARefresh(t *testing.T) {
	for name, tc := range map[string]struct {
		fault   sandbox.Fault
		rotated bool
		check   func(*testing.T, heard)
	}{
		"reset unread": {sandbox.Fault{Effect: sandbox.ResetUnread}, false, func(t *testing.T, h heard) { h.wantReset(t) }},
		"reset before": {sandbox.Fault{Effect: sandbox.ResetBefore}, false, func(t *testing.T, h heard) { h.wantReset(t) }},
		"reset after":  {sandbox.Fault{Effect: sandbox.ResetAfter}, true, func(t *testing.T, h heard) { h.wantReset(t) }},
		"truncated": {sandbox.Fault{Effect: sandbox.TruncateAfter}, true, func(t *testing.T, h heard) {
			if _, _, _, err := h.parse(t); !errors.Is(err, io.ErrUnexpectedEOF) {
				t.Errorf("heard %q", h.text)
			}
		}},
		"503 before": {sandbox.Fault{Effect: sandbox.AnswerBefore, Status: 503}, false, func(t *testing.T, h heard) { h.wantAnswer(t, 503, "E0000009") }},
		"500 after":  {sandbox.Fault{Effect: sandbox.AnswerAfter}, true, func(t *testing.T, h heard) { h.wantAnswer(t, 500, "E0000009") }},
		"empty 429":  {sandbox.Fault{Effect: sandbox.AnswerBefore, Status: 429}, false, func(t *testing.T, h heard) { h.wantAnswer(t, 429, "") }},
		"HTML after": {sandbox.Fault{Effect: sandbox.AnswerAfter, Status: 200, Body: sandbox.HTMLBody}, true, func(t *testing.T, h heard) { h.wantAnswer(t, 200, "<html>") }},
		"trickle":    {sandbox.Fault{Effect: sandbox.Trickle, Delay: time.Nanosecond}, true, func(t *testing.T, h heard) { h.wantAnswer(t, 200, "access_token") }},
		"gzip bomb":  {sandbox.Fault{Effect: sandbox.GzipBomb, Size: 1 << 20}, true, func(t *testing.T, h heard) { h.wantAnswer(t, 200, "\x1f\x8b") }},
		"redirect":   {sandbox.Fault{Effect: sandbox.AnswerBefore, Status: 307}, false, func(t *testing.T, h heard) { h.wantAnswer(t, 307, "") }},
	} {
		t.Run(name, func(t *testing.T) {
			a := startOAuth(t)
			p := a.issued(a.exchange(codeForm(a.code(sandbox.OwnerLogin))))
			tc.fault.Route = "POST " + sandbox.TokenPath
			a.Inject(tc.fault)
			tc.check(t, a.refreshed(p.Refresh))
			all := a.Journal()
			if last := all[len(all)-1]; last.Applied != tc.rotated || last.Fault != tc.fault.Effect || !last.Done {
				t.Errorf("the journal says %+v", last)
			}
			again := a.exchange(refreshForm(p.Refresh))
			if tc.rotated {
				a.wantGrantError("the token that was used up", again, badRefresh)
			} else {
				a.issued(again)
			}
			a.NobodyWentElsewhere(t)
		})
	}
}

func TestFaultsOfEveryOAuthRoute(t *testing.T) {
	for _, route := range []string{"GET " + sandbox.AuthorizePath, "POST " + sandbox.AuthorizePath, "POST " + sandbox.TokenPath, "POST " + sandbox.DevicePath} {
		a := startOAuth(t)
		a.Inject(sandbox.Fault{Effect: sandbox.AnswerBefore, Count: sandbox.EveryTime}) // without a route: the API alone
		hit := a.Inject(sandbox.Fault{Route: route, Effect: sandbox.AnswerBefore, Status: 503})
		method, path, _ := strings.Cut(route, " ")
		first, second := a.do(method, path, ""), a.do(method, path, "")
		if first.status != 503 || second.status == 503 || second.status == 500 || hit.Hits() != 1 {
			t.Errorf("%s: answered %d and %d", route, first.status, second.status)
		}
	}
}

func TestConsentWhoseAnswerIsLost(t *testing.T) {
	a := startOAuth(t)
	a.Inject(sandbox.Fault{Route: "POST " + sandbox.AuthorizePath, Effect: sandbox.AnswerAfter, Status: 502, Body: sandbox.HTMLBody})
	got := a.open(authorize(), map[string][]string{"user": {sandbox.OwnerLogin}, "decision": {"allow"}})
	if got.status != 502 || got.header.Get("Location") != "" || a.Counts().OAuth.CodesIssued != 1 {
		t.Errorf("answered %d with %v after %+v", got.status, got.header, a.Counts().OAuth)
	}
}
