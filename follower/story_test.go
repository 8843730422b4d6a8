package follower_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"poise/account"
	"poise/store"
)

// story writes, into a folder, what the journal holds and what the books made of
// each record, for whoever looks for the cause of a seed's failure.
func (w *world) story(dir string) {
	s, err := store.OpenRead(context.Background(), w.path)
	if err != nil {
		w.t.Error(err)
		return
	}
	defer s.Close()
	var text strings.Builder
	for p := range store.Partitions {
		w.tell(&text, s, p)
	}
	file := filepath.Join(dir, strings.ReplaceAll(w.t.Name(), "/", "_")+".txt")
	if err := os.WriteFile(file, []byte(text.String()), 0o666); err != nil {
		w.t.Error(err)
	}
	w.t.Logf("its story is in %s", file)
}

func (w *world) tell(text *strings.Builder, s *store.Store, partition int) {
	books := map[string]*account.Books{}
	for r, err := range s.Read(context.Background(), partition, 1) {
		if err != nil {
			w.t.Error(err)
			return
		}
		if books[r.Account] == nil {
			books[r.Account] = account.New(r.Account)
		}
		d, err := books[r.Account].Apply(r)
		if err != nil {
			w.t.Error(err)
		}
		fmt.Fprintf(text, "%d %s line %d, received %d: %s\n", r.Position, r.Account, r.Line, r.Received/1e6, r.Data)
		for _, e := range d.Entries {
			fmt.Fprintf(text, "\tentry %+v\n", e)
		}
		for _, e := range d.Revised {
			fmt.Fprintf(text, "\trevised %+v\n\t     to %+v\n", e.Before, e.After)
		}
		for _, in := range d.Opened {
			fmt.Fprintf(text, "\topened %+v\n", in)
		}
		for _, in := range d.Ended {
			fmt.Fprintf(text, "\tended %+v\n", in)
		}
		for _, g := range books[r.Account].Gaps() {
			fmt.Fprintf(text, "\tgap %+v\n", g)
		}
	}
}
