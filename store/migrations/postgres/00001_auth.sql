-- Who signed in, their sessions and their tokens. Times (*_at) are Unix milliseconds in UTC, 0 for none.

-- +goose Up

-- One Constant Contact account. Everything else we keep belongs to one.
CREATE TABLE accounts (
    id         TEXT    NOT NULL PRIMARY KEY, -- encoded_account_id
    name       TEXT    NOT NULL,             -- organization name at the latest sign-in, for people to read
    created_at BIGINT  NOT NULL              -- first sign-in of anybody
);

-- One person in one account.
CREATE TABLE users (
    account      TEXT    NOT NULL REFERENCES accounts (id), -- the account they signed in to
    id           TEXT    NOT NULL,                          -- platform_user_id, or the subject where there is none
    name         TEXT    NOT NULL,                          -- login name at the latest sign-in, for people to read
    created_at   BIGINT  NOT NULL,                          -- first sign-in
    signed_in_at BIGINT  NOT NULL,                          -- latest sign-in
    PRIMARY KEY (account, id)
);

-- One browser session. Its times are the web server's clock.
CREATE TABLE sessions (
    hash       BYTEA   NOT NULL PRIMARY KEY, -- SHA-256 of the random id in the cookie
    sealed     BYTEA   NOT NULL,             -- values as sealed JSON, bound to hash
    account    TEXT    NOT NULL,             -- whose session it is, for ending all of a person's, or '' before sign-in
    user_id    TEXT    NOT NULL,             -- the same
    created_at BIGINT  NOT NULL,             -- begin, for the absolute end
    seen_at    BIGINT  NOT NULL              -- last activity, written at most once a minute, for the idle end
);

CREATE INDEX sessions_by_user ON sessions (account, user_id);

-- The tokens of one person for one account. The lease's times are the database's clock.
CREATE TABLE tokens (
    account      TEXT    NOT NULL, -- the account the tokens are for
    user_id      TEXT    NOT NULL, -- who gave them by signing in
    sealed       BYTEA   NOT NULL, -- access token, refresh token and times as sealed JSON, bound to account and user_id
    version      BIGINT  NOT NULL, -- grows with every new pair, so that an older one never replaces a newer
    lease        TEXT    NOT NULL, -- random name of the renewal under way, or ''
    lease_until  BIGINT  NOT NULL, -- until when nobody else may renew, or without a lease the end of a pause after a failure
    tries        BIGINT  NOT NULL, -- times this refresh token was sent, or may have been, without an answer
    signed_in_at BIGINT  NOT NULL, -- the sign-in the tokens go back to, and the latest of an account is used
    dead_at      BIGINT  NOT NULL, -- when Constant Contact refused the refresh token for good, or 0
    PRIMARY KEY (account, user_id),
    FOREIGN KEY (account, user_id) REFERENCES users (account, id)
);

-- +goose Down
DROP TABLE tokens;
DROP TABLE sessions;
DROP TABLE users;
DROP TABLE accounts;
