-- Several processes on one database keep the pace together.

-- +goose Up

ALTER TABLE governor ADD COLUMN started_at BIGINT NOT NULL DEFAULT 0; -- when the last call really started; 0 while one process alone keeps the pace

-- +goose Down

ALTER TABLE governor DROP COLUMN started_at;
