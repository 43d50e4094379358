package store_test

import (
	"fmt"
	"slices"
	"testing"

	"winnow/deletion"
)

// The moves that the life of each row knows. Everything else must be refused, whoever asks.
var (
	outcomeMoves = map[deletion.Outcome][]deletion.Outcome{
		deletion.Waiting:   {deletion.Sending, deletion.NotSent, deletion.LeftOut},
		deletion.Sending:   {deletion.Accepted, deletion.Rejected, deletion.Unknown, deletion.Waiting},
		deletion.Unknown:   {deletion.Accepted, deletion.Completed, deletion.Failed, deletion.TimedOut, deletion.Cancelled, deletion.Waiting},
		deletion.Accepted:  {deletion.Completed, deletion.Failed, deletion.TimedOut, deletion.Cancelled, deletion.Unknown},
		deletion.Completed: {deletion.Waiting},
		deletion.Failed:    {deletion.Waiting},
		deletion.TimedOut:  {deletion.Waiting},
		deletion.Cancelled: {deletion.Waiting},
		deletion.Rejected:  {deletion.Waiting},
		deletion.LeftOut:   {deletion.Waiting},
	}
	stateMoves = map[deletion.State][]deletion.State{
		deletion.Preparing: {deletion.Ready},
		deletion.Ready:     {deletion.Running, deletion.Preparing},
		deletion.Running:   {deletion.Paused, deletion.Finished, deletion.Stopped},
		deletion.Paused:    {deletion.Running, deletion.Finished, deletion.Stopped},
		deletion.Finished:  {deletion.Running},
		deletion.Stopped:   {deletion.Running},
	}
	attemptMoves = map[deletion.AttemptState][]deletion.AttemptState{
		deletion.AttemptSending: {deletion.AttemptUnsent, deletion.AttemptRejected, deletion.AttemptAccepted, deletion.AttemptUnknown},
		deletion.AttemptUnknown: {deletion.AttemptParked, deletion.AttemptAccepted, deletion.AttemptExecuted, deletion.AttemptNotExecuted},
		deletion.AttemptParked:  {deletion.AttemptAccepted, deletion.AttemptExecuted, deletion.AttemptNotExecuted},
	}
	attemptStates = []deletion.AttemptState{
		deletion.AttemptSending, deletion.AttemptUnsent, deletion.AttemptRejected, deletion.AttemptAccepted,
		deletion.AttemptUnknown, deletion.AttemptParked, deletion.AttemptExecuted, deletion.AttemptNotExecuted,
	}
)

// allMoves tries every move from every state, each after walking there from the first state by legal moves.
func allMoves[S ~string](t *testing.T, r raw, states []S, moves map[S][]S, first S, move func(S) string) {
	t.Helper()
	for _, from := range states {
		for _, to := range states {
			if from == to {
				continue
			}
			var statements []string
			for _, step := range append(walk(moves, first, from), to) {
				statements = append(statements, move(step))
			}
			err := r.try(statements...)
			if legal := slices.Contains(moves[from], to); legal != (err == nil) {
				t.Errorf("%s -> %s: %v, want legal to be %t", from, to, err, legal)
			}
		}
	}
}

// walk is a shortest way between two states, without the first.
func walk[S comparable](moves map[S][]S, from, to S) []S {
	ways := map[S][]S{from: {}}
	for queue := []S{from}; len(queue) > 0; queue = queue[1:] {
		for _, next := range moves[queue[0]] {
			if _, seen := ways[next]; !seen {
				ways[next] = append(slices.Clone(ways[queue[0]]), next)
				queue = append(queue, next)
			}
		}
	}
	return ways[to]
}

