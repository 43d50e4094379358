-- The chunks of an upload are compressed before they are stored.

-- +goose Up

-- SQLite compresses nothing by itself.

-- +goose Down
