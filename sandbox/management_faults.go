package sandbox

import (
	"fmt"
	"net/http"
	"strconv"
	"time"
)

// faultBody is a fault as the management listener reads and shows it.
type faultBody struct {
	ID          int      `json:"id"` // below zero: one of chaos
	Route       string   `json:"route,omitempty"`
	Account     string   `json:"account,omitempty"`
	Skip        int      `json:"skip,omitempty"`
	Count       int      `json:"count,omitempty"`
	Probability float64  `json:"probability,omitempty"`
	Effect      Effect   `json:"effect"`
	Status      int      `json:"status,omitempty"`
	Body        string   `json:"body,omitempty"`
	NoBody      bool     `json:"no_body,omitempty"`
	RetryAfter  duration `json:"retry_after,omitzero"`
	Items       int      `json:"items,omitempty"`
	Size        int64    `json:"size,omitempty"`
	Delay       duration `json:"delay,omitzero"`
	DelayUpTo   duration `json:"delay_up_to,omitzero"`
	Held        bool     `json:"held,omitempty"`
	Hits        int      `json:"hits"`
}

func (b faultBody) fault() Fault {
	f := Fault{
		Route: b.Route, Account: b.Account, Skip: b.Skip, Count: b.Count, Probability: b.Probability,
		Effect: b.Effect, Status: b.Status, Body: b.Body, RetryAfter: time.Duration(b.RetryAfter),
		Items: b.Items, Size: b.Size, Delay: time.Duration(b.Delay), DelayUpTo: time.Duration(b.DelayUpTo),
	}
	if b.NoBody {
		f.Body = NoBody
	}
	return f
}

func showFault(i *Injection) faultBody {
	f := i.Fault()
	b := faultBody{
		ID: i.ID(), Hits: i.Hits(), Held: f.Release != nil, NoBody: f.Body == NoBody,
		Route: f.Route, Account: f.Account, Skip: f.Skip, Count: f.Count, Probability: f.Probability,
		Effect: f.Effect, RetryAfter: duration(f.RetryAfter),
		Items: f.Items, Delay: duration(f.Delay), DelayUpTo: duration(f.DelayUpTo),
	}
	if !b.NoBody {
		b.Body = f.Body
	}
	switch f.Effect { // the defaults of the others mean nothing
	case AnswerBefore, AnswerAfter:
		b.Status = f.Status
	case GzipBomb:
		b.Size = f.Size
	}
	return b
}

func (m *management) getFaults(*http.Request) (any, error) {
	all := []faultBody{}
	for _, i := range m.Faults() {
		all = append(all, showFault(i))
	}
	return map[string]any{"faults": all, "chaos_seed": m.faults.seed}, nil
}

func (m *management) addFault(r *http.Request) (any, error) {
	var body faultBody
	if err := readJSON(r, &body); err != nil {
		return nil, err
	}
	f := body.fault()
	if err := f.Validate(); err != nil {
		return nil, err
	}
	release := make(chan struct{})
	if body.Held {
		f.Release = release
	}
	i := m.Inject(f)
	if body.Held {
		m.mu.Lock()
		defer m.mu.Unlock()
		m.held[i.ID()] = release
	}
	return showFault(i), nil
}

func (m *management) clearFaults(*http.Request) (any, error) {
	m.ClearFaults()
	return nil, nil
}

// named finds the fault in the path.
func (m *management) named(r *http.Request) (*Injection, error) {
	id, err := strconv.Atoi(r.PathValue("id"))
	if err != nil {
		return nil, fmt.Errorf("the id has to be a number: %w", errUnknown)
	}
	for _, i := range m.Faults() {
		if i.ID() == id {
			return i, nil
		}
	}
	return nil, errUnknown
}

func (m *management) removeFault(r *http.Request) (any, error) {
	i, err := m.named(r)
	if err != nil {
		return nil, err
	}
	i.Remove()
	return nil, nil
}

// releaseFault lets go of a held fault, removed or not. Releasing twice is an error.
func (m *management) releaseFault(r *http.Request) (any, error) {
	id, err := strconv.Atoi(r.PathValue("id"))
	if err != nil {
		return nil, fmt.Errorf("the id has to be a number: %w", errUnknown)
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	release, ok := m.held[id]
	if !ok {
		return nil, fmt.Errorf("no held fault: %w", errUnknown)
	}
	delete(m.held, id)
	close(release)
	return nil, nil
}

// releaseAll lets go of every held fault; their numbers are given again after a reset.
func (m *management) releaseAll() {
	m.mu.Lock()
	defer m.mu.Unlock()
	for id, release := range m.held {
		delete(m.held, id)
		close(release)
	}
}
