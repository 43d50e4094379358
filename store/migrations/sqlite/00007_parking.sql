-- More attempts of an account may be parked: where one request in ten is lost, three of them, for the grace time each, let
-- nothing else go on. The number is deletion.MaxParked.

-- +goose Up

DROP TRIGGER attempts_park;
-- +goose StatementBegin
CREATE TRIGGER attempts_park BEFORE UPDATE OF state ON attempts
WHEN NEW.state = 'parked' AND OLD.state <> 'parked' AND ((SELECT source FROM deletions WHERE id = NEW.deletion_id) = 'lists'
    OR (SELECT count(*) FROM attempts WHERE account_id = NEW.account_id AND state = 'parked') >= 30)
BEGIN
    SELECT RAISE(ABORT, 'at most 30 attempts of an account are parked, and none of lists');
END;
-- +goose StatementEnd

-- +goose Down

DROP TRIGGER attempts_park;
-- +goose StatementBegin
CREATE TRIGGER attempts_park BEFORE UPDATE OF state ON attempts
WHEN NEW.state = 'parked' AND OLD.state <> 'parked' AND ((SELECT source FROM deletions WHERE id = NEW.deletion_id) = 'lists'
    OR (SELECT count(*) FROM attempts WHERE account_id = NEW.account_id AND state = 'parked') >= 3)
BEGIN
    SELECT RAISE(ABORT, 'at most 3 attempts of an account are parked, and none of lists');
END;
-- +goose StatementEnd
