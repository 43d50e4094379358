package sandbox

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/uuid"
	"pgregory.net/rapid"
)

// TestCollectionForgetsAndKeeps compares a collection with slices, whatever is made and deleted.
func TestCollectionForgetsAndKeeps(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		tags := newCollection[*tag]()
		var all, living []*tag
		clock := idClock{}
		for n := range rapid.IntRange(0, 30).Draw(r, "steps") {
			if len(living) > 0 && rapid.Bool().Draw(r, "drop") {
				one := rapid.SampledFrom(living).Draw(r, "tag")
				tags.drop(one)
				living = slices.DeleteFunc(living, func(other *tag) bool { return other == one })
				continue
			}
			one := &tag{id: clock.next(seedBegin), name: string(rune('a' + n%7))}
			one.members.add(uint32(n % 3))
			tags.add(one)
			all, living = append(all, one), append(living, one)
		}
		checkCollection(r, &tags, all, living)
	})
}

func checkCollection(r *rapid.T, tags *collection[*tag], all, living []*tag) {
	r.Helper()
	if !slices.Equal(tags.all, all) || !slices.Equal(tags.living, living) {
		r.Errorf("it has %d tags and %d living ones, want %d and %d", len(tags.all), len(tags.living), len(all), len(living))
	}
	ids := []uuid.UUID{{}}
	var names []string
	for _, one := range all {
		ids = append(ids, one.id, one.id)
		alive := slices.Contains(living, one)
		if got := tags.get(one.id); (got == one) != alive || alive != (one.members.size == 1) {
			r.Errorf("%s, living %v, is found as %v with %d contacts", one.name, alive, got, one.members.size)
		}
		first := slices.IndexFunc(living, func(other *tag) bool { return other.name == one.name })
		if got := tags.named(one.name); (got == nil) != (first < 0) || got != nil && got != living[first] {
			r.Errorf("by the name %s it finds %v", one.name, got)
		}
	}
	if got := tags.find(ids); !slices.Equal(got, living) {
		r.Errorf("by all ids, twice each, it finds %d, want the %d living", len(got), len(living))
	}
	var in []*tag
	for _, one := range living {
		if one.members.has(1) {
			in, names = append(in, one), append(names, one.name)
		}
	}
	got := tags.of(1)
	if !slices.Equal(got, in) || len(idsOf(got)) != len(in) || idsOf(got) == nil {
		r.Errorf("the contact is in %d, want %d", len(got), len(in))
	}
	if text := namesOf(got); text != strings.Join(names, ", ") {
		r.Errorf("the names are %q, want those of %q", text, names)
	}
}
