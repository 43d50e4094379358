package constantcontact

import (
	"regexp"
	"strings"
	"unicode"
)

const (
	maxText    = 300     // characters of vendor text that an error may hold
	maxKey     = 100     // characters of an error key or a request id
	maxRaw     = 8 << 10 // bytes of a text that are looked at
	minSecret  = 8       // a shorter token is a test's and would match ordinary words
	tokenMark  = "[token]"
	mailMark   = "[e-mail]"
	cutOffMark = "…"
)

var (
	// tokenLike finds bearer credentials and JSON Web Tokens that are not the token we sent.
	tokenLike = regexp.MustCompile(`(?i:bearer)\s+[\w.~+/=-]+|eyJ[\w-]{6,}[\w.-]*`)

	// mailLike finds e-mail addresses, with the at sign also as URLs, HTML and JSON write it.
	mailLike = regexp.MustCompile(`(?:"[^"]*"|[^\s"<>()\[\],;:]*)` +
		`(?:@|＠|%(?:25)*40|&#64;|&#[xX]40;|&commat;|\\u0040)` +
		`[^\s"<>()\[\],;:&=?/|\\]*`)
)

// clean makes a text from outside fit for an error and a log: one line, at most limit characters, without
// the token that was sent, anything like a token, or an e-mail address.
func clean(text, token string, limit int) string {
	text = strings.ToValidUTF8(firstPart(text), " ")
	text = strings.Map(printable, text)
	text = strings.Join(strings.Fields(text), " ")
	if len(token) >= minSecret {
		text = strings.ReplaceAll(text, token, tokenMark)
	}
	text = tokenLike.ReplaceAllString(text, tokenMark)
	text = mailLike.ReplaceAllString(text, mailMark)
	return shorten(text, limit)
}

// firstPart returns the part of a long text that is worth looking at. It ends at a space, so that no half
// of a token or an address survives at the end, unrecognised.
func firstPart(text string) string {
	if len(text) <= maxRaw {
		return text
	}
	return text[:strings.LastIndexAny(text[:maxRaw], " \t\r\n")+1]
}

// printable replaces rather than drops, so that two halves of a token cannot be joined by dropping what is
// between them.
func printable(r rune) rune {
	if unicode.IsPrint(r) {
		return r
	}
	return ' '
}

func shorten(text string, limit int) string {
	runes := []rune(text)
	if len(runes) <= limit {
		return text
	}
	return string(runes[:limit-1]) + cutOffMark
}

// cleanError is an error with a cleaned text. errors.Is and errors.As still see what it was.
type cleanError struct {
	text  string
	cause error
}

func (e *cleanError) Error() string { return e.text }
func (e *cleanError) Unwrap() error { return e.cause }

// scrub cleans the text of an error that may quote what a server wrote.
func scrub(err error, token string) error {
	return &cleanError{text: clean(err.Error(), token, maxText), cause: err}
}
