-- The chunks of an upload are compressed before they are stored.

-- +goose Up

-- PostgreSQL tries in vain to compress them once more, which takes four times as long as storing them.
ALTER TABLE upload_chunks ALTER COLUMN chunk SET STORAGE EXTERNAL;

-- +goose Down

ALTER TABLE upload_chunks ALTER COLUMN chunk SET STORAGE EXTENDED;
