package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"math"
	"strings"

	"poise/account"
	"poise/decimal"
)

// query is a SELECT that grows by conditions, with $1, $2, ... for its values.
type query struct {
	text strings.Builder
	args []any
}

func selecting(columns, table string) *query {
	q := &query{}
	q.text.WriteString("SELECT " + columns + " FROM " + table + " WHERE 1 = 1")
	return q
}

// and adds a condition where want; each ? in it stands for the next value.
func (q *query) and(want bool, condition string, args ...any) *query {
	if !want {
		return q
	}
	q.text.WriteString(" AND ")
	for _, c := range condition {
		if c != '?' {
			q.text.WriteRune(c)
			continue
		}
		q.args = append(q.args, args[0])
		args = args[1:]
		fmt.Fprintf(&q.text, "$%d", len(q.args))
	}
	return q
}

// page orders by the columns of a key, from a key on, and limits the rows.
func (q *query) page(columns []string, newest bool, after []any, limit int) *query {
	beyond, direction := " > ", " ASC"
	if newest {
		beyond, direction = " < ", " DESC"
	}
	marks := strings.TrimSuffix(strings.Repeat("?, ", len(columns)), ", ")
	q.and(after != nil, "("+strings.Join(columns, ", ")+")"+beyond+"("+marks+")", after...)
	q.text.WriteString(" ORDER BY " + strings.Join(columns, direction+", ") + direction)
	if limit <= 0 {
		limit = PageRows
	}
	fmt.Fprintf(&q.text, " LIMIT %d", limit)
	return q
}

// from bounds a column of the key where those before it are given: the page
// follows from that too, but SQLite would read all rows up to it.
func (q *query) from(given bool, column string, newest bool, value any) {
	q.and(given && !newest, column+" >= ?", value)
	q.and(given && newest, column+" <= ?", value)
}

func (q *query) ordered(columns string) *query {
	q.text.WriteString(" ORDER BY " + columns)
	return q
}

