package store

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"poise/account"
)

// markNames are accounts of partition 4.
func markNames(n int) (list []string) {
	for i := 0; len(list) < n; i++ {
		if name := fmt.Sprint("m", i); PartitionOf(name) == 4 {
			list = append(list, name)
		}
	}
	slices.Sort(list)
	return list
}

// Whatever marks were made and given up, the books as of a mark are those of that
// moment, of all accounts or of one; there are few marks, and one is near enough
// to any position.
func TestMarksAreTheBooksOfTheirMoment(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		s := inMemory(rt)
		defer s.Close()
		accounts := markNames(4)
		at := map[string]uint64{}        // last record of each account
		moments := map[uint64][]string{} // by mark: what MarkBefore must return
		var cursor Cursor
		touched := map[string]bool{}
		for range rapid.IntRange(1, 60).Draw(rt, "batches") {
			to := Cursor{cursor.Position + rapid.Uint64Range(1, 3*markEvery).Draw(rt, "records"), cursor.Seq + 1}
			for _, name := range accounts {
				if rapid.Bool().Draw(rt, "heard") {
					at[name], touched[name] = to.Position-uint64(len(touched))%(to.Position-cursor.Position), true
				}
			}
			b := Batch{Partition: 4, From: cursor, To: to}
			if rapid.IntRange(0, 3).Draw(rt, "mark") > 0 {
				for _, name := range accounts {
					if touched[name] {
						b.Checkpoints = append(b.Checkpoints, Checkpoint{name, at[name], fmt.Append(nil, name, at[name])})
					}
				}
			}
			if len(b.Checkpoints) > 0 {
				clear(touched)
				for _, name := range accounts {
					if at[name] > 0 {
						moments[to.Position] = append(moments[to.Position], fmt.Sprint(name, " ", at[name]))
					}
				}
			}
			if err := s.Write(bg, b); err != nil {
				rt.Fatal(err)
			}
			cursor = to
		}
		last := uint64(0)
		for m := range moments {
			last = max(last, m)
		}
		for p := uint64(0); p <= cursor.Position+1; p += 1 + cursor.Position/97 {
			m, err := s.MarkBefore(bg, 4, p, "")
			if err != nil || m.Position > p {
				rt.Fatalf("before %d: %d, %v", p, m.Position, err)
			}
			var got []string
			for _, c := range m.Checkpoints {
				got = append(got, fmt.Sprint(c.Account, " ", c.Position))
				if string(c.Data) != fmt.Sprint(c.Account, c.Position) {
					rt.Fatalf("%+v", c)
				}
			}
			if !slices.Equal(got, moments[m.Position]) {
				rt.Fatalf("as of %d: %q, not %q", m.Position, got, moments[m.Position])
			}
			if p <= last && p-m.Position > 6*markEvery+(last-p)/2 && nearer(moments, m.Position, p) {
				rt.Fatalf("the mark before %d is %d, of %d", p, m.Position, last)
			}
			one, err := s.MarkBefore(bg, 4, p, accounts[0])
			if err != nil || one.Position != m.Position || len(one.Checkpoints) > 1 {
				rt.Fatalf("of one: %+v, %v", one, err)
			}
			if has := strings.HasPrefix(strings.Join(got, ""), accounts[0]+" "); has != (len(one.Checkpoints) == 1) {
				rt.Fatalf("of one: %+v, of all %q", one, got)
			}
		}
	})
}

// nearer reports whether there was a mark between.
func nearer(moments map[uint64][]string, from, to uint64) bool {
	for m := range moments {
		if m > from && m <= to {
			return true
		}
	}
	return false
}

// Marks are as many as the logarithm of the journal says.
func TestMarksAreFew(t *testing.T) {
	var marks []int64
	most := 0
	for i := int64(1); i <= 100_000; i++ {
		marks = append(marks, i*4_096)
		for _, m := range spare(marks) {
			marks = slices.DeleteFunc(marks, func(o int64) bool { return o == m.mark })
		}
		most = max(most, len(marks))
	}
	if most > 60 {
		t.Errorf("%d marks of 400,000,000 records", most)
	}
	last := marks[len(marks)-1]
	for i := 1; i < len(marks); i++ {
		if gap := marks[i] - marks[i-1]; gap > 2*4_096+(last-marks[i])/2 {
			t.Errorf("nothing between %d and %d, %d behind the last", marks[i-1], marks[i], last-marks[i])
		}
	}
	t.Log(most, "marks at most")
}

// A store of before there were marks has none until the next checkpoints, and then
// the books of accounts that were not heard of since are in it too.
func TestMarksOfAnOlderStore(t *testing.T) {
	s := openStore(t, Memory)
	quiet, loud := markNames(2)[0], markNames(2)[1]
	mustWrite(t, s, Batch{Partition: 4, To: Cursor{2, 1}, Deltas: []account.Delta{{Account: quiet, Position: 1}, {Account: loud, Position: 2}},
		Checkpoints: []Checkpoint{{quiet, 1, []byte("quiet")}, {loud, 2, []byte("loud")}}})
	for _, q := range []string{"DROP TABLE marks", "DROP TABLE mark_books", "DELETE FROM ledger_version WHERE version_id >= 3"} {
		if _, err := s.write.Exec(q); err != nil {
			t.Fatal(err)
		}
	}
	if err := migrate(bg, s.write); err != nil {
		t.Fatal(err)
	}
	if m, err := s.MarkBefore(bg, 4, 5, ""); err != nil || m.Position != 0 || len(m.Checkpoints) != 0 {
		t.Errorf("%+v, %v", m, err)
	}
	mustWrite(t, s, Batch{Partition: 4, From: Cursor{2, 1}, To: Cursor{3, 2}, Checkpoints: []Checkpoint{{loud, 3, []byte("louder")}}})
	m, err := s.MarkBefore(bg, 4, 5, "")
	if err != nil || m.Position != 3 || len(m.Checkpoints) != 2 || string(m.Checkpoints[0].Data) != "quiet" || string(m.Checkpoints[1].Data) != "louder" {
		t.Errorf("%+v, %v", m, err)
	}
}
