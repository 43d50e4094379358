-- Who decided what and what was done, and the stop of all sending. Times (*_at, at) are Unix milliseconds in UTC, 0 for none.

-- +goose Up

-- Rows are written in the transaction of what they tell of and never touched again. They name deletions and attempts without
-- a foreign key: what is discarded keeps its history.
CREATE TABLE audit (
    id          INTEGER PRIMARY KEY, -- from 1, without gaps
    at          INTEGER NOT NULL,
    account_id  TEXT    NOT NULL,
    user_id     TEXT    NOT NULL, -- the vendor's platform_user_id, or '' for Winnow itself
    user_name   TEXT    NOT NULL, -- the login name at that time
    from_ip     TEXT    NOT NULL, -- the address the request came from
    action      TEXT    NOT NULL, -- deletion.Action
    deletion_id INTEGER NOT NULL, -- 0 when it is about none, like the next two
    batch_n     INTEGER NOT NULL,
    attempt_id  INTEGER NOT NULL,
    activity_id TEXT    NOT NULL, -- the vendor's
    count       INTEGER NOT NULL, -- contacts or lists
    hash        BLOB    NOT NULL CHECK (length(hash) = 32), -- SHA-256 of what is deleted, zeros when it is about none
    outcome     TEXT    NOT NULL,
    reason      TEXT    NOT NULL,
    chain       BLOB    NOT NULL CHECK (length(chain) = 32) -- SHA-256 over the chain before and all of the above
) STRICT;

-- The page of an account, and of one deletion.
CREATE INDEX audit_by_account ON audit (account_id, id);
CREATE INDEX audit_by_deletion ON audit (deletion_id, id) WHERE deletion_id > 0;

-- +goose StatementBegin
CREATE TRIGGER audit_next BEFORE INSERT ON audit WHEN NEW.id IS NOT (SELECT coalesce(max(id), 0) + 1 FROM audit)
BEGIN
    SELECT RAISE(ABORT, 'a row of the audit log follows the last one');
END;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE TRIGGER audit_frozen BEFORE UPDATE ON audit
BEGIN
    SELECT RAISE(ABORT, 'the audit log is only added to');
END;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE TRIGGER audit_kept BEFORE DELETE ON audit
BEGIN
    SELECT RAISE(ABORT, 'the audit log is only added to');
END;
-- +goose StatementEnd

-- Each stop of all sending, of all accounts, from its pressing until it is lifted.
CREATE TABLE halts (
    id             INTEGER PRIMARY KEY AUTOINCREMENT,
    halted_at      INTEGER NOT NULL,
    halted_by_id   TEXT    NOT NULL, -- the vendor's platform_user_id
    halted_by_name TEXT    NOT NULL, -- the login name at that time
    lifted_at      INTEGER NOT NULL DEFAULT 0,
    lifted_by_id   TEXT    NOT NULL DEFAULT '',
    lifted_by_name TEXT    NOT NULL DEFAULT ''
) STRICT;

-- At most one is in force.
CREATE UNIQUE INDEX halts_one_open ON halts (lifted_at) WHERE lifted_at = 0;

-- +goose Down

DROP TABLE halts;
DROP TABLE audit;
