package deletion

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"math"
	"slices"
	"time"

	"winnow/constantcontact"
)

// maxLists bounds how many lists a deletion may name: an account has at most some hundreds.
const maxLists = 1000

var errNoLists = &InputError{"no_lists", "No list is chosen. Choose at least one."}

// DeleteLists makes a deletion of lists. With FromMembers it is preparing, and the runner reads the members; with FromLists it
// is ready at once. Lists that the account does not show any more are refused with an *InputError.
func (c *Console) DeleteLists(ctx context.Context, account string, by User, source Source, ids []ID) (int64, error) {
	lists, err := c.named(ctx, account, ids)
	if err != nil {
		return 0, err
	}
	id, err := c.Store.CreateDeletion(ctx, NewDeletion{Account: account, Source: source, By: by, Lists: lists, AsOf: c.AsOf()})
	if err != nil {
		return 0, fmt.Errorf("create deletion: %w", err)
	}
	if source == FromMembers {
		return id, nil
	}
	if err := c.freezeLists(ctx, id, lists); err != nil {
		return 0, errors.Join(err, c.Store.Discard(context.WithoutCancel(ctx), account, id))
	}
	return id, nil
}

// named finds names and sizes of the chosen lists, each once, sorted by id.
func (c *Console) named(ctx context.Context, account string, ids []ID) ([]List, error) {
	if len(ids) == 0 {
		return nil, errNoLists
	}
	if len(ids) > maxLists {
		return nil, &InputError{"too_many_lists", fmt.Sprintf("More than %d lists are chosen. Delete them in parts.", maxLists)}
	}
	view, err := c.Catalog.Lists(ctx, account)
	if err != nil {
		return nil, err
	}
	known := make(map[ID]List, len(view.Lists))
	for _, l := range view.Lists {
		known[l.ID] = l.List
	}
	ids = slices.Clone(ids)
	slices.SortFunc(ids, Compare)
	ids = slices.Compact(ids)
	lists := make([]List, len(ids))
	for i, id := range ids {
		l, ok := known[id]
		if !ok {
			c.Catalog.ForgetLists(account)
			return nil, &InputError{"list_gone", "One of the chosen lists is not in the account any more. Choose again from the current lists."}
		}
		lists[i] = l
	}
	return lists, nil
}

func (c *Console) freezeLists(ctx context.Context, id int64, lists []List) error {
	ids := func(yield func(ID, error) bool) {
		for _, l := range lists {
			if !yield(l.ID, nil) {
				return
			}
		}
	}
	m, err := writeManifest(ctx, c.Store, id, batchSizes{rest: FromLists.BatchSize()}, ids)
	if err != nil {
		return err
	}
	if err := c.Store.MakeReady(ctx, id, Reading{Read: m.Items, Accepted: m.Items}, m); err != nil {
		return fmt.Errorf("make deletion ready: %w", err)
	}
	return nil
}

// listsAtOnce is how many lists one reading of contacts may name
// (https://developer.constantcontact.com/api_guide/contacts_get_all.html).
const listsAtOnce = 25

// noteEvery is after how many members the page is told how far the reading is.
const noteEvery = 2000

// Prepare reads the members of a preparing deletion's lists and freezes them; it says after how long it wants to be called
// again, 0 for not at all. Called for any other deletion it does nothing. It begins anew when it was cut off before.
func (r *Runner) Prepare(ctx context.Context, deletion int64) (time.Duration, error) {
	d, err := r.Store.AnyDeletion(ctx, deletion)
	if errors.Is(err, ErrNotFound) {
		return 0, nil
	}
	if err != nil {
		return 0, fmt.Errorf("find deletion: %w", err)
	}
	if d.State != Preparing || d.Source != FromMembers || !r.preparing.begin(deletion) {
		return 0, nil
	}
	defer r.preparing.end(deletion)
	return r.leased(ctx, fmt.Sprintf("preparing %d", deletion), func(ctx context.Context) (time.Duration, error) {
		return r.prepare(ctx, d)
	})
}

func (r *Runner) prepare(ctx context.Context, d *Deletion) (time.Duration, error) {
	err := r.prepareMembers(ctx, d)
	if errors.Is(err, ErrChanged) || errors.Is(err, ErrNotFound) {
		return 0, nil // discarded meanwhile
	}
	if err == nil || ctx.Err() != nil {
		return 0, err
	}
	return r.notePreparing(ctx, d, err)
}

