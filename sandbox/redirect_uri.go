package sandbox

import (
	"fmt"
	"net/url"
	"regexp"
	"strings"
)

// checkRedirectURI applies the rules of https://developer.constantcontact.com/api_guide/apps_create.html.
func checkRedirectURI(uri string) error {
	u, err := url.Parse(strings.Replace(uri, "*", "wildcard", 1))
	if err != nil {
		return fmt.Errorf("redirect URI: %w", err)
	}
	if (u.Scheme != "http" && u.Scheme != "https") || u.Host == "" || u.Fragment != "" {
		return fmt.Errorf("redirect URI %q is not an absolute http(s) URL without a fragment", uri)
	}
	if before, after, wild := strings.Cut(uri, "*"); wild {
		host, _, _ := strings.Cut(after, "/")
		_, inHost, _ := strings.Cut(before, "://")
		if strings.Contains(after, "*") || strings.ContainsAny(inHost, "./?@:") || strings.Count(host, ".") < 2 {
			return fmt.Errorf("redirect URI %q has a * elsewhere than once in the lowest-level sub-domain", uri)
		}
	}
	return nil
}

// redirectMatches tells whether a redirect URI is the registered one, or one that its wildcard stands for.
func redirectMatches(registered, uri string) bool {
	before, after, wild := strings.Cut(registered, "*")
	if !wild {
		return registered == uri
	}
	middle, ok := strings.CutPrefix(uri, before)
	if !ok {
		return false
	}
	middle, ok = strings.CutSuffix(middle, after)
	return ok && wildcardText.MatchString(middle)
}

var wildcardText = regexp.MustCompile(`^[A-Za-z0-9-]+$`)