func TestOnlyLegalMovesAreStored(t *testing.T) {
	db, path := openNew(t)
	r := openRaw(t, path)
	id := runSmall(t, db, benchAccount)

	t.Run("batches", func(t *testing.T) {
		allMoves(t, r, deletion.Outcomes, outcomeMoves, deletion.Waiting, func(to deletion.Outcome) string {
			failed, changed := 0, 0
			switch {
			case to == deletion.LeftOut:
				changed = 2
			case to.Final() && to != deletion.NotSent:
				failed = 2
			}
			return fmt.Sprintf(`UPDATE batches SET outcome = '%s', failed = %d, changed = %d WHERE deletion_id = %d AND n = 1`,
				to, failed, changed, id)
		})
	})
	t.Run("a batch that is deleted as a whole is over", func(t *testing.T) {
		move := `UPDATE batches SET outcome = '%s', deleted = %d WHERE deletion_id = %d AND n = 1`
		err := r.try(fmt.Sprintf(move, "sending", 0, id), fmt.Sprintf(move, "accepted", 0, id), fmt.Sprintf(move, "completed", 2, id),
			fmt.Sprintf(move, "waiting", 2, id))
		if err == nil {
			t.Error("a completed batch waits again")
		}
	})
	t.Run("deletions", func(t *testing.T) {
		fresh, err := db.CreateDeletion(t.Context(), deletion.NewDeletion{Account: "b", Source: deletion.FromMembers})
		if err != nil {
			t.Fatal(err)
		}
		allMoves(t, r, deletion.States, stateMoves, deletion.Preparing, func(to deletion.State) string {
			return fmt.Sprintf(`UPDATE deletions SET state = '%s' WHERE id = %d`, to, fresh)
		})
	})
	t.Run("attempts", func(t *testing.T) {
		a, err := db.Claim(t.Context(), benchAccount, nil)
		if err != nil {
			t.Fatal(err)
		}
		allMoves(t, r, attemptStates, attemptMoves, deletion.AttemptSending, func(to deletion.AttemptState) string {
			return fmt.Sprintf(`UPDATE attempts SET state = '%s' WHERE id = %d`, to, a.ID)
		})
	})
}

func TestMistakesAreRefusedByTheSchema(t *testing.T) {
	db, path := openNew(t)
	r := openRaw(t, path)
	id := runSmall(t, db, benchAccount)
	if _, err := db.Claim(t.Context(), benchAccount, nil); err != nil {
		t.Fatal(err)
	}
	const attempt = `INSERT INTO attempts (account_id, deletion_id, batch_n, try, state, items, hash, claimed_at, activity_id)
		VALUES ('%s', %d, %d, %d, '%s', 2, zeroblob(32), 0, %s)`
	accept := `UPDATE attempts SET state = 'accepted', activity_id = 'x'`
	in := func(query string) string { return fmt.Sprintf(query, id) }
	for name, statements := range map[string][]string{
		"a second open attempt of the account":      {fmt.Sprintf(attempt, benchAccount, id, 2, 1, "sending", "NULL")},
		"an attempt that does not begin as sending": {accept, fmt.Sprintf(attempt, benchAccount, id, 2, 1, "accepted", "NULL")},
		"the same try twice":                        {accept, fmt.Sprintf(attempt, benchAccount, id, 1, 1, "sending", "NULL")},
		"the same activity twice":                   {accept, fmt.Sprintf(attempt, benchAccount, id, 2, 1, "sending", "'x'")},
		"an attempt without a batch":                {accept, fmt.Sprintf(attempt, benchAccount, id, 9, 1, "sending", "NULL")},
		"another payload of an attempt":             {`UPDATE attempts SET hash = randomblob(32)`},
		"other ids of a batch":                      {in(`UPDATE batch_ids SET ids = zeroblob(32) WHERE deletion_id = %d`)},
		"marks for other ids than there are":        {in(`UPDATE batch_ids SET missed = zeroblob(2) WHERE deletion_id = %d`)},
		"another size of a batch":                   {in(`UPDATE batches SET items = 1 WHERE deletion_id = %d`)},
		"a batch added after the confirmation":      {in(`INSERT INTO batches (deletion_id, n, account_id, items) VALUES (%d, 3, 'a', 1)`)},
		"another manifest after the confirmation":   {in(`UPDATE deletions SET hash = zeroblob(32) WHERE id = %d`)},
		"another account of a running deletion":     {in(`UPDATE deletions SET account_id = 'b' WHERE id = %d`)},
		"more rows than the batch has":              {in(`UPDATE batches SET deleted = 3 WHERE deletion_id = %d`)},
		"fewer rows than none":                      {in(`UPDATE batches SET deleted = -1 WHERE deletion_id = %d`)},
		"failed rows of a batch that is sending":    {in(`UPDATE batches SET failed = 1 WHERE deletion_id = %d AND n = 1`)},
		"an end that leaves a row unaccounted for":  {in(`UPDATE batches SET outcome = 'rejected', failed = 1 WHERE deletion_id = %d AND n = 1`)},
		"a deletion that begins as running":         {`INSERT INTO deletions (account_id, source, state, created_by_id, created_by_name, created_at) VALUES ('a', 'csv', 'running', '', '', 0)`},
		"text where a number belongs":               {in(`UPDATE batches SET tries = 'many' WHERE deletion_id = %d`)},
	} {
		if err := r.try(statements...); err == nil {
			t.Errorf("%s is stored", name)
		}
	}
}
