package store

import (
	"context"
	"database/sql"
	"slices"
)

// Mark is the books of a partition's accounts as of a position of its journal.
type Mark struct {
	Position    uint64 // 0 where there is none: all books are empty
	Checkpoints []Checkpoint
}

// markEvery is how many records two neighbours of a mark may be apart for it to be
// given up, whatever its age.
const markEvery = 2_048

// The statements of marks.
const (
	sqlMark     = `INSERT INTO marks (partition, mark) VALUES ($1, $2) ON CONFLICT (partition, mark) DO NOTHING`
	sqlMarkBook = `INSERT INTO mark_books (partition, account, mark, position, data) VALUES ($1, $2, $3, $4, $5)
		ON CONFLICT (partition, account, mark) DO UPDATE SET position = excluded.position, data = excluded.data`
	sqlMarks    = `SELECT mark FROM marks WHERE partition = $1 ORDER BY mark`
	sqlMarkEnd  = `DELETE FROM marks WHERE partition = $1 AND mark = $2`
	sqlMarkMove = `UPDATE mark_books SET mark = $3 WHERE partition = $1 AND mark = $2 AND account NOT IN
		(SELECT account FROM mark_books WHERE partition = $1 AND mark > $2 AND mark <= $3)`
	sqlMarkDrop = `DELETE FROM mark_books WHERE partition = $1 AND mark = $2`
	sqlMarkAt   = `SELECT m.mark, coalesce(b.account, ''), coalesce(b.position, 0), b.data FROM
		(SELECT max(mark) AS mark FROM marks WHERE partition = $1 AND mark <= $2) m LEFT JOIN mark_books b
		ON b.partition = $1 AND ($3 = '' OR b.account = $3) AND b.mark =
		(SELECT max(o.mark) FROM mark_books o WHERE o.partition = $1 AND o.account = b.account AND o.mark <= m.mark)
		WHERE m.mark IS NOT NULL ORDER BY b.account`
)

// mark keeps a batch's checkpoints as those of its end, and gives up older ones.
func (w *ledgerWriter) mark(b *Batch) error {
	if len(b.Checkpoints) == 0 {
		return nil
	}
	at := num(b.To.Position)
	if _, err := w.run(sqlMark, num(b.Partition), at); err != nil {
		return err
	}
	for _, c := range b.Checkpoints {
		if _, err := w.run(sqlMarkBook, num(b.Partition), w.text(c.Account), at, num(c.Position), w.blob(c.Data)); err != nil {
			return err
		}
	}
	w.rows += 2 * len(b.Checkpoints)
	return w.thin(b.Partition)
}

// thin gives up marks that later ones can stand for.
func (w *ledgerWriter) thin(partition int) error {
	s, err := w.prepared(sqlMarks)
	if err != nil {
		return err
	}
	if err := w.bind(s, 0, []cell{num(partition)}); err != nil {
		return err
	}
	var marks []int64
	if err := w.step(s, func() error { marks = append(marks, w.columnInt(s, 0)); return nil }); err != nil {
		return err
	}
	for _, m := range spare(marks) {
		if _, err := w.run(sqlMarkMove, num(partition), num(m.mark), num(m.next)); err != nil {
			return err
		}
		for _, q := range []string{sqlMarkDrop, sqlMarkEnd} {
			if _, err := w.run(q, num(partition), num(m.mark)); err != nil {
				return err
			}
		}
	}
	return nil
}

// sparing is a mark that is given up, and the one after it.
type sparing struct{ mark, next int64 }

// spare returns the marks that are not needed, of those that rise. A mark is needed
// where its neighbours are further apart than half of what follows them: so whoever
// goes on from a position derives at most half as much as he is given, besides
// markEvery, and the number of marks grows with the logarithm of the journal.
func spare(marks []int64) (list []sparing) {
	marks = slices.Clone(marks)
	for i := len(marks) - 2; i >= 0; i-- {
		before := int64(0)
		if i > 0 {
			before = marks[i-1]
		}
		next := marks[i+1]
		if next-before <= max(markEvery, (marks[len(marks)-1]-next)/2) {
			list = append(list, sparing{marks[i], next})
			marks = slices.Delete(marks, i, i+1)
		}
	}
	return list
}

// MarkBefore implements [Ledger].
func (s *Store) MarkBefore(ctx context.Context, partition int, position uint64, account string) (m Mark, err error) {
	q := &query{args: []any{partition, position, account}}
	q.text.WriteString(sqlMarkAt)
	m.Checkpoints, err = ask(ctx, s, "mark", q, func(r *sql.Rows, c *Checkpoint) error {
		return r.Scan(&m.Position, &c.Account, &c.Position, &c.Data)
	})
	m.Checkpoints = slices.DeleteFunc(m.Checkpoints, func(c Checkpoint) bool { return c.Account == "" })
	return m, err
}