func (r *Runner) prepareMembers(ctx context.Context, d *Deletion) error {
	client, err := r.Client(d.Account)
	if err != nil {
		return fmt.Errorf("client for account: %w", err)
	}
	lists, err := r.Store.Lists(ctx, d.ID)
	if err != nil {
		return fmt.Errorf("lists of deletion: %w", err)
	}
	if err := r.Store.ResetManifest(ctx, d.ID, r.Clocks.AsOf(r.Now())); err != nil {
		return err
	}
	m := members{sorter: newIDSorter(r.Dir)}
	defer m.sorter.Close()
	for chunk := range slices.Chunk(lists, listsAtOnce) {
		if err := m.read(ctx, r.Store, client, d.ID, chunk); err != nil {
			return err
		}
	}
	manifest, err := writeManifest(ctx, r.Store, d.ID, batchSizes{r.FirstSizes, FromMembers.BatchSize()}, m.unique())
	if err != nil {
		return err
	}
	return r.Store.MakeReady(ctx, d.ID, Reading{
		Read: m.memberships, Accepted: manifest.Items, Duplicate: m.memberships - manifest.Items,
	}, manifest)
}

// members collects the contacts of lists. A reading of several lists shows a contact once, however many of them it is on.
type members struct {
	sorter      *idSorter
	found       int64 // contacts that the readings showed
	memberships int64 // of these contacts in the lists
}

// read adds the contacts that are on any of the lists, and notes every now and then how many there are.
func (m *members) read(ctx context.Context, s Store, c *constantcontact.Client, deletion int64, lists []List) error {
	options := constantcontact.ContactOptions{Include: []string{constantcontact.IncludeListMemberships}}
	for _, l := range lists {
		options.Lists = append(options.Lists, l.ID.String())
	}
	for contact, err := range c.Contacts.All(ctx, options) {
		if err != nil {
			return fmt.Errorf("read members: %w", err)
		}
		id, ok := ParseID([]byte(contact.ContactID))
		if !ok {
			return fmt.Errorf("read members: contact id of an unknown form")
		}
		if m.found == math.MaxUint32 {
			return errTooManyRows
		}
		m.found++
		m.memberships += membershipsIn(&contact, options.Lists)
		if err := m.sorter.add(id, uint32(m.found)); err != nil {
			return err
		}
		if m.found%noteEvery == 0 {
			if err := s.NotePreparing(ctx, deletion, m.memberships, NoReason, ""); err != nil {
				return err
			}
		}
	}
	return nil
}

// membershipsIn is on how many of the lists a contact is, at least one, since it was found by them.
func membershipsIn(c *constantcontact.Contact, lists []string) int64 {
	var n int64
	for _, id := range c.ListMemberships {
		if slices.Contains(lists, id) {
			n++
		}
	}
	return max(n, 1)
}

func (m *members) unique() iter.Seq2[ID, error] {
	s := sheet{sorter: m.sorter}
	return s.unique()
}

// notePreparing tells the page why reading the members waits, and when to go on.
func (r *Runner) notePreparing(ctx context.Context, d *Deletion, cause error) (time.Duration, error) {
	reason, note, again := NoReason, "", 30*time.Second
	var quota *QuotaError
	var refused *constantcontact.Error
	switch {
	case errors.As(cause, &quota):
		reason, again = QuotaUsed, max(quota.ResumeAt.Sub(r.Now()), time.Second)
	case errors.As(cause, &refused) && refused.QuotaExceeded():
		reason, again = QuotaUsed, nextUTCDay(r.Now()).Sub(r.Now())
	case errors.Is(cause, ErrSignInAgain), errors.As(cause, &refused) && refused.Unauthorized():
		reason = SignInAgain
	case errors.As(cause, &refused) && refused.Forbidden():
		reason, note = NotAllowed, refused.Message
	}
	if at, held := retryAt(cause); held {
		again = max(at.Sub(r.Now()), time.Second)
	}
	r.Log.WarnContext(ctx, "reading members waits", "account", d.Account, "deletion", d.ID, "error", cause, "again_in", again)
	if err := r.Store.NotePreparing(ctx, d.ID, 0, reason, note); err != nil && !errors.Is(err, ErrChanged) {
		return 0, fmt.Errorf("note why preparing waits: %w", err)
	}
	return again, nil
}
