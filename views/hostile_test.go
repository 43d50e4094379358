package views_test

import (
	"fmt"
	"reflect"
	"slices"
	"strings"
)

// hostileTexts are values that break out of HTML, attributes, URLs or lines when somebody forgets to escape them.
var hostileTexts = []string{
	`<script>alert(1)</script>`,
	`"><img src=x onerror=alert(1)>`,
	`' onmouseover='alert(1)`,
	`javascript:alert(1)`,
	`//evil.example/%2e%2e/?a=b&c=d#e`,
	"</title></textarea></code></pre>",
	"\u202eetirw ot thgir\u2066 \u200b",
	`{{7*7}} ${7*7} {access_token}`,
	strings.Repeat("W", 500),
	"line\r\nbreak\x00\ttab",
	`../../etc/passwd`,
	"名前 עברית العربية 🌾",
}

// keptFields hold one of a fixed set of words that decide what a page looks like.
var keptFields = []string{"State", "Outcome", "ActivityState", "Unit", "Kind", "Sort", "Mode", "Nav", "Field", "Key"}

// hostile returns a deep copy of an example in which every text is hostile but those of the kept fields. Each text is
// different, because ids are.
func hostile(data any, offset int, kept []string) any {
	n := offset
	next := func() string {
		n++
		return fmt.Sprintf("%s %d", hostileTexts[n%len(hostileTexts)], n)
	}
	out := reflect.New(reflect.TypeOf(data)).Elem()
	out.Set(reflect.ValueOf(data))
	poison(out, "", kept, next)
	return out.Interface()
}

func poison(v reflect.Value, field string, kept []string, next func() string) {
	switch v.Kind() {
	case reflect.String:
		if v.Len() > 0 && !slices.Contains(kept, field) {
			v.SetString(next())
		}
	case reflect.Struct:
		if v.Type().PkgPath() == "time" {
			return
		}
		for i := range v.NumField() {
			poison(v.Field(i), v.Type().Field(i).Name, kept, next)
		}
	case reflect.Slice:
		fresh := reflect.MakeSlice(v.Type(), v.Len(), v.Len())
		reflect.Copy(fresh, v)
		v.Set(fresh)
		for i := range v.Len() {
			poison(v.Index(i), field, kept, next)
		}
	}
}
