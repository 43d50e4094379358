package sandbox

import (
	"encoding/json"
	"fmt"
	"mime"
	"net/http"
	"net/url"
	"strings"
)

// form reads the parameters of an OAuth2 request: from its body, which may be a form or, as some clients send it, JSON,
// and from its query, as the vendor's own samples have them. The body wins.
func (x *exchange) form() (url.Values, *reply) {
	unreadable := oauthRefusal(http.StatusBadRequest, "invalid_request", "The form could not be read.")
	if x.bodyErr != nil {
		return nil, &unreadable
	}
	query, err := url.ParseQuery(x.request.URL.RawQuery)
	if err != nil {
		return nil, &unreadable
	}
	kind, _, _ := mime.ParseMediaType(x.request.Header.Get("Content-Type"))
	var body url.Values
	switch {
	case strings.EqualFold(kind, "application/x-www-form-urlencoded"):
		body, err = url.ParseQuery(string(x.body))
	case strings.EqualFold(kind, "application/json"):
		body, err = parametersOf(x.body)
	case x.request.URL.RawQuery == "":
		r := oktaRefusal(http.StatusUnsupportedMediaType, "E0000021",
			"Bad request.  Accept and/or Content-Type headers likely do not match supported values.")
		return nil, &r
	}
	if err != nil {
		return nil, &unreadable
	}
	for name, values := range body {
		query[name] = values
	}
	return query, nil
}

// parametersOf reads a flat JSON object. Arrays, as some send the scopes, are joined by blanks.
func parametersOf(body []byte) (url.Values, error) {
	var object map[string]any
	if len(body) == 0 {
		return nil, nil
	}
	if err := json.Unmarshal(body, &object); err != nil {
		return nil, fmt.Errorf("read JSON parameters: %w", err)
	}
	form := url.Values{}
	for name, value := range object {
		switch v := value.(type) {
		case string:
			form.Set(name, v)
		case []any:
			form.Set(name, strings.Trim(fmt.Sprint(v...), " "))
		}
	}
	return form, nil
}
