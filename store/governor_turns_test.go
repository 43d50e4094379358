package store_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"winnow/store"
)

// standing is a line of calls in a bubble, whose clock moves on when all of them wait.
type standing struct {
	*testing.T
	g      *store.Governor
	begin  time.Time
	mu     sync.Mutex
	starts []string // name and the place in which it started, counted in intervals
	calls  sync.WaitGroup
}

func inLine(t *testing.T, test func(s *standing)) {
	synctest.Test(t, func(t *testing.T) {
		s := &standing{T: t, g: store.NewGovernor(open(t), store.GovernorOptions{Now: time.Now}), begin: time.Now()}
		test(s)
		s.calls.Wait()
	})
}

// comes has a call stand in line behind those that came before.
func (s *standing) comes(ctx context.Context, name string, kind store.Kind) {
	s.calls.Go(func() {
		_, err := s.g.Await(ctx, "key", kind)
		s.mu.Lock()
		defer s.mu.Unlock()
		at := time.Since(s.begin)
		if err != nil {
			name += " gave up"
		} else if at%interval != 0 {
			s.Errorf("%s starts after %v", name, at)
		}
		s.starts = append(s.starts, name)
	})
	synctest.Wait()
}

func (s *standing) startedAs(want string) {
	s.Helper()
	s.calls.Wait()
	if diff := cmp.Diff(strings.Fields(want), s.starts); diff != "" {
		s.Errorf("calls start in another order (-want +got):\n%s", diff)
	}
}

func TestAPersonGoesFirst(t *testing.T) {
	inLine(t, func(s *standing) {
		for name := range strings.FieldsSeq("a b c d") {
			s.comes(s.Context(), name, store.Send)
		}
		s.comes(s.Context(), "ann", store.Ask)
		s.comes(s.Context(), "bob", store.Ask)
		s.comes(s.Context(), "e", store.Look)
		s.startedAs("a ann bob b c d e")
		if took := time.Since(s.begin); took != 6*interval {
			s.Errorf("seven calls took %v", took)
		}
		usageIs(s.T, s.g, 7, 10_000)
	})
}

func TestAPersonWhoLeavesIsNotWaitedFor(t *testing.T) {
	inLine(t, func(s *standing) {
		ctx, leave := context.WithCancelCause(s.Context())
		s.comes(s.Context(), "a", store.Look)
		s.comes(s.Context(), "b", store.Look)
		s.comes(ctx, "ann", store.Ask)
		leave(errors.New("closed the page"))
		synctest.Wait()
		s.comes(s.Context(), "c", store.Look)
		s.calls.Wait()
		if i := slices.Index(s.starts, "ann gave up"); i < 0 {
			s.Errorf("she did not leave: %v", s.starts)
		} else {
			s.starts = slices.Delete(s.starts, i, i+1)
		}
		s.startedAs("a b c")
		usageIs(s.T, s.g, 4, 10_000)
	})
}

func TestAPersonIsHeldLikeEverybody(t *testing.T) {
	inLine(t, func(s *standing) {
		for name := range strings.FieldsSeq("a b c") {
			s.comes(s.Context(), name, store.Look)
		}
		s.comes(s.Context(), "ann", store.Ask)
		hold(s.T, s.g, 10*interval)
		s.comes(s.Context(), "d", store.Look)
		s.startedAs("a ann b c d")
		if took := time.Since(s.begin); took < 13*interval {
			s.Errorf("the last call starts after %v, in spite of the hold", took)
		}
	})
}
