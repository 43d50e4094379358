-- What tells that the database is the newest there is, and what holds an account when it may not be.
--
-- Columns *_at are Unix milliseconds in UTC, 0 for "not yet".

-- +goose Up

-- One row. The emergency file carries the same name and the same count; a database that counts less than the file is an
-- older copy.
CREATE TABLE storage (
    id         INTEGER PRIMARY KEY CHECK (id = 1),
    name       TEXT    NOT NULL, -- made up when the database was; a copy has the same
    generation INTEGER NOT NULL, -- starts and claims so far; never goes back
    probe      BLOB    NOT NULL DEFAULT x'' -- written to find out whether the disk takes something again
) STRICT;

INSERT INTO storage (id, name, generation) VALUES (1, lower(hex(randomblob(16))), 1);

-- +goose StatementBegin
CREATE TRIGGER storage_counts_up BEFORE UPDATE OF generation ON storage WHEN NEW.generation <= OLD.generation
BEGIN
    SELECT RAISE(ABORT, 'the generation never goes back');
END;
-- +goose StatementEnd

-- An account for which nothing is sent because this database may be older than what happened.
CREATE TABLE holds (
    id               INTEGER PRIMARY KEY AUTOINCREMENT,
    account_id       TEXT    NOT NULL,
    cause            TEXT    NOT NULL CHECK (cause IN ('older', 'activities')),
    evidence         TEXT    NOT NULL, -- what was seen, in words for people
    held_at          INTEGER NOT NULL,
    released_at      INTEGER NOT NULL DEFAULT 0,
    released_by_id   TEXT    NOT NULL DEFAULT '', -- the vendor's platform_user_id
    released_by_name TEXT    NOT NULL DEFAULT '' -- the login name at that time
) STRICT;

-- Holding twice does not need two releases.
CREATE UNIQUE INDEX holds_open ON holds (account_id) WHERE released_at = 0;

-- +goose StatementBegin
CREATE TRIGGER holds_frozen BEFORE UPDATE ON holds
WHEN OLD.released_at > 0 OR NEW.account_id <> OLD.account_id OR NEW.cause <> OLD.cause OR NEW.evidence <> OLD.evidence
    OR NEW.held_at <> OLD.held_at
BEGIN
    SELECT RAISE(ABORT, 'a hold is only ever released, and once');
END;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE TRIGGER holds_kept BEFORE DELETE ON holds
BEGIN
    SELECT RAISE(ABORT, 'holds are kept');
END;
-- +goose StatementEnd

-- What is known of an account's activities that are not ours.
CREATE TABLE looks (
    account_id TEXT    PRIMARY KEY,
    seen_until INTEGER NOT NULL, -- those created until then are somebody else's, by the vendor's clock
    accept     INTEGER NOT NULL -- 1: a person said so of all that the next look shows
) STRICT, WITHOUT ROWID;

-- +goose Down

DROP TABLE looks;
DROP TABLE holds;
DROP TABLE storage;
