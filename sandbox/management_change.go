package sandbox

import (
	"fmt"
	"net/http"
	"time"
)

// clockBody is what the management listener says about the clock.
type clockBody struct {
	Now     time.Time `json:"now"`
	Since   duration  `json:"since"` // New
	Stopped bool      `json:"stopped"`
}

func (m *management) clockBody() clockBody {
	return clockBody{Now: m.clock.Now().UTC(), Since: duration(m.since()), Stopped: m.clock.Stopped()}
}

func (m *management) setClock(r *http.Request) (any, error) {
	var body struct {
		Advance duration `json:"advance"`
		Stopped *bool    `json:"stopped"`
	}
	if err := readJSON(r, &body); err != nil {
		return nil, err
	}
	if err := m.clock.Advance(time.Duration(body.Advance)); err != nil {
		return nil, err
	}
	if body.Stopped != nil {
		if *body.Stopped {
			m.clock.Stop()
		} else {
			m.clock.Run()
		}
	}
	return m.clockBody(), nil
}

func (m *management) settleAll(*http.Request) (any, error) {
	m.Settle()
	return m.Counts(), nil
}

func (m *management) addForeign(r *http.Request) (any, error) {
	body := struct {
		Contacts int `json:"contacts"`
	}{Contacts: maxDeleteContacts}
	if err := readJSON(r, &body); err != nil {
		return nil, err
	}
	if _, ok := m.account(r.PathValue("account")); !ok {
		return nil, errUnknown
	}
	return m.AddForeignActivity(r.PathValue("account"), body.Contacts)
}

func (m *management) returnContact(r *http.Request) (any, error) {
	if !m.ReturnContact(r.PathValue("account"), r.PathValue("id")) {
		return nil, fmt.Errorf("no deleted contact: %w", errUnknown)
	}
	return m.getContact(r)
}

// person is a body that names a user.
type person struct {
	Login  string   `json:"login"`
	Scopes []string `json:"scopes"`
}

func (m *management) readPerson(r *http.Request) (person, error) {
	var body person
	if err := readJSON(r, &body); err != nil {
		return body, err
	}
	if _, ok := m.world().member(body.Login); !ok {
		return body, fmt.Errorf("login: %w", errUnknown)
	}
	return body, nil
}

func (m *management) issueToken(r *http.Request) (any, error) {
	body, err := m.readPerson(r)
	if err != nil {
		return nil, err
	}
	if len(body.Scopes) == 0 {
		body.Scopes = []string{"account_read", "contact_data"}
	}
	token, err := m.IssueToken(body.Login, body.Scopes...)
	if err != nil {
		return nil, err
	}
	return map[string]any{"access_token": token}, nil
}

func (m *management) revoke(r *http.Request) (any, error) {
	body, err := m.readPerson(r)
	if err != nil {
		return nil, err
	}
	m.Revoke(body.Login)
	return nil, nil
}

func (m *management) expire(r *http.Request) (any, error) {
	body, err := m.readPerson(r)
	if err != nil {
		return nil, err
	}
	m.ExpireAccessTokens(body.Login)
	return nil, nil
}

func (m *management) reseed(r *http.Request) (any, error) {
	body := struct {
		Seed     uint64 `json:"seed"`
		Contacts int    `json:"contacts"`
		Lists    int    `json:"lists"`
	}{}
	if err := readJSON(r, &body); err != nil {
		return nil, err
	}
	if err := m.Reseed(body.Seed, body.Contacts, body.Lists); err != nil {
		return nil, err
	}
	m.releaseAll()
	return m.Counts(), nil
}

func (m *management) setQuirks(r *http.Request) (any, error) {
	q := m.Quirks()
	if err := readJSON(r, &q); err != nil {
		return nil, err
	}
	m.SetQuirks(q)
	m.releaseAll()
	return q, nil
}

func (m *management) reset(*http.Request) (any, error) {
	m.Reset()
	m.releaseAll()
	return m.Counts(), nil
}
