package main

import (
	"context"
	"time"

	"pgregory.net/rapid"

	"winnow/sandbox"
)

// What happens to tokens in a history: they run out, are refused early, and their renewals are disturbed.

// The moments of a renewal.
const (
	renewalLeased   moment = "renewal: leased"            // nothing is sent
	renewalArrived  moment = "renewal: on arrival"        // the refresh token is at the vendor, nothing has happened
	renewalDone     moment = "renewal: before the answer" // the vendor has rotated the token
	renewalHangs    moment = "renewal: in a hang"         // the vendor holds the request
	renewalAnswered moment = "renewal: answered"          // the new pair is here, and not stored
	renewalStored   moment = "renewal: stored"            // nobody has used it
)

var renewalMoments = []moment{renewalLeased, renewalArrived, renewalDone, renewalHangs, renewalAnswered, renewalStored}

const tokenRoute = "POST " + sandbox.TokenPath

// tokenFaults spoil a renewal.
var tokenFaults = []sandbox.Fault{
	{Effect: sandbox.AnswerBefore, Status: 503},
	{Effect: sandbox.AnswerBefore, Status: 429},
	{Effect: sandbox.AnswerBefore, Status: 400},
	{Effect: sandbox.AnswerBefore, Status: 307},
	{Effect: sandbox.AnswerAfter, Status: 503},
	{Effect: sandbox.AnswerAfter, Status: 200, Body: sandbox.NoBody},
	{Effect: sandbox.ResetUnread},
	{Effect: sandbox.ResetBefore},
	{Effect: sandbox.ResetAfter},
	{Effect: sandbox.TruncateAfter},
	{Effect: sandbox.HangBefore},
	{Effect: sandbox.HangAfter},
}

// spoilRenewals plans a fault for the next renewals.
func (h *history) spoilRenewals(t *rapid.T) {
	f := rapid.SampledFrom(tokenFaults).Draw(t, "fault")
	f.Route, f.Count = tokenRoute, rapid.IntRange(1, 3).Draw(t, "times")
	if f.Effect == sandbox.HangBefore || f.Effect == sandbox.HangAfter {
		f.Delay = time.Duration(rapid.IntRange(1, 600).Draw(t, "seconds")) * time.Second
	}
	h.vendor.box.Inject(f)
}

// expire has the API refuse the access token before its time.
func (h *history) expire(*rapid.T) { h.vendor.box.ExpireAccessTokens(sandbox.OwnerLogin) }

// ask is a person who opens the page of the lists.
func (h *history) ask() {
	h.Helper()
	h.console.Catalog.ForgetLists(h.account)
	var err error
	h.watch(func() { _, err = h.console.Catalog.Lists(context.Background(), h.account) })
	h.told(err)
}

// askAnew has somebody need a token after the present one was refused. What was refused in the minute before counts no more.
func (h *history) askAnew() {
	h.Helper()
	h.vendor.pass(time.Minute)
	h.expire(nil)
	h.ask()
}

// renewIn has something happen in the middle of the next renewal, and a renewal.
func (h *history) renewIn(t *rapid.T) {
	what := rapid.SampledFrom([]string{"kill", "sign in", "another asks"}).Draw(t, "what happens")
	h.planInRenewal(t, map[string]*event{
		"kill": {do: h.killRenewal, fatal: true}, "sign in": {do: h.signInMeanwhile}, "another asks": {do: h.askMeanwhile},
	}[what])
	h.askAnew()
}

func (h *history) planInRenewal(t *rapid.T, e *event) {
	e.at = rapid.SampledFrom(renewalMoments).Draw(t, "moment")
	if e.at == renewalHangs {
		h.vendor.box.Inject(sandbox.Fault{Route: tokenRoute, Effect: rapid.SampledFrom([]sandbox.Effect{
			sandbox.HangBefore, sandbox.HangAfter}).Draw(t, "hang"),
			Delay: time.Duration(rapid.IntRange(20, 600).Draw(t, "seconds")) * time.Second})
	}
	h.vendor.plan(e)
}

func (h *history) killRenewal() {
	h.kill()
	h.seen["kills in the middle of a renewal"]++
}

func (h *history) signInMeanwhile() {
	h.connect()
	h.seen["sign-ins in the middle of a renewal"]++
}

// askMeanwhile needs a token too, and does not wait for the renewal.
func (h *history) askMeanwhile() {
	_, _ = h.calls.tokens.Access(context.WithValue(context.Background(), impatient{}, true), h.account)
	h.seen["others who ask in the middle of a renewal"]++
}

// renewTwice is in each history: a renewal in peace, because the token is due, has run out or is refused, and one in which the
// process is killed, after which the next process needs a token. Then somebody signs in, since the refresh token may be spent.
func (h *history) renewTwice(t *rapid.T) {
	if hours := rapid.SampledFrom([]int{0, 23, 25}).Draw(t, "hours pass"); hours > 0 {
		h.vendor.pass(time.Duration(hours) * time.Hour)
		h.ask()
	} else {
		h.askAnew()
	}
	h.planInRenewal(t, &event{do: h.killRenewal, fatal: true})
	h.askAnew()
	before := h.tokenCalls()
	h.ask()
	if h.tokenCalls() > before {
		h.seen["renewals tried again after a kill"]++
	}
	h.vendor.box.ClearFaults()
	h.signIn(nil)
}

// tokenCalls is how many requests the token endpoint got.
func (h *history) tokenCalls() (n int) {
	for _, r := range h.vendor.box.Journal() {
		if r.Path == sandbox.TokenPath {
			n++
		}
	}
	return n
}
