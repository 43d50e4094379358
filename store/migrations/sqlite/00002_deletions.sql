-- Deletions, their frozen manifests, what was sent, and the pace of calls.
--
-- Columns *_at are Unix milliseconds in UTC, 0 for "not yet". account_id is the vendor's encoded_account_id. Text that comes from
-- outside (names, the vendor's words) is plain text. Triggers refuse every move that the life of a row does not know,
-- so that a mistake in a program cannot send anything twice or lose a row from the sums.

-- +goose Up

CREATE TABLE uploads (
    id          INTEGER PRIMARY KEY AUTOINCREMENT, -- never used again, so that an old page cannot mean a new file
    account_id  TEXT    NOT NULL,
    name        TEXT    NOT NULL, -- as the browser sent it, for display only
    size        INTEGER NOT NULL DEFAULT 0, -- bytes of the file, before compression
    hash        BLOB    NOT NULL DEFAULT x'', -- SHA-256 of the file
    format      TEXT    NOT NULL DEFAULT '{}', -- deletion.CSVFormat as JSON: encoding, delimiter, id column
    problems    TEXT    NOT NULL DEFAULT '[]', -- deletion.Problems as JSON: rows without an id, by kind, with samples
    chunks      INTEGER NOT NULL DEFAULT 0, -- how many rows upload_chunks has
    created_at  INTEGER NOT NULL,
    finished_at INTEGER NOT NULL DEFAULT 0, -- when the whole file was there
    purged_at   INTEGER NOT NULL DEFAULT 0 -- when its chunks were removed because its time was over
) STRICT;

CREATE TABLE upload_chunks (
    upload_id INTEGER NOT NULL REFERENCES uploads (id) ON DELETE CASCADE,
    n         INTEGER NOT NULL, -- from 0, without gaps
    chunk     BLOB    NOT NULL, -- compressed bytes of the file
    PRIMARY KEY (upload_id, n)
) STRICT;

CREATE TABLE deletions (
    id                INTEGER PRIMARY KEY AUTOINCREMENT,
    account_id        TEXT    NOT NULL,
    source            TEXT    NOT NULL CHECK (source IN ('csv', 'members', 'lists')),
    state             TEXT    NOT NULL CHECK (state IN ('preparing', 'ready', 'running', 'paused', 'finished', 'stopped')),
    reason            TEXT    NOT NULL DEFAULT '', -- why it is paused, or why preparing waits
    reason_note       TEXT    NOT NULL DEFAULT '', -- a person's name or the vendor's words
    resume_at         INTEGER NOT NULL DEFAULT 0, -- when a pause ends by itself
    created_by_id     TEXT    NOT NULL, -- the vendor's platform_user_id
    created_by_name   TEXT    NOT NULL, -- the login name at that time
    created_at        INTEGER NOT NULL,
    confirmed_by_id   TEXT    NOT NULL DEFAULT '',
    confirmed_by_name TEXT    NOT NULL DEFAULT '',
    confirmed_at      INTEGER NOT NULL DEFAULT 0,
    ended_at          INTEGER NOT NULL DEFAULT 0, -- when it became finished, or stopped with nothing left open
    upload_id         INTEGER UNIQUE REFERENCES uploads (id), -- the file of a csv
    read              INTEGER NOT NULL DEFAULT 0, -- rows of the file or memberships of the lists: the sum of the next four
    accepted          INTEGER NOT NULL DEFAULT 0,
    duplicate         INTEGER NOT NULL DEFAULT 0,
    invalid           INTEGER NOT NULL DEFAULT 0,
    blank             INTEGER NOT NULL DEFAULT 0,
    items             INTEGER NOT NULL DEFAULT 0, -- ids in the manifest: contacts, or lists
    batches           INTEGER NOT NULL DEFAULT 0, -- requests it takes
    hash              BLOB    NOT NULL DEFAULT x'', -- SHA-256 over all ids in the order of the batches
    last_claim_at     INTEGER NOT NULL DEFAULT 0, -- when a batch of it was last taken for sending; the oldest goes first
    as_of             INTEGER NOT NULL DEFAULT 0, -- contacts that changed later are left out; a person's new decision moves it on
    first_batches     INTEGER NOT NULL DEFAULT 0, -- how many of its batches are sent one by one, each proven before the next
    first_proven      INTEGER NOT NULL DEFAULT 0 -- how many of these were
) STRICT;

-- The history, with and without a state.
CREATE INDEX deletions_by_account ON deletions (account_id, id);
CREATE INDEX deletions_by_state ON deletions (account_id, state, id);
-- Whose turn it is.
CREATE INDEX deletions_by_turn ON deletions (account_id, last_claim_at, id) WHERE state = 'running';
-- What the runner may have to do something about, of all accounts.
CREATE INDEX deletions_live ON deletions (state, account_id) WHERE ended_at = 0;

-- +goose StatementBegin
CREATE TRIGGER deletions_begin BEFORE INSERT ON deletions WHEN NEW.state <> 'preparing'
BEGIN
    SELECT RAISE(ABORT, 'a deletion begins as preparing');
END;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE TRIGGER deletions_move BEFORE UPDATE OF state ON deletions
WHEN OLD.state <> NEW.state AND NOT CASE OLD.state
    WHEN 'preparing' THEN NEW.state = 'ready'
    WHEN 'ready' THEN NEW.state IN ('running', 'preparing')
    WHEN 'running' THEN NEW.state IN ('paused', 'finished', 'stopped')
    WHEN 'paused' THEN NEW.state IN ('running', 'finished', 'stopped')
    ELSE NEW.state = 'running' -- finished, stopped: the failed rows are tried again
END
BEGIN
    SELECT RAISE(ABORT, 'illegal move of a deletion');
END;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE TRIGGER deletions_frozen BEFORE UPDATE OF items, batches, hash, source, account_id, upload_id ON deletions
WHEN OLD.state NOT IN ('preparing', 'ready')
BEGIN
    SELECT RAISE(ABORT, 'the manifest of a confirmed deletion is frozen');
END;
-- +goose StatementEnd

-- The lists a deletion was made from, as they were then.
CREATE TABLE deletion_lists (
    deletion_id INTEGER NOT NULL REFERENCES deletions (id) ON DELETE CASCADE,
    n           INTEGER NOT NULL, -- order of selection, from 0
    list_id     BLOB    NOT NULL CHECK (length(list_id) = 16),
    name        TEXT    NOT NULL,
    members     INTEGER NOT NULL, -- the vendor's membership_count
    PRIMARY KEY (deletion_id, n)
) STRICT;

-- One request's worth of a manifest. The ids are in batch_ids: rows here are counted and paged, and must stay small.
CREATE TABLE batches (
    deletion_id INTEGER NOT NULL REFERENCES deletions (id) ON DELETE CASCADE,
    n           INTEGER NOT NULL CHECK (n > 0), -- from 1, without gaps
    account_id  TEXT    NOT NULL, -- of the deletion, here for batches_open
    outcome     TEXT    NOT NULL DEFAULT 'waiting' CHECK (outcome IN ('waiting', 'sending', 'unknown', 'accepted',
                                 'completed', 'failed', 'timed_out', 'cancelled', 'rejected', 'not_sent', 'left_out')),
    items       INTEGER NOT NULL CHECK (items > 0), -- ids in it
    deleted     INTEGER NOT NULL DEFAULT 0 CHECK (deleted >= 0), -- proven deleted
    failed      INTEGER NOT NULL DEFAULT 0 CHECK (failed >= 0), -- proven not deleted
    changed     INTEGER NOT NULL DEFAULT 0 CHECK (changed >= 0), -- left out because they changed after the preview
    tries       INTEGER NOT NULL DEFAULT 0, -- attempts made
    again       INTEGER NOT NULL DEFAULT 0, -- 1 when it waits because an attempt was lost: its turn is after all others
    activity_id TEXT    NOT NULL DEFAULT '', -- of the last try that has one
    activity    TEXT    NOT NULL DEFAULT '', -- the vendor's last status of it as JSON; see activityRow in activity.go
    claimed_at  INTEGER NOT NULL DEFAULT 0, -- when its last attempt began
    checked_at  INTEGER NOT NULL DEFAULT 0, -- when the vendor last said something about it
    next_check  INTEGER NOT NULL DEFAULT 0, -- when an unknown one is looked into again, Unix milliseconds
    PRIMARY KEY (deletion_id, n),
    -- Every row is accounted for: the open rest is items - deleted - failed - changed, and a batch that has ended has none.
    CHECK (deleted + failed + changed <= items),
    CHECK (deleted + failed + changed = items
        OR outcome NOT IN ('completed', 'failed', 'timed_out', 'cancelled', 'rejected', 'left_out')),
    CHECK (failed = 0 OR outcome IN ('completed', 'failed', 'timed_out', 'cancelled', 'rejected'))
) STRICT;

-- Pages of one outcome.
CREATE INDEX batches_by_outcome ON batches (deletion_id, outcome, n);
-- Which batch is next.
CREATE INDEX batches_by_turn ON batches (deletion_id, again, n) WHERE outcome = 'waiting';
-- What is followed, oldest first.
CREATE INDEX batches_open ON batches (account_id, claimed_at, deletion_id, n) WHERE outcome IN ('accepted', 'unknown');

-- +goose StatementBegin
CREATE TRIGGER batches_begin BEFORE INSERT ON batches
WHEN NEW.outcome <> 'waiting' OR (SELECT state FROM deletions WHERE id = NEW.deletion_id) <> 'preparing'
BEGIN
    SELECT RAISE(ABORT, 'a batch begins as waiting, in a deletion that is preparing');
END;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE TRIGGER batches_move BEFORE UPDATE OF outcome ON batches
WHEN OLD.outcome <> NEW.outcome AND NOT CASE OLD.outcome
    WHEN 'waiting' THEN NEW.outcome IN ('sending', 'not_sent', 'left_out')
    WHEN 'sending' THEN NEW.outcome IN ('accepted', 'rejected', 'unknown', 'waiting')
    WHEN 'unknown' THEN NEW.outcome IN ('accepted', 'completed', 'failed', 'timed_out', 'cancelled', 'waiting')
    WHEN 'accepted' THEN NEW.outcome IN ('completed', 'failed', 'timed_out', 'cancelled', 'unknown')
    WHEN 'not_sent' THEN 0
    ELSE NEW.outcome = 'waiting' AND OLD.failed + OLD.changed > 0 -- ended: a person has rows tried again
END
BEGIN
    SELECT RAISE(ABORT, 'illegal move of a batch');
END;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE TRIGGER batches_frozen BEFORE UPDATE OF deletion_id, n, account_id, items ON batches
BEGIN
    SELECT RAISE(ABORT, 'a batch is frozen');
END;
-- +goose StatementEnd

CREATE TABLE batch_ids (
    deletion_id INTEGER NOT NULL,
    n           INTEGER NOT NULL,
    ids         BLOB    NOT NULL CHECK (length(ids) > 0 AND length(ids) % 16 = 0), -- 16 bytes each, in order
    -- One bit for each id, lowest bit of the first byte first, set for those proven not deleted. NULL: none, or all of a
    -- batch without a deleted one. It is kept when the batch waits for another try: only these ids are sent again.
    missed      BLOB    CHECK (length(missed) = (length(ids) / 16 + 7) / 8),
    -- The same for those that are left out because they changed after the preview. NULL: none.
    changed     BLOB    CHECK (length(changed) = (length(ids) / 16 + 7) / 8),
    PRIMARY KEY (deletion_id, n),
    FOREIGN KEY (deletion_id, n) REFERENCES batches (deletion_id, n) ON DELETE CASCADE
) STRICT;

-- +goose StatementBegin
CREATE TRIGGER batch_ids_frozen BEFORE UPDATE OF deletion_id, n, ids ON batch_ids
BEGIN
    SELECT RAISE(ABORT, 'the ids of a batch are frozen');
END;
-- +goose StatementEnd

-- One try to send one batch, on the disk before its request starts. Never deleted while its deletion exists.
CREATE TABLE attempts (
    id          INTEGER PRIMARY KEY AUTOINCREMENT,
    account_id  TEXT    NOT NULL,
    deletion_id INTEGER NOT NULL,
    batch_n     INTEGER NOT NULL,
    try         INTEGER NOT NULL, -- from 1 within the batch
    state       TEXT    NOT NULL CHECK (state IN ('sending', 'unsent', 'rejected', 'accepted', 'unknown', 'parked', 'executed',
                                 'not_executed')),
    items       INTEGER NOT NULL CHECK (items > 0), -- ids in the request: what the batch still lacked
    hash        BLOB    NOT NULL CHECK (length(hash) = 32), -- SHA-256 over the packed ids of the request
    claimed_at  INTEGER NOT NULL,
    ended_at    INTEGER NOT NULL DEFAULT 0, -- when the state became final
    activity_id TEXT    UNIQUE, -- the vendor's, NULL without one
    http_status INTEGER NOT NULL DEFAULT 0, -- 0 without an answer
    error_key   TEXT    NOT NULL DEFAULT '',
    error_text  TEXT    NOT NULL DEFAULT '',
    evidence    TEXT    NOT NULL DEFAULT '', -- what is known about an unknown one, in words for people
    checks      INTEGER NOT NULL DEFAULT 0, -- how often an unknown one was looked into
    next_check  INTEGER NOT NULL DEFAULT 0, -- Unix milliseconds
    UNIQUE (deletion_id, batch_n, try),
    FOREIGN KEY (deletion_id, batch_n) REFERENCES batches (deletion_id, n) ON DELETE CASCADE
) STRICT;

-- At most one request of an account is on its way or of unknown end. A parked one is of unknown end too, but lets others go
-- on: its contacts are in no other batch of its deletion, and it is not sent again before all others.
CREATE UNIQUE INDEX attempts_one_open ON attempts (account_id) WHERE state IN ('sending', 'unknown');
-- What is to be found out, the most urgent first.
CREATE INDEX attempts_lost ON attempts (account_id, next_check) WHERE state IN ('unknown', 'parked');

-- +goose StatementBegin
CREATE TRIGGER attempts_begin BEFORE INSERT ON attempts WHEN NEW.state <> 'sending'
BEGIN
    SELECT RAISE(ABORT, 'an attempt begins as sending');
END;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE TRIGGER attempts_move BEFORE UPDATE OF state ON attempts
WHEN OLD.state <> NEW.state AND NOT CASE OLD.state
    WHEN 'sending' THEN NEW.state IN ('unsent', 'rejected', 'accepted', 'unknown')
    WHEN 'unknown' THEN NEW.state IN ('parked', 'accepted', 'executed', 'not_executed')
    WHEN 'parked' THEN NEW.state IN ('accepted', 'executed', 'not_executed')
    ELSE 0
END
BEGIN
    SELECT RAISE(ABORT, 'illegal move of an attempt');
END;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE TRIGGER attempts_park BEFORE UPDATE OF state ON attempts
WHEN NEW.state = 'parked' AND OLD.state <> 'parked' AND ((SELECT source FROM deletions WHERE id = NEW.deletion_id) = 'lists'
    OR (SELECT count(*) FROM attempts WHERE account_id = NEW.account_id AND state = 'parked') >= 3)
BEGIN
    SELECT RAISE(ABORT, 'at most 3 attempts of an account are parked, and none of lists');
END;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE TRIGGER attempts_frozen BEFORE UPDATE OF account_id, deletion_id, batch_n, try, items, hash, claimed_at ON attempts
BEGIN
    SELECT RAISE(ABORT, 'what an attempt sent is frozen');
END;
-- +goose StatementEnd

-- The sums of each deletion by outcome, so that a page costs the same with 10 batches and with 54,000. Only the triggers
-- below write it.
CREATE TABLE tallies (
    deletion_id INTEGER NOT NULL REFERENCES deletions (id) ON DELETE CASCADE,
    outcome     TEXT    NOT NULL,
    batches     INTEGER NOT NULL CHECK (batches >= 0), -- with this outcome
    items       INTEGER NOT NULL,
    deleted     INTEGER NOT NULL,
    failed      INTEGER NOT NULL,
    changed     INTEGER NOT NULL,
    PRIMARY KEY (deletion_id, outcome)
) STRICT, WITHOUT ROWID;

-- +goose StatementBegin
CREATE TRIGGER batches_tally_insert AFTER INSERT ON batches
BEGIN
    INSERT INTO tallies (deletion_id, outcome, batches, items, deleted, failed, changed)
    VALUES (NEW.deletion_id, NEW.outcome, 1, NEW.items, NEW.deleted, NEW.failed, NEW.changed)
    ON CONFLICT (deletion_id, outcome) DO UPDATE SET batches = tallies.batches + 1,
        items = tallies.items + excluded.items,
        deleted = tallies.deleted + excluded.deleted,
        failed = tallies.failed + excluded.failed,
        changed = tallies.changed + excluded.changed;
END;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE TRIGGER batches_tally_update AFTER UPDATE OF outcome, deleted, failed, changed ON batches
WHEN OLD.outcome <> NEW.outcome OR OLD.deleted <> NEW.deleted OR OLD.failed <> NEW.failed OR OLD.changed <> NEW.changed
BEGIN
    UPDATE tallies SET batches = batches - 1, items = items - OLD.items,
        deleted = deleted - OLD.deleted, failed = failed - OLD.failed, changed = changed - OLD.changed
    WHERE deletion_id = OLD.deletion_id AND outcome = OLD.outcome;
    INSERT INTO tallies (deletion_id, outcome, batches, items, deleted, failed, changed)
    VALUES (NEW.deletion_id, NEW.outcome, 1, NEW.items, NEW.deleted, NEW.failed, NEW.changed)
    ON CONFLICT (deletion_id, outcome) DO UPDATE SET batches = tallies.batches + 1,
        items = tallies.items + excluded.items,
        deleted = tallies.deleted + excluded.deleted,
        failed = tallies.failed + excluded.failed,
        changed = tallies.changed + excluded.changed;
END;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE TRIGGER batches_tally_delete AFTER DELETE ON batches
BEGIN
    UPDATE tallies SET batches = batches - 1, items = items - OLD.items,
        deleted = deleted - OLD.deleted, failed = failed - OLD.failed, changed = changed - OLD.changed
    WHERE deletion_id = OLD.deletion_id AND outcome = OLD.outcome;
END;
-- +goose StatementEnd

-- The pace of calls, one row for each API key of the vendor; see governor.go.
CREATE TABLE governor (
    key     TEXT    PRIMARY KEY,
    next_at INTEGER NOT NULL, -- when the next call may start
    day     INTEGER NOT NULL, -- the UTC day the counts are of, in days since 1970
    used    INTEGER NOT NULL, -- calls of that day as the vendor counts them
    sends   INTEGER NOT NULL, -- of these, deletes that we made
    looks   INTEGER NOT NULL -- and everything else that we called
) STRICT, WITHOUT ROWID;

-- +goose Down

DROP TABLE governor;
DROP TABLE tallies;
DROP TABLE attempts;
DROP TABLE batch_ids;
DROP TABLE batches;
DROP TABLE deletion_lists;
DROP TABLE deletions;
DROP TABLE upload_chunks;
DROP TABLE uploads;
