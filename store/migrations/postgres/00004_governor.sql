-- +goose Up

-- What the governor knows besides pace and counts; see governor_line.go.
ALTER TABLE governor ADD COLUMN spent BIGINT NOT NULL DEFAULT 0; -- 1 when the vendor says that the day is used
ALTER TABLE governor ADD COLUMN seen_at BIGINT NOT NULL DEFAULT 0; -- the clock when the row was last changed
ALTER TABLE governor ADD COLUMN epoch BIGINT NOT NULL DEFAULT 0; -- grows when moments given out before are void
ALTER TABLE governor ADD COLUMN failures BIGINT NOT NULL DEFAULT 0; -- calls in a row without an answer
ALTER TABLE governor ADD COLUMN probe_at BIGINT NOT NULL DEFAULT 0; -- when one call may try whether it answers again

-- +goose Down

ALTER TABLE governor DROP COLUMN probe_at;
ALTER TABLE governor DROP COLUMN failures;
ALTER TABLE governor DROP COLUMN epoch;
ALTER TABLE governor DROP COLUMN seen_at;
ALTER TABLE governor DROP COLUMN spent;
