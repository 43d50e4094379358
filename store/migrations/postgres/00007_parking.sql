-- More attempts of an account may be parked: where one request in ten is lost, three of them, for the grace time each, let
-- nothing else go on. The number is deletion.MaxParked.

-- +goose Up

-- +goose StatementBegin
CREATE OR REPLACE FUNCTION attempts_park() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.state = 'parked' AND OLD.state <> 'parked' AND ((SELECT source FROM deletions WHERE id = NEW.deletion_id) = 'lists'
        OR (SELECT count(*) FROM attempts WHERE account_id = NEW.account_id AND state = 'parked') >= 30)
    THEN
        RAISE EXCEPTION 'at most 30 attempts of an account are parked, and none of lists' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END;
$$;
-- +goose StatementEnd

-- +goose Down

-- +goose StatementBegin
CREATE OR REPLACE FUNCTION attempts_park() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.state = 'parked' AND OLD.state <> 'parked' AND ((SELECT source FROM deletions WHERE id = NEW.deletion_id) = 'lists'
        OR (SELECT count(*) FROM attempts WHERE account_id = NEW.account_id AND state = 'parked') >= 3)
    THEN
        RAISE EXCEPTION 'at most 3 attempts of an account are parked, and none of lists' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END;
$$;
-- +goose StatementEnd
