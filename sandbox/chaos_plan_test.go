package sandbox_test

import (
	"fmt"
	"slices"
	"testing"

	"winnow/sandbox"
)

func TestChaosStandsBehindWhatIsInjected(t *testing.T) {
	a := start(t, func(o *sandbox.Options) {
		o.Chaos = &sandbox.Chaos{Rules: []sandbox.Fault{{Effect: sandbox.AnswerBefore, Status: 503, Count: sandbox.EveryTime}}}
	})
	a.Inject(sandbox.Fault{Effect: sandbox.AnswerBefore, Status: 502})
	var got []int
	for range 3 {
		got = append(got, a.do("GET", "/v3/activities", "").status)
	}
	a.Inject(sandbox.Fault{Effect: sandbox.AnswerBefore, Status: 501})
	var ids []int
	for _, i := range a.Faults() {
		ids = append(ids, i.ID())
	}
	got = append(got, a.do("GET", "/v3/activities", "").status)
	a.ClearFaults()
	got = append(got, a.do("GET", "/v3/activities", "").status)
	a.Reset()
	a.token = a.Token(t, sandbox.OwnerLogin)
	got = append(got, a.do("GET", "/v3/activities", "").status)
	if fmt.Sprint(got) != "[502 503 503 501 200 503]" || fmt.Sprint(ids) != "[1 2 -1]" {
		t.Errorf("answered %v with the faults %v", got, ids)
	}
}

func TestChaosIsReadFromText(t *testing.T) {
	for text, rules := range map[string]bool{"": false, "off": false, "default": true, "0": true, "18446744073709551615": true} {
		chaos, err := sandbox.ParseChaos(text)
		if err != nil || (len(chaos.Rules) > 0) != rules {
			t.Errorf("%q gives %+v, %v", text, chaos, err)
		}
	}
	if chaos, err := sandbox.ParseChaos("42"); err != nil || chaos.Seed != 42 {
		t.Errorf("42 gives %+v, %v", chaos, err)
	}
	for _, text := range []string{"on", "-1", "1.5", "18446744073709551616"} {
		if chaos, err := sandbox.ParseChaos(text); err == nil {
			t.Errorf("%q gives %+v", text, chaos)
		}
	}
}

func TestDefaultChaosIsValid(t *testing.T) {
	chaos := sandbox.DefaultChaos(1)
	if err := (sandbox.Options{Chaos: chaos}).Validate(); err != nil {
		t.Error(err)
	}
	for _, f := range chaos.Rules {
		if f.Probability <= 0 || f.Probability > 0.1 {
			t.Errorf("%+v has the probability %v", f.Effect, f.Probability)
		}
	}
}

// TestDefaultChaosLeavesOutWhatEndsARun has the reasons beside the effects, and holds everything else to be in it.
func TestDefaultChaosLeavesOutWhatEndsARun(t *testing.T) {
	out := map[sandbox.Effect]string{
		sandbox.GzipBomb:       "no service does that",
		sandbox.NextEndless:    "no service does that",
		sandbox.ActivityStalls: "it never ends",
	}
	chaos := sandbox.DefaultChaos(1)
	in := make(map[sandbox.Effect]bool)
	for _, f := range chaos.Rules {
		if in[f.Effect] = true; f.Body == sandbox.QuotaExceededBody {
			t.Error("it uses up the day")
		}
	}
	for _, effect := range sandbox.Effects() {
		if _, left := out[effect]; left == in[effect] {
			t.Errorf("%q: part of it %v, left out %v", effect, in[effect], left)
		}
	}
	if kinder := chaos.Without(sandbox.ExpireToken, sandbox.IndexLag); kinder.Seed != 1 || len(kinder.Rules) != len(chaos.Rules)-2 ||
		slices.ContainsFunc(kinder.Rules, func(f sandbox.Fault) bool { return f.Effect == sandbox.ExpireToken || f.Effect == sandbox.IndexLag }) {
		t.Errorf("without two effects it has %d of %d rules", len(kinder.Rules), len(chaos.Rules))
	}
}

func TestFaultsThatAreWrong(t *testing.T) {
	good := sandbox.Fault{Route: deleteRoute, Effect: sandbox.HangBefore, Probability: 1}
	if err := good.Validate(); err != nil {
		t.Error(err)
	}
	for name, f := range map[string]sandbox.Fault{
		"no effect":         {},
		"unknown effect":    {Effect: "explode"},
		"unknown route":     {Effect: sandbox.AnswerBefore, Route: "GET /v3/nothing"},
		"probability":       {Effect: sandbox.AnswerBefore, Probability: 1.1},
		"negative":          {Effect: sandbox.AnswerBefore, Probability: -0.1},
		"status":            {Effect: sandbox.AnswerBefore, Status: 99},
		"delay":             {Effect: sandbox.AnswerBefore, Delay: -1},
		"count":             {Effect: sandbox.AnswerBefore, Count: -2},
		"more than a disk":  {Effect: sandbox.GzipBomb, Size: 1 << 60},
		"negative contacts": {Effect: sandbox.ContactsReturn, Items: -1},
	} {
		if err := f.Validate(); err == nil {
			t.Errorf("%s: is taken", name)
		}
		if err := (sandbox.Options{Chaos: &sandbox.Chaos{Rules: []sandbox.Fault{f}}}).Validate(); err == nil {
			t.Errorf("%s: is taken as chaos", name)
		}
	}
}

func TestFaultsOfOneAccount(t *testing.T) {
	a := start(t, nil)
	second := a.as(sandbox.SecondOwnerLogin)
	a.Inject(sandbox.Fault{Account: sandbox.SecondAccount, Effect: sandbox.AnswerBefore, Status: 503})
	for i, step := range []struct {
		who  *api
		want int
	}{{a, 200}, {second, 503}, {a, 200}, {second, 200}} {
		if got := step.who.do("GET", "/v3/activities", "").status; got != step.want {
			t.Errorf("request %d is answered %d, want %d", i, got, step.want)
		}
	}
}

func TestEffectsThatDoNotFitDoNotHit(t *testing.T) {
	a := start(t, nil)
	for _, effect := range []sandbox.Effect{sandbox.NextSelf, sandbox.ShortPage, sandbox.IndexLag, sandbox.ActivityFails, sandbox.ForeignActivity, sandbox.NoIDAfter, sandbox.NoCompletedCount} {
		a.Inject(sandbox.Fault{Effect: effect, Count: sandbox.EveryTime})
	}
	a.do("GET", "/v3/account/summary", "")
	if last := a.Journal()[0]; last.Fault != "" || last.Status != 200 {
		t.Errorf("the journal says %+v", last)
	}
}