// collect runs q and makes a list of its rows; scan takes them one by one.
func collect[T any](ctx context.Context, s *Store, q *query, scan func(*sql.Rows, *T) error) ([]T, error) {
	if err := s.enter(false); err != nil {
		return nil, err
	}
	defer s.mu.RUnlock()
	rows, err := s.reads().QueryContext(ctx, q.text.String(), q.args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var list []T
	for rows.Next() {
		var t T
		if err := scan(rows, &t); err != nil {
			return nil, err
		}
		list = append(list, t)
	}
	return list, rows.Err()
}

// ask is collect with the error that the caller sees.
func ask[T any](ctx context.Context, s *Store, what string, q *query, scan func(*sql.Rows, *T) error) ([]T, error) {
	list, err := collect(ctx, s, q, scan)
	if err != nil {
		return nil, fmt.Errorf("query %s: %w", what, explain(err))
	}
	return list, nil
}

// Cursor implements [Ledger].
func (s *Store) Cursor(ctx context.Context, partition int) (Cursor, error) {
	if !isPartition(partition) {
		return Cursor{}, fmt.Errorf("cursor: %w: %d of %d", ErrPartition, partition, Partitions)
	}
	list, err := ask(ctx, s, "cursor", cursorQuery(partition), func(r *sql.Rows, c *Cursor) error {
		return r.Scan(&c.Position, &c.Seq)
	})
	return firstOf(list), err
}

func cursorQuery(partition int) *query {
	return selecting("position, seq", "cursors").and(true, "partition = ?", partition)
}

func firstOf[T any](list []T) (first T) {
	if len(list) > 0 {
		first = list[0]
	}
	return first
}

// Checkpoint implements [Ledger].
func (s *Store) Checkpoint(ctx context.Context, name string) (Checkpoint, error) {
	list, err := ask(ctx, s, "checkpoint", checkpointQuery(name), func(r *sql.Rows, c *Checkpoint) error {
		return r.Scan(&c.Account, &c.Position, &c.Data)
	})
	return firstOf(list), err
}

func checkpointQuery(name string) *query {
	return selecting("account, position, data", "checkpoints").and(true, "account = ?", name)
}

// Accounts implements [Ledger].
func (s *Store) Accounts(ctx context.Context) ([]Account, error) {
	return ask(ctx, s, "accounts", accountsQuery(), func(r *sql.Rows, a *Account) error {
		return r.Scan(&a.Name, &a.Partition, &a.FirstPosition, &a.FirstTime, &a.LastPosition, &a.LastTime)
	})
}

func accountsQuery() *query {
	return selecting("account, partition, first_position, first_time, last_position, last_time", "accounts").ordered("account")
}

// Entries implements [Ledger].
func (s *Store) Entries(ctx context.Context, f EntryFilter) ([]Entry, error) {
	return ask(ctx, s, "entries", f.query(), func(r *sql.Rows, e *Entry) error {
		return r.Scan(&e.Account, &e.Position, &e.Asset, &e.Index, &e.Time, &e.Kind, number(&e.Amount), number(&e.Balance),
			&e.Symbol, &e.OrderID, &e.TradeID, &e.TranID, &e.Reason)
	})
}

func (f *EntryFilter) query() *query {
	q := selecting("account, position, asset, idx, time, kind, amount, balance, symbol, order_id, trade_id, tran_id, reason", "entries").
		and(f.Account != "", "account = ?", f.Account).
		and(f.Asset != "", "asset = ?", f.Asset).
		and(f.Kind != "", "kind = ?", string(f.Kind)).
		and(f.From != 0, "time >= ?", f.From).
		and(f.To != 0, "time < ?", f.To)
	f.days(q)
	var after []any
	if k := f.After; k != nil {
		after = []any{k.Account, k.Position, k.Asset, k.Index}
		q.from(f.Account != "" && f.Account == k.Account, "position", f.Newest, k.Position)
	}
	return q.page([]string{"account", "position", "asset", "idx"}, f.Newest, after, f.Limit)
}

// days bounds the positions of an account's entries by where those days lie
// that f asks for.
func (f *EntryFilter) days(q *query) {
	if f.Account == "" || f.From == 0 && f.To == 0 {
		return
	}
	first, last := int64(math.MinInt64), int64(math.MaxInt64)
	if f.From != 0 {
		first = f.From / dayMillis
	}
	if f.To != 0 {
		last = (f.To - 1) / dayMillis
	}
	const of = " FROM entry_days WHERE account = ? AND day >= ? AND day <= ?)"
	q.and(true, "position >= (SELECT min(first_position)"+of, f.Account, first, last)
	q.and(true, "position <= (SELECT max(last_position)"+of, f.Account, first, last)
}

// Totals implements [Ledger].
func (s *Store) Totals(ctx context.Context, f TotalFilter) ([]Total, error) {
	return ask(ctx, s, "totals", f.query(), func(r *sql.Rows, t *Total) error {
		return r.Scan(&t.Account, &t.Asset, &t.Day, &t.Kind, number(&t.Amount), &t.Entries)
	})
}

func (f *TotalFilter) query() *query {
	return selecting("account, asset, day, kind, amount, entries", "totals").
		and(f.Account != "", "account = ?", f.Account).
		and(f.Asset != "", "asset = ?", f.Asset).
		and(f.Kind != "", "kind = ?", string(f.Kind)).
		and(f.From != "", "day >= ?", f.From).
		and(f.To != "", "day < ?", f.To).
		ordered("account, asset, day, kind")
}

// Balances implements [Ledger].
func (s *Store) Balances(ctx context.Context, name string, at int64) ([]account.Balance, error) {
	return ask(ctx, s, "balances", balancesQuery(name, at), func(r *sql.Rows, b *account.Balance) error {
		return r.Scan(&b.Asset, number(&b.Wallet), number(&b.Cross), &b.Updated)
	})
}

func balancesQuery(name string, at int64) *query {
	const columns = "t.asset, t.wallet, t.cross_wallet, t.updated"
	if at == Latest {
		return selecting(columns, "balances t").and(true, "t.account = ?", name).ordered("t.asset")
	}
	return selecting(columns, "balances b, balance_history t").
		and(true, "b.account = ?", name).
		and(true, `t.account = b.account AND t.asset = b.asset AND (t.updated, t.position) = (SELECT h.updated, h.position
			FROM balance_history h WHERE h.account = b.account AND h.asset = b.asset AND h.updated <= ?
			ORDER BY h.updated DESC, h.position DESC LIMIT 1)`, at).
		ordered("t.asset")
}

// BalanceHistory implements [Ledger].
func (s *Store) BalanceHistory(ctx context.Context, f BalanceFilter) ([]BalanceChange, error) {
	if f.Account == "" {
		return nil, errors.New("query balance history: no account is named")
	}
	return ask(ctx, s, "balance history", f.query(), func(r *sql.Rows, c *BalanceChange) error {
		return r.Scan(&c.Account, &c.Asset, &c.Updated, &c.Record, number(&c.Wallet), number(&c.Cross))
	})
}

func (f *BalanceFilter) query() *query {
	q := selecting("account, asset, updated, position, wallet, cross_wallet", "balance_history").
		and(true, "account = ?", f.Account).
		and(f.Asset != "", "asset = ?", f.Asset).
		and(f.From != 0, "updated >= ?", f.From).
		and(f.To != 0, "updated < ?", f.To)
	var after []any
	if k := f.After; k != nil {
		after = []any{k.Asset, k.Updated, k.Record}
		q.from(f.Asset != "" && f.Asset == k.Asset, "updated", f.Newest, k.Updated)
	}
	return q.page([]string{"asset", "updated", "position"}, f.Newest, after, f.Limit)
}

const positionSelect = `t.symbol, t.side, t.amount, t.entry_price, t.break_even, t.realized, t.unrealized,
	t.margin_type, t.isolated_wallet, t.margin_asset, t.updated`

func scanPosition(r *sql.Rows, p *account.Position, more ...any) error {
	return r.Scan(append([]any{&p.Symbol, &p.Side, number(&p.Amount), number(&p.EntryPrice), said{&p.BreakEven, &p.HasBreakEven},
		said{&p.Realized, &p.HasRealized}, number(&p.Unrealized), &p.MarginType, number(&p.IsolatedWallet), &p.MarginAsset, &p.Updated}, more...)...)
}

// said scans a decimal that may be absent, which is the empty text.
type said struct {
	value *decimal.D
	has   *bool
}

// Scan implements sql.Scanner.
func (s said) Scan(v any) error {
	if text, ok := v.(string); ok && text == "" {
		*s.value, *s.has = decimal.Zero, false
		return nil
	}
	*s.has = true
	return number(s.value).Scan(v)
}

// Positions implements [Ledger].
func (s *Store) Positions(ctx context.Context, name string, at int64) ([]account.Position, error) {
	return ask(ctx, s, "positions", positionsQuery(name, at), func(r *sql.Rows, p *account.Position) error {
		return scanPosition(r, p)
	})
}

func positionsQuery(name string, at int64) *query {
	if at == Latest {
		return selecting(positionSelect, "positions t").and(true, "t.account = ?", name).ordered("t.symbol, t.side")
	}
	return selecting(positionSelect, "positions p, position_history t").
		and(true, "p.account = ?", name).
		and(true, `t.account = p.account AND t.symbol = p.symbol AND t.side = p.side
			AND (t.updated, t.position) = (SELECT h.updated, h.position
			FROM position_history h WHERE h.account = p.account AND h.symbol = p.symbol AND h.side = p.side AND h.updated <= ?
			ORDER BY h.updated DESC, h.position DESC LIMIT 1)`, at).
		ordered("t.symbol, t.side")
}

// Leverages implements [Ledger].
func (s *Store) Leverages(ctx context.Context, name string) ([]account.Leverage, error) {
	return ask(ctx, s, "leverages", leveragesQuery(name), func(r *sql.Rows, l *account.Leverage) error {
		return r.Scan(&l.Symbol, &l.Leverage, &l.Updated)
	})
}

func leveragesQuery(name string) *query {
	return selecting("symbol, leverage, updated", "leverages").and(true, "account = ?", name).ordered("symbol")
}

// PositionHistory implements [Ledger].
func (s *Store) PositionHistory(ctx context.Context, f HistoryFilter) ([]PositionChange, error) {
	if f.Account == "" {
		return nil, errors.New("query position history: no account is named")
	}
	return ask(ctx, s, "position history", f.query(), func(r *sql.Rows, c *PositionChange) error {
		return scanPosition(r, &c.Position, &c.Account, &c.Record)
	})
}

func (f *HistoryFilter) query() *query {
	q := selecting(positionSelect+", t.account, t.position", "position_history t").
		and(true, "account = ?", f.Account).
		and(f.Symbol != "", "symbol = ?", f.Symbol).
		and(f.Side != "", "side = ?", f.Side).
		and(f.From != 0, "updated >= ?", f.From).
		and(f.To != 0, "updated < ?", f.To)
	var after []any
	if k := f.After; k != nil {
		after = []any{k.Symbol, k.Side, k.Updated, k.Record}
		q.from(f.Symbol != "" && f.Symbol == k.Symbol && f.Side != "" && f.Side == k.Side, "updated", f.Newest, k.Updated)
	}
	return q.page([]string{"symbol", "side", "updated", "position"}, f.Newest, after, f.Limit)
}

// Incidents implements [Ledger].
func (s *Store) Incidents(ctx context.Context, f IncidentFilter) ([]Incident, error) {
	return ask(ctx, s, "incidents", f.query(), func(r *sql.Rows, n *Incident) error {
		return r.Scan(&n.Account, &n.ID, &n.Kind, &n.Asset, &n.Symbol, number(&n.Amount), &n.Position,
			&n.Opened, &n.Closed, &n.Count, &n.Detail, &n.Ending)
	})
}

func (f *IncidentFilter) query() *query {
	q := selecting("account, id, kind, asset, symbol, amount, position, opened, closed, times, detail, ending", "incidents").
		and(f.Account != "", "account = ?", f.Account).
		and(f.Open, "closed = 0")
	var after []any
	if n := f.After; n != nil {
		after = []any{n.Account, n.ID}
	}
	return q.page([]string{"account", "id"}, f.Newest, after, f.Limit)
}
