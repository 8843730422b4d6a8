-- +goose Up
-- Where an account's entries of a UTC day lie: between these positions, both
-- included. It serves times in place of an index on them, for one row a day
-- and account instead of one an entry. day = time / 86400000.
CREATE TABLE entry_days (
  account        TEXT   NOT NULL,
  day            BIGINT NOT NULL,
  first_position BIGINT NOT NULL,
  last_position  BIGINT NOT NULL,
  PRIMARY KEY (account, day)
);
INSERT INTO entry_days (account, day, first_position, last_position)
  SELECT account, time / 86400000, min(position), max(position) FROM entries GROUP BY account, time / 86400000;
DROP INDEX entries_time;

-- +goose Down
CREATE INDEX entries_time ON entries (account, time);
DROP TABLE entry_days;
