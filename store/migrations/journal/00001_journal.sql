-- +goose Up
-- SQLite only: INTEGER PRIMARY KEY is the row's own number there, so that a
-- block costs one tree and not two. id = partition * 2^48 + seq, which makes
-- (partition, seq) unique; FORMAT.md specifies block.
CREATE TABLE journal (
  id    INTEGER PRIMARY KEY,
  first BIGINT NOT NULL,
  block BYTEA  NOT NULL
);
CREATE VIEW blocks AS
  SELECT id / 281474976710656 AS partition, id % 281474976710656 AS seq, first, length(block) AS bytes FROM journal;

-- +goose Down
DROP VIEW blocks;
DROP TABLE journal;
