package auth_test

import (
	"testing"

	"winnow/auth"
)

func TestNewRefusesIncompleteOptions(t *testing.T) {
	tests := map[string]func(*auth.Options){
		"no client id":                    func(o *auth.Options) { o.ClientID = "" },
		"no client secret":                func(o *auth.Options) { o.ClientSecret = "" },
		"no keys":                         func(o *auth.Options) { o.Keys = nil },
		"no store":                        func(o *auth.Options) { o.Store = nil },
		"no identify":                     func(o *auth.Options) { o.Identify = nil },
		"token URL without host":          func(o *auth.Options) { o.TokenURL = "/token" },
		"authorize URL of another scheme": func(o *auth.Options) { o.AuthorizeURL = "javascript://x/" },
		"redirect URL missing":            func(o *auth.Options) { o.RedirectURL = "" },
		"idle longer than absolute":       func(o *auth.Options) { o.Idle = 2 * auth.AbsoluteLife },
		"trusted origin with a path":      func(o *auth.Options) { o.TrustedOrigins = []string{"https://a.example/x"} },
	}
	for name, change := range tests {
		t.Run(name, func(t *testing.T) {
			options := newApp(t).options
			change(&options)
			if _, err := auth.New(options); err == nil {
				t.Error("accepted")
			}
		})
	}
}
