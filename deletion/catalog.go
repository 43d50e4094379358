package deletion

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"winnow/constantcontact"
)

// The ages up to which a catalog answers from memory. A person who reloads a page costs no request; the refresh link does.
const (
	listsAge      = time.Minute
	activitiesAge = 10 * time.Second
)

// ListsView is the account's lists as they were at a time.
type ListsView struct {
	Lists []AccountList
	AsOf  time.Time
}

// AccountList is one list that can be chosen.
type AccountList struct {
	List
	UpdatedAt time.Time
}

// ActivitiesView is the account's bulk activities of the last 10 days as they were at a time, newest first.
type ActivitiesView struct {
	Activities []Activity
	AsOf       time.Time
}

// Catalog reads for the pages what an account holds, and remembers it for a short while. One reading of an account runs at a
// time; others wait for its answer.
type Catalog struct {
	Client func(account string) (*constantcontact.Client, error)
	Now    func() time.Time

	mu         sync.Mutex
	lists      map[string]*remembered[ListsView]
	activities map[string]*remembered[ActivitiesView]
}

// remembered is one answer and the lock under which it is fetched.
type remembered[T any] struct {
	mu    sync.Mutex
	value T
	asOf  time.Time
}

// fresh returns the answer when it is young enough and fetches it otherwise.
func (r *remembered[T]) fresh(now time.Time, age time.Duration, fetch func() (T, error)) (T, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if now.Sub(r.asOf) < age {
		return r.value, nil
	}
	value, err := fetch()
	if err != nil {
		return value, err
	}
	r.value, r.asOf = value, now
	return value, nil
}

// slot returns the account's place in a map of answers, making map and place as needed.
func slot[T any](mu *sync.Mutex, all *map[string]*remembered[T], account string) *remembered[T] {
	mu.Lock()
	defer mu.Unlock()
	if *all == nil {
		*all = map[string]*remembered[T]{}
	}
	if (*all)[account] == nil {
		(*all)[account] = &remembered[T]{}
	}
	return (*all)[account]
}

// Lists returns the account's lists, at most a minute old. It costs one request for 500 lists when they are older.
func (c *Catalog) Lists(ctx context.Context, account string) (ListsView, error) {
	now := c.Now()
	return slot(&c.mu, &c.lists, account).fresh(now, listsAge, func() (ListsView, error) {
		return c.readLists(ctx, account, now)
	})
}

// ForgetLists has the next call of Lists read them anew.
func (c *Catalog) ForgetLists(account string) {
	r := slot(&c.mu, &c.lists, account)
	r.mu.Lock()
	defer r.mu.Unlock()
	r.asOf = time.Time{}
}

func (c *Catalog) readLists(ctx context.Context, account string, now time.Time) (ListsView, error) {
	client, err := c.Client(account)
	if err != nil {
		return ListsView{}, err
	}
	view := ListsView{AsOf: now}
	options := constantcontact.ListOptions{MembershipCount: constantcontact.CountAll}
	for l, err := range client.Lists.All(ctx, options) {
		if err != nil {
			return ListsView{}, fmt.Errorf("read lists: %w", fromVendor(err))
		}
		id, ok := ParseID([]byte(l.ListID))
		if !ok {
			continue // nothing that could be asked for by id
		}
		list := AccountList{List: List{ID: id, Name: l.Name}, UpdatedAt: l.UpdatedAt}
		if l.MembershipCount != nil {
			list.Members = *l.MembershipCount
		}
		view.Lists = append(view.Lists, list)
	}
	return view, nil
}

// Activities returns the newest 500 bulk activities of the account, at most 10 seconds old. It costs one request.
func (c *Catalog) Activities(ctx context.Context, account string) (ActivitiesView, error) {
	now := c.Now()
	return slot(&c.mu, &c.activities, account).fresh(now, activitiesAge, func() (ActivitiesView, error) {
		client, err := c.Client(account)
		if err != nil {
			return ActivitiesView{}, err
		}
		recent, err := client.Activities.Recent(ctx, activityPage)
		if err != nil {
			return ActivitiesView{}, fmt.Errorf("read activities: %w", fromVendor(err))
		}
		view := ActivitiesView{AsOf: now, Activities: make([]Activity, len(recent))}
		for i := range recent {
			view.Activities[i] = activityOf(&recent[i])
		}
		return view, nil
	})
}

// Activity reads one activity of the account. It costs one request.
func (c *Catalog) Activity(ctx context.Context, account, id string) (Activity, error) {
	client, err := c.Client(account)
	if err != nil {
		return Activity{}, err
	}
	a, err := client.Activities.Get(ctx, id)
	var refused *constantcontact.Error
	if errors.As(err, &refused) && (refused.NotFound() || refused.Status == 400) {
		return Activity{}, ErrNotFound
	}
	if err != nil {
		return Activity{}, fmt.Errorf("read activity: %w", fromVendor(err))
	}
	return activityOf(a), nil
}
