-- Who works. Several processes may share a database, and one of them at a time works for an account.

-- +goose Up

-- The right to work on something, until a moment of the database's clock. A row stays when its lease is over.
CREATE TABLE leases (
    name        TEXT    NOT NULL PRIMARY KEY, -- an account_id, or "preparing " and the id of a deletion
    owner       TEXT    NOT NULL, -- the process, by a name that it made up when it opened the database
    epoch       INTEGER NOT NULL, -- grows whenever another process takes the lease, so that who lost it knows
    until       INTEGER NOT NULL, -- Unix milliseconds; whoever works moves it on again and again
    claim_epoch INTEGER NOT NULL DEFAULT 0, -- the epoch in which a batch was last claimed
    claim_until INTEGER NOT NULL DEFAULT 0 -- until when its request may be on its way, even of a process that lost the lease
) STRICT, WITHOUT ROWID;

-- +goose Down

DROP TABLE leases;
