-- +goose Up
-- Times are Unix milliseconds, days are UTC (2026-10-31), amounts are decimals
-- digit for digit as TEXT. Each statement is one that PostgreSQL takes too.
CREATE TABLE cursors (
  partition BIGINT NOT NULL PRIMARY KEY,
  position  BIGINT NOT NULL,
  seq       BIGINT NOT NULL
);

CREATE TABLE accounts (
  account        TEXT   NOT NULL PRIMARY KEY,
  partition      BIGINT NOT NULL,
  first_position BIGINT NOT NULL,
  first_time     BIGINT NOT NULL,
  last_position  BIGINT NOT NULL,
  last_time      BIGINT NOT NULL
);

CREATE TABLE entries (
  account  TEXT   NOT NULL,
  position BIGINT NOT NULL,
  asset    TEXT   NOT NULL,
  idx      BIGINT NOT NULL,
  time     BIGINT NOT NULL,
  kind     TEXT   NOT NULL,
  amount   TEXT   NOT NULL,
  balance  TEXT   NOT NULL,
  symbol   TEXT   NOT NULL,
  order_id BIGINT NOT NULL,
  trade_id BIGINT NOT NULL,
  tran_id  TEXT   NOT NULL,
  reason   TEXT   NOT NULL,
  PRIMARY KEY (account, position, asset, idx)
);
CREATE INDEX entries_time ON entries (account, time);

CREATE TABLE totals (
  account TEXT   NOT NULL,
  asset   TEXT   NOT NULL,
  day     TEXT   NOT NULL,
  kind    TEXT   NOT NULL,
  amount  TEXT   NOT NULL,
  entries BIGINT NOT NULL,
  PRIMARY KEY (account, asset, day, kind)
);

CREATE TABLE balances (
  account      TEXT   NOT NULL,
  asset        TEXT   NOT NULL,
  wallet       TEXT   NOT NULL,
  cross_wallet TEXT   NOT NULL,
  updated      BIGINT NOT NULL,
  position     BIGINT NOT NULL,
  PRIMARY KEY (account, asset)
);

CREATE TABLE balance_history (
  account      TEXT   NOT NULL,
  asset        TEXT   NOT NULL,
  updated      BIGINT NOT NULL,
  position     BIGINT NOT NULL,
  wallet       TEXT   NOT NULL,
  cross_wallet TEXT   NOT NULL,
  PRIMARY KEY (account, asset, updated, position)
);

CREATE TABLE positions (
  account         TEXT   NOT NULL,
  symbol          TEXT   NOT NULL,
  side            TEXT   NOT NULL,
  amount          TEXT   NOT NULL,
  entry_price     TEXT   NOT NULL,
  break_even      TEXT   NOT NULL,
  realized        TEXT   NOT NULL,
  unrealized      TEXT   NOT NULL,
  margin_type     TEXT   NOT NULL,
  isolated_wallet TEXT   NOT NULL,
  margin_asset    TEXT   NOT NULL,
  updated         BIGINT NOT NULL,
  position        BIGINT NOT NULL,
  PRIMARY KEY (account, symbol, side)
);

CREATE TABLE position_history (
  account         TEXT   NOT NULL,
  symbol          TEXT   NOT NULL,
  side            TEXT   NOT NULL,
  updated         BIGINT NOT NULL,
  position        BIGINT NOT NULL,
  amount          TEXT   NOT NULL,
  entry_price     TEXT   NOT NULL,
  break_even      TEXT   NOT NULL,
  realized        TEXT   NOT NULL,
  unrealized      TEXT   NOT NULL,
  margin_type     TEXT   NOT NULL,
  isolated_wallet TEXT   NOT NULL,
  margin_asset    TEXT   NOT NULL,
  PRIMARY KEY (account, symbol, side, updated, position)
);

CREATE TABLE leverages (
  account  TEXT   NOT NULL,
  symbol   TEXT   NOT NULL,
  leverage BIGINT NOT NULL,
  updated  BIGINT NOT NULL,
  position BIGINT NOT NULL,
  PRIMARY KEY (account, symbol)
);

CREATE TABLE incidents (
  account  TEXT   NOT NULL,
  id       BIGINT NOT NULL,
  kind     TEXT   NOT NULL,
  asset    TEXT   NOT NULL,
  symbol   TEXT   NOT NULL,
  amount   TEXT   NOT NULL,
  position BIGINT NOT NULL,
  opened   BIGINT NOT NULL,
  closed   BIGINT NOT NULL,
  times    BIGINT NOT NULL,
  detail   TEXT   NOT NULL,
  ending   TEXT   NOT NULL,
  PRIMARY KEY (account, id)
);
CREATE INDEX incidents_open ON incidents (account) WHERE closed = 0;

CREATE TABLE checkpoints (
  account  TEXT   NOT NULL PRIMARY KEY,
  position BIGINT NOT NULL,
  data     BYTEA  NOT NULL
);

-- +goose Down
DROP TABLE checkpoints;
DROP TABLE incidents;
DROP TABLE leverages;
DROP TABLE position_history;
DROP TABLE positions;
DROP TABLE balance_history;
DROP TABLE balances;
DROP TABLE totals;
DROP TABLE entries;
DROP TABLE accounts;
DROP TABLE cursors;
