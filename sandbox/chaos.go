package sandbox

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strconv"
	"time"
)

// Chaos is misbehaviour by chance: rules with a Fault.Probability, and the seed that decides. The same seed and the
// same requests of each route give the same faults, whatever else happens at the same time.
type Chaos struct {
	Seed uint64
	// Rules are faults that stand behind the injected ones. No rules is no chaos.
	Rules []Fault
}

// Kind is the absence of chaos, for saying so where chaos is the default.
var Kind = &Chaos{}

const (
	// chaoticHang is the longest time a request of chaos hangs, by the server's clock.
	chaoticHang = 5 * time.Minute
	// chaoticLag is how far an index of chaos may be behind.
	chaoticLag = time.Minute
)

// DefaultChaos is what a client should survive without anybody's help, and go on. Of a hundred requests that delete
// contacts or ask for a page about forty-five go wrong, of the others about thirty; most of them once only, so that trying
// again helps where it is safe. Now and then a token expires early: a client with a refresh token gets another one and
// goes on, and for one without there is Without(ExpireToken).
//
// Left to be injected is what rightly ends a run: a quota_exceeded, after which there is nothing to do until midnight;
// GzipBomb and NextEndless, which no service does but an attacker might, and which a client has to give up on; and
// ActivityStalls and hangs without an end, which only the test's own hand ends.
func DefaultChaos(seed uint64) *Chaos {
	by := func(probability float64, f Fault) Fault { f.Probability = probability; return f }
	rules := []Fault{
		by(0.05, Fault{Effect: AnswerBefore, Status: 500}),
		by(0.05, Fault{Effect: AnswerAfter, Status: 503}),
		by(0.05, Fault{Effect: HangBefore, DelayUpTo: chaoticHang}),
		by(0.03, Fault{Effect: TruncateAfter}),
		by(0.01, Fault{Effect: NoIDAfter}),
		by(0.01, Fault{Effect: ResetUnread}),
		by(0.01, Fault{Effect: ResetBefore}),
		by(0.01, Fault{Effect: ResetAfter}),
		by(0.05, Fault{Effect: AnswerBefore, Status: 429, Body: ThrottledBody}),
		by(0.05, Fault{Route: "POST /v3/activities/contact_delete", Effect: AnswerBefore, Status: 429, Body: QueueFullBody}),
		by(0.01, Fault{Effect: AnswerBefore, Status: 502, Body: HTMLBody}),
		by(0.01, Fault{Effect: AnswerAfter, Status: 504, Body: HTMLBody}),
		by(0.01, Fault{Effect: AnswerAfter, Status: 200, Body: NoBody}),
		by(0.01, Fault{Effect: AnswerBefore, Status: 307}),
		by(0.02, Fault{Effect: Trickle, Delay: 100 * time.Microsecond}),
		by(0.05, Fault{Effect: ForeignActivity}),
		by(0.02, Fault{Effect: ActivityFails, Items: 100}),
		by(0.02, Fault{Effect: ActivityTimesOut, Items: 250}),
		by(0.01, Fault{Effect: ActivityCancelled, Items: 50}),
		by(0.02, Fault{Effect: ActivityEndsShort, Items: 400}),
		by(0.02, Fault{Effect: ContactsReturn, Items: 3}),
		by(0.01, Fault{Effect: NextOtherHost}),
		by(0.01, Fault{Effect: NextNoScheme}),
		by(0.01, Fault{Effect: NextDotDot}),
		by(0.01, Fault{Effect: NextSelf}),
		by(0.10, Fault{Effect: ShortPage}),
		by(0.10, Fault{Effect: IndexLag, DelayUpTo: chaoticLag}),
		by(0.05, Fault{Effect: NoCompletedCount}),
		by(0.05, Fault{Effect: ExtraFields}),
	}
	for _, rule := range []Fault{
		by(0.05, Fault{Effect: AnswerBefore, Status: 429}),
		by(0.03, Fault{Effect: AnswerBefore, Status: 503}),
		by(0.02, Fault{Effect: ResetBefore}),
	} {
		rule.Route = tokenRoute.name()
		rules = append(rules, rule)
	}
	rules = append(rules, by(0.01, Fault{Effect: ExpireToken}), by(0.02, Fault{Effect: HangAfter, DelayUpTo: chaoticHang}))
	return &Chaos{Seed: seed, Rules: rules}
}

// Without is the same chaos without these effects, for a program that is not meant to survive them.
func (c *Chaos) Without(left ...Effect) *Chaos {
	return &Chaos{Seed: c.Seed, Rules: slices.DeleteFunc(slices.Clone(c.Rules), func(f Fault) bool {
		return slices.Contains(left, f.Effect)
	})}
}

// ParseChaos reads "off", "default", which picks a seed, or the number of a seed.
func ParseChaos(text string) (*Chaos, error) {
	switch text {
	case "", "off":
		return Kind, nil
	case "default":
		return DefaultChaos(rand.Uint64()), nil
	}
	seed, err := strconv.ParseUint(text, 10, 64)
	if err != nil {
		return nil, fmt.Errorf("chaos has to be off, default or the number of a seed, not %q", text)
	}
	return DefaultChaos(seed), nil
}
