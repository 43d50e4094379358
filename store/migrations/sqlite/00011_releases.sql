-- A release says until when what Constant Contact shows is accounted for. Before, it was said of whatever the next look would show,
-- and a copy that was made in between took things as known that happened after it.

-- +goose Up

ALTER TABLE looks DROP COLUMN accept;

-- +goose Down

ALTER TABLE looks ADD COLUMN accept INTEGER NOT NULL DEFAULT 0;
