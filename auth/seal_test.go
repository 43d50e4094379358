package auth_test

import (
	"bytes"
	"encoding/base64"
	"errors"
	"fmt"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"winnow/auth"
)

func TestParseKeys(t *testing.T) {
	good := auth.GenerateKey()
	short := base64.StdEncoding.EncodeToString(make([]byte, 31))
	tests := map[string]struct {
		text string
		want string // part of the error, "" for none
	}{
		"one key":                {"1:" + good, ""},
		"two keys, newest first": {"2:" + good + ",1:" + auth.GenerateKey(), ""},
		"spaces and newline":     {" 2:" + good + " , 1:" + good + "\n", ""},
		"highest id":             {"255:" + good, ""},
		"nothing":                {"", "key 1 of the list: want id:base64"},
		"no id":                  {good, "key 1 of the list: want id:base64"},
		"id zero":                {"0:" + good, "from 1 to 255"},
		"id too high":            {"256:" + good, "from 1 to 255"},
		"id with a sign":         {"+1:" + good, "from 1 to 255"},
		"same id twice":          {"1:" + good + ",1:" + auth.GenerateKey(), "key 2 of the list: id 1 is there twice"},
		"31 bytes":               {"1:" + short, "want 32 bytes, got 31"},
		"not base64":             {"1:" + good + "canary", "not standard base64"},
		"comma at the end":       {"1:" + good + ",", "key 2 of the list"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			_, err := auth.ParseKeys(test.text)
			if test.want == "" && err == nil {
				return
			}
			if err == nil || test.want == "" || !strings.Contains(err.Error(), test.want) {
				t.Fatalf("error %v, want %q", err, test.want)
			}
			if strings.Contains(err.Error(), good) || strings.Contains(err.Error(), "canary") {
				t.Errorf("the error shows the key: %v", err)
			}
		})
	}
}

func FuzzParseKeys(f *testing.F) {
	f.Add("1:" + auth.GenerateKey())
	f.Add("2:AAAA,1:")
	f.Fuzz(func(t *testing.T, text string) {
		k, err := auth.ParseKeys(text)
		if (k == nil) == (err == nil) {
			t.Fatalf("keys %v and error %v", k, err)
		}
		if err != nil {
			return
		}
		s := sealer(t, k, "fuzz")
		if plain, err := s.Open(s.Seal([]byte("x"), "row"), "row"); err != nil || string(plain) != "x" {
			t.Fatalf("opened %q, %v", plain, err)
		}
	})
}

func sealer(t interface {
	Helper()
	Fatal(...any)
}, k *auth.Keys, purpose string) *auth.Sealer {
	t.Helper()
	s, err := k.Sealer(purpose)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestSealedOpensOnlyWhereItBelongs(t *testing.T) {
	one, two := "1:"+auth.GenerateKey(), "2:"+auth.GenerateKey()
	sealed := sealer(t, keys(t, one), "tokens").Seal([]byte("plain"), "a", "bc")
	tests := map[string]struct {
		keys, purpose string
		row           []string
		opens         bool
	}{
		"same place":          {one, "tokens", []string{"a", "bc"}, true},
		"after a new key":     {two + "," + one, "tokens", []string{"a", "bc"}, true},
		"old key removed":     {two, "tokens", []string{"a", "bc"}, false},
		"other key, same id":  {"1:" + auth.GenerateKey(), "tokens", []string{"a", "bc"}, false},
		"other purpose":       {one, "sessions", []string{"a", "bc"}, false},
		"other row":           {one, "tokens", []string{"a", "bd"}, false},
		"parts cut elsewhere": {one, "tokens", []string{"ab", "c"}, false},
		"parts run together":  {one, "tokens", []string{"abc"}, false},
		"a part more":         {one, "tokens", []string{"a", "bc", ""}, false},
		"no row at all":       {one, "tokens", nil, false},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			plain, err := sealer(t, keys(t, test.keys), test.purpose).Open(sealed, test.row...)
			if test.opens && (err != nil || string(plain) != "plain") {
				t.Errorf("opened %q, %v", plain, err)
			}
			if !test.opens && !errors.Is(err, auth.ErrUnsealed) {
				t.Errorf("opened %q, %v, want ErrUnsealed", plain, err)
			}
		})
	}
}

func TestNewestKeySeals(t *testing.T) {
	one, two := "1:"+auth.GenerateKey(), "2:"+auth.GenerateKey()
	sealed := sealer(t, keys(t, one+","+two), "tokens").Seal([]byte("plain"))
	if _, err := sealer(t, keys(t, two), "tokens").Open(sealed); err != nil {
		t.Errorf("not sealed with the highest id: %v", err)
	}
}

func TestAnyChangedByteKeepsItShut(t *testing.T) {
	s := sealer(t, keys(t, "7:"+auth.GenerateKey()), "tokens")
	rapid.Check(t, func(t *rapid.T) {
		plain := rapid.SliceOf(rapid.Byte()).Draw(t, "plain")
		sealed := s.Seal(plain, "row")
		if got, err := s.Open(sealed, "row"); err != nil || !bytes.Equal(got, plain) {
			t.Fatalf("opened %q, %v", got, err)
		}
		if len(sealed) != len(plain)+29 {
			t.Fatalf("%d bytes more", len(sealed)-len(plain))
		}
		at := rapid.IntRange(0, len(sealed)-1).Draw(t, "at")
		sealed[at] ^= rapid.ByteRange(1, 255).Draw(t, "flip")
		if _, err := s.Open(sealed, "row"); !errors.Is(err, auth.ErrUnsealed) {
			t.Fatalf("changed at %d: %v", at, err)
		}
		if _, err := s.Open(sealed[:at], "row"); !errors.Is(err, auth.ErrUnsealed) {
			t.Fatalf("cut at %d: %v", at, err)
		}
	})
}

func TestSecretsDoNotPrint(t *testing.T) {
	text := auth.GenerateKey()
	k := keys(t, "1:"+text)
	s := sealer(t, k, "x")
	for _, v := range []any{auth.Secret(text), k, s, struct{ Inside auth.Secret }{auth.Secret(text)}} {
		for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%d"} {
			if got := fmt.Sprintf(verb, v); !strings.Contains(got, "[secret]") || strings.Contains(got, text) {
				t.Errorf("%s of a %T prints %q", verb, v, got)
			}
		}
	}
}
