-- +goose Up
-- Checkpoints of earlier moments, so that what changed behind any position can be
-- derived without the whole journal before it. A mark is a position of a
-- partition's journal; the books of an account as of it are the row with the
-- latest mark up to it. Marks are the further apart the older they are.
CREATE TABLE marks (
  partition BIGINT NOT NULL,
  mark      BIGINT NOT NULL,
  PRIMARY KEY (partition, mark)
);
CREATE TABLE mark_books (
  partition BIGINT NOT NULL,
  account   TEXT   NOT NULL,
  mark      BIGINT NOT NULL,
  position  BIGINT NOT NULL,
  data      BYTEA  NOT NULL,
  PRIMARY KEY (partition, account, mark)
);
-- What did not change since has its checkpoint for the first mark too.
INSERT INTO mark_books (partition, account, mark, position, data)
  SELECT a.partition, c.account, c.position, c.position, c.data FROM checkpoints c JOIN accounts a ON a.account = c.account;

-- +goose Down
DROP TABLE mark_books;
DROP TABLE marks;
