package constantcontact

import (
	"errors"
	"io/fs"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"
)

func TestClean(t *testing.T) {
	const token = "secret-token-1"
	cases := []struct{ name, in, want string }{
		{"plain", "list_id not found", "list_id not found"},
		{"empty", "", ""},
		{"uuid stays", "contact c36c8dda-bc12-11f1-aa3a-02420a320002", "contact c36c8dda-bc12-11f1-aa3a-02420a320002"},
		{"lines and controls", "a\r\nb\tc\x00d\x1b[1me\u202ef\u200bg", "a b c d [1me f g"},
		{"broken encoding", "a\xff\xfeb", "a b"},
		{"our token", "token=secret-token-1; again secret-token-1", "token=[token]; again [token]"},
		{"our token cut in two", "secret-\x00token-1", "secret- token-1"},
		{"another bearer", "got bearer abc.def+/=~", "got [token]"},
		{"a web token", "x eyJhbGciOi.eyJpc3Mi.c2ln y", "x [token] y"},
		{"address", "mail to ada.owner+x@example.co.uk, now", "mail to [e-mail], now"},
		{"quoted address", `"Ada Owner"@example.com`, "[e-mail]"},
		{"address in brackets", "Ada <ada@example.com>", "Ada <[e-mail]>"},
		{"address in a URL", "GET https://h.example/v3/contacts?email=ada%40example.com&limit=1", "GET https:[e-mail]&limit=1"},
		{"twice escaped", "ada%2540example.com", "[e-mail]"},
		{"in HTML", "ada&#64;example.com ada&commat;example.com", "[e-mail] [e-mail]"},
		{"in JSON", `{"a":"ada\u0040example.com"}`, `{"a":"[e-mail]"}`},
		{"other letters", "älä@exämple.com", "[e-mail]"},
		{"wide at sign", "ada＠example.com", "[e-mail]"},
		{"return path", "bounce+ada=example.com@lists.example.org", "[e-mail]"},
		{"long", strings.Repeat("a", 301), strings.Repeat("a", 299) + "…"},
		{"exactly as long", strings.Repeat("ä", 300), strings.Repeat("ä", 300)},
		{"one endless word", strings.Repeat("a", 9000), ""},
		{"a token across the end", strings.Repeat(" ", 8185) + token, ""},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			if got := clean(c.in, token, maxText); got != c.want {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
}

func TestCleanWithoutAToken(t *testing.T) {
	for _, token := range []string{"", "a"} {
		if got := clean("a short text", token, maxText); got != "a short text" {
			t.Errorf("token %q: got %q", token, got)
		}
	}
}

func TestScrubKeepsWhatTheErrorIs(t *testing.T) {
	got := scrub(errors.Join(fs.ErrNotExist, errors.New("me@example.com")), "")
	if !errors.Is(got, fs.ErrNotExist) || strings.Contains(got.Error(), "@") {
		t.Errorf("got %v", got)
	}
}

func FuzzErrorBody(f *testing.F) {
	const token = "secret-token-1"
	for _, seed := range []string{
		"", "[]", "[null]", "null", "{}", `[{"error_key":"a","error_message":"b"}]`, `{"error_key":"a"}`,
		`{"message":"Forbidden"}`, "<html>", `{"error_message":"ada@example.com secret-token-1"}`, "\xff\xfe", `[{"error_key":"\u0000"}]`,
		`{"error_key":"secret-token-1","error_message":"\u202e"}`, strings.Repeat("[", 20000),
	} {
		for _, status := range []int{200, 201, 302, 400, 403, 404, 409, 429, 500} {
			f.Add(status, seed)
		}
	}
	f.Fuzz(func(t *testing.T, status int, body string) {
		a := &answer{method: "POST", path: deletePath, token: token, status: status, body: []byte(body)}
		e := newError(a)
		if e.FromVendor && len(parseVendorErrors(status, []byte(body))) == 0 {
			t.Error("taken for the vendor's without an error in it")
		}
		wantFit(t, e.Error(), token)
		activity, err := classifyDelete(a)
		checkClassified(t, status, activity, err)
		if err != nil {
			wantFit(t, err.Error(), token)
		}
	})
}

// checkClassified holds a classification against the rules that no body may bend.
func checkClassified(t *testing.T, status int, activity *Activity, err error) {
	t.Helper()
	switch e := err.(type) { //nolint:errorlint // what is promised is the outermost type
	case nil:
		if status < 200 || status > 202 || checkID(activity.ActivityID) != nil {
			t.Errorf("status %d was taken for a success with id %q", status, activity.ActivityID)
		}
	case *Error:
		if status < 400 || status >= 500 || status == 408 || status == 409 || status == 425 || !e.FromVendor {
			t.Errorf("status %d was taken for a refusal", status)
		}
	case *UnclearError:
	default:
		t.Errorf("error is a %T", err)
	}
}

func wantFit(t *testing.T, text, token string) {
	t.Helper()
	if strings.Contains(text, token) || strings.Contains(text, "@") {
		t.Errorf("holds a secret: %q", text)
	}
	if !utf8.ValidString(text) || strings.ContainsFunc(text, func(r rune) bool { return !unicode.IsPrint(r) }) {
		t.Errorf("holds what cannot be printed: %q", text)
	}
	if n := utf8.RuneCountInString(text); n > 2*maxText {
		t.Errorf("has %d characters", n)
	}
}
