package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync"

	"winnow/auth"
	"winnow/config"
	"winnow/constantcontact"
	"winnow/deletion"
	"winnow/store"
)

// clients keeps one API client for each account, with its token and the governor built in.
type clients struct {
	config  config.Serve
	gate    *gate
	db      *store.DB
	clocks  *deletion.Clocks
	tokens  *auth.Tokens
	retries constantcontact.Retries

	mu        sync.Mutex
	byAccount map[string]*constantcontact.Client
}

// of returns the client that acts for an account.
func (c *clients) of(account string) (*constantcontact.Client, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if known := c.byAccount[account]; known != nil {
		return known, nil
	}
	o := c.options(c.tokenFor(account))
	o.Governor, o.Refused = c.permitFor(account), c.refusedFor(account)
	made, err := constantcontact.New(o)
	if err == nil {
		c.byAccount[account] = made
	}
	return made, err
}

// tokenFor gives the account's token for one call.
func (c *clients) tokenFor(account string) func(context.Context) (string, error) {
	return func(ctx context.Context) (string, error) {
		token, err := c.tokens.Access(ctx, account)
		if errors.Is(err, auth.ErrSignInAgain) {
			return "", errors.Join(deletion.ErrSignInAgain, err)
		}
		return token, err
	}
}

// refusedFor takes a token that the API did not accept, and tells whether there is a better one.
func (c *clients) refusedFor(account string) func(context.Context, string) bool {
	return func(ctx context.Context, token string) bool { return c.tokens.Refused(ctx, account, token) }
}

// options are what all clients share: one line at the governor and one budget of repetitions for the API key.
func (c *clients) options(token func(context.Context) (string, error)) constantcontact.Options {
	return constantcontact.Options{
		BaseURL: apiURL(c.config), Development: c.config.Development, Token: token,
		Governor: c.gate.permit, Dated: c.clocks.SawVendor, Retries: &c.retries, UserAgent: "winnow/" + version,
	}
}

// permitFor waits for the gate's permission, and then looks whether a delete may still start: a person may have stopped it
// while it waited.
func (c *clients) permitFor(account string) func(context.Context, constantcontact.Call) (func(constantcontact.Ending), error) {
	return func(ctx context.Context, call constantcontact.Call) (func(constantcontact.Ending), error) {
		ended, err := c.gate.permit(ctx, call)
		if err != nil || call.Kind != constantcontact.KindDelete {
			return ended, err
		}
		if err := c.db.MaySend(ctx, account, deletion.SendingOf(ctx)); err != nil {
			ended(constantcontact.Ending{Err: context.Canceled})
			return nil, err
		}
		return ended, nil
	}
}

// identify asks the API who an access token belongs to, at a sign-in.
func (c *clients) identify(ctx context.Context, accessToken string) (auth.Profile, error) {
	client, err := constantcontact.New(c.options(func(context.Context) (string, error) { return accessToken, nil }))
	if err != nil {
		return auth.Profile{}, err
	}
	defer client.CloseIdleConnections()
	privileges, err := client.Account.Privileges(ctx)
	if err != nil {
		return auth.Profile{}, fmt.Errorf("read privileges: %w", err)
	}
	summary, err := client.Account.Summary(ctx)
	if err != nil {
		return auth.Profile{}, fmt.Errorf("read account: %w", err)
	}
	p := auth.Profile{AccountID: summary.EncodedAccountID, AccountName: summary.OrganizationName}
	for _, privilege := range privileges {
		p.Privileges = append(p.Privileges, privilege.Name)
	}
	_, err = c.of(p.AccountID) // by which the clocks can be compared from now on
	return p, err
}

// signedIn lets what was waiting for a sign-in go on.
func signedIn(db *store.DB, log *slog.Logger) func(context.Context, auth.User) {
	return func(ctx context.Context, u auth.User) {
		ctx = deletion.WithActor(ctx, deletion.Actor{
			Account: u.Account, User: deletion.User{ID: u.ID, Name: u.Name}, From: deletion.ActorOf(ctx).From,
		})
		err := db.ResumeAccount(ctx, u.Account, deletion.SignInAgain)
		if err = errors.Join(err, db.Wake(ctx, u.Account)); err != nil {
			log.ErrorContext(ctx, "deletions do not go on after a sign-in", "account", u.Account, "error", err)
		}
	}
}

// loadKeys takes the master keys from the configuration or from a file beside the database, which is made at the first start.
// Whoever copies the database alone cannot open what it seals.
func loadKeys(c config.Serve) (*auth.Keys, error) {
	text := c.Keys
	if text == "" {
		var err error
		if text, err = keyFile(filepath.Join(c.DataDir, "winnow.key")); err != nil {
			return nil, fmt.Errorf("master key: %w", err)
		}
	}
	keys, err := auth.ParseKeys(text)
	if err != nil {
		return nil, fmt.Errorf("master keys: %w", err)
	}
	return keys, nil
}

func keyFile(path string) (string, error) {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if errors.Is(err, os.ErrExist) {
		text, err := os.ReadFile(path)
		return strings.TrimSpace(string(text)), err
	}
	if err != nil {
		return "", err
	}
	text := "1:" + auth.GenerateKey()
	_, err = f.WriteString(text + "\n")
	return text, errors.Join(err, f.Sync(), f.Close())
}
