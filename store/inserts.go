package store

import (
	"fmt"
	"slices"
	"strings"
)

// insert is a statement that adds rows to a table, or changes those that are
// there: one text for each number of rows at once.
type insert struct {
	table, columns string
	conflict       string // ON CONFLICT ... DO UPDATE ..., or ""
	width          int
}

// insertSizes are how many rows one statement writes, the largest first: the
// work around a row is shared by those of one statement.
var insertSizes = [...]int{32, 8, 1}

// newInsert adds rows of these columns; keys, where there are any, are the
// columns whose row is replaced, but for the columns kept.
func newInsert(table, columns, keys string, kept ...string) *insert {
	names := words(columns)
	in := &insert{table: table, columns: strings.Join(names, ", "), width: len(names)}
	if keys == "" {
		return in
	}
	skip := append(words(keys), kept...)
	var sets []string
	for _, n := range names {
		if !slices.Contains(skip, n) {
			sets = append(sets, n+" = excluded."+n)
		}
	}
	in.conflict = " ON CONFLICT (" + strings.Join(words(keys), ", ") + ") DO UPDATE SET " + strings.Join(sets, ", ")
	return in
}

// widening makes in keep the lowest of each first_ column, and the highest of
// each last_ one.
func (in *insert) widening() *insert {
	for column, better := range map[string]string{"first_position": "<", "last_position": ">"} {
		from, to := "excluded."+column, in.table+"."+column
		in.conflict = strings.Replace(in.conflict, column+" = "+from,
			fmt.Sprintf("%s = CASE WHEN %s %s %s THEN %s ELSE %s END", column, from, better, to, from, to), 1)
	}
	return in
}

// query is the statement for so many rows.
func (in *insert) query(rows int) string {
	var b strings.Builder
	fmt.Fprintf(&b, "INSERT INTO %s (%s) VALUES ", in.table, in.columns)
	for i := range rows * in.width {
		switch {
		case i == 0:
			b.WriteString("(")
		case i%in.width == 0:
			b.WriteString("), (")
		default:
			b.WriteString(", ")
		}
		fmt.Fprintf(&b, "$%d", i+1)
	}
	b.WriteString(")" + in.conflict)
	return b.String()
}

// inserting is an insert on a connection.
type inserting struct {
	*insert
	stmts [len(insertSizes)]*stmt
}

// rollsBack is query so that SQLite gives up the whole transaction where a row
// does not fit, as its caller would: it need not note how to undo the statement
// alone. PostgreSQL does so by itself.
func rollsBack(query string) string {
	return strings.Replace(query, "INSERT INTO", "INSERT OR ROLLBACK INTO", 1)
}

func (in *inserting) prepared(c *conn, size int) (*stmt, error) {
	if in.stmts[size] == nil {
		s, err := c.prepared(rollsBack(in.query(insertSizes[size])))
		if err != nil {
			return nil, err
		}
		in.stmts[size] = s
	}
	return in.stmts[size], nil
}

// write adds n rows; row returns the cells of the i-th.
func (in *inserting) write(c *conn, n int, row func(i int) []cell) error {
	done := 0
	for size, rows := range insertSizes {
		for n-done >= rows {
			s, err := in.prepared(c, size)
			if err != nil {
				return err
			}
			for i := range rows {
				if err := c.bind(s, i*in.width, row(done+i)); err != nil {
					return err
				}
			}
			if err := c.step(s, nil); err != nil {
				return err
			}
			done += rows
		}
	}
	return nil
}
