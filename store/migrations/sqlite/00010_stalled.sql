-- What an open batch waits for at Constant Contact, since when it has not moved, and who did not want to wait any longer.

-- +goose Up

ALTER TABLE batches ADD COLUMN waits TEXT NOT NULL DEFAULT ''; -- how the activities stand that it waits for, in words for people
ALTER TABLE batches ADD COLUMN moved_at INTEGER NOT NULL DEFAULT 0 -- since when they stand so, Unix milliseconds; 0 when it waits for none
    CHECK (moved_at = 0 OR outcome IN ('sending', 'accepted', 'unknown'));
-- When a person stopped waiting, Unix milliseconds, 0 when nobody did. What they waited for may still run, so such a batch never
-- waits to be sent again.
ALTER TABLE batches ADD COLUMN waived_at INTEGER NOT NULL DEFAULT 0
    CHECK (waived_at = 0 OR outcome NOT IN ('waiting', 'sending', 'rejected', 'not_sent', 'left_out'));
ALTER TABLE batches ADD COLUMN waived_by TEXT NOT NULL DEFAULT ''; -- the login name of that person at that time

-- A batch that was accepted before these columns were there has not moved since the vendor last said something new.
UPDATE batches SET moved_at = CASE WHEN checked_at > 0 THEN checked_at ELSE claimed_at END
    WHERE outcome = 'accepted';

CREATE INDEX batches_moved ON batches (account_id, moved_at) WHERE moved_at > 0;
CREATE INDEX batches_waived ON batches (deletion_id) WHERE waived_at > 0;

-- The decision ends only with the wait: when the activity has ended after all.
-- +goose StatementBegin
CREATE TRIGGER batches_waived BEFORE UPDATE OF waived_at ON batches
WHEN OLD.waived_at > 0 AND NEW.waived_at <> OLD.waived_at
    AND NOT (NEW.waived_at = 0 AND OLD.outcome IN ('accepted', 'unknown') AND NEW.outcome NOT IN ('accepted', 'unknown'))
BEGIN
    SELECT RAISE(ABORT, 'who stopped waiting has decided it');
END;
-- +goose StatementEnd

-- +goose Down

DROP INDEX batches_waived;
DROP INDEX batches_moved;
DROP TRIGGER batches_waived;
ALTER TABLE batches DROP COLUMN waived_by;
ALTER TABLE batches DROP COLUMN waived_at;
ALTER TABLE batches DROP COLUMN moved_at;
ALTER TABLE batches DROP COLUMN waits;
