package store_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"

	"poise/account"
	"poise/decimal"
	"poise/store"
)

func Example() {
	ctx := context.Background()
	dir, err := os.MkdirTemp("", "poise")
	if err != nil {
		panic(err)
	}
	defer os.RemoveAll(dir)
	s, err := store.Open(ctx, filepath.Join(dir, "poise.db"), store.Options{})
	if err != nil {
		panic(err)
	}
	defer s.Close()

	// What was heard goes into the journal first.
	p := store.PartitionOf("main")
	head, err := s.Head(ctx, p)
	if err != nil {
		panic(err)
	}
	heard := []account.Record{{Account: "main", Kind: account.Frame, Data: []byte(`{"e":"ACCOUNT_UPDATE"}`)}}
	if err := s.Append(ctx, p, head.Seq+1, heard); err != nil {
		panic(err)
	}

	// What it changed goes into the ledger behind it.
	fee := account.Entry{Position: heard[0].Position, Asset: "BTC", Time: 1793491200000, Kind: account.Commission,
		Amount: decimal.MustParse("-0.00010000"), Balance: decimal.MustParse("0.99990000")}
	err = s.Write(ctx, store.Batch{
		Partition: p,
		To:        store.Cursor{Position: heard[0].Position, Seq: head.Seq + 1},
		Deltas:    []account.Delta{{Account: "main", Position: heard[0].Position, Entries: []account.Entry{fee}}},
	})
	if err != nil {
		panic(err)
	}

	for r, err := range s.Read(ctx, p, 1) {
		fmt.Println(r.Position, r.Account, string(r.Data), err)
	}
	totals, err := s.Totals(ctx, store.TotalFilter{Account: "main"})
	for _, t := range totals {
		fmt.Println(t.Day, t.Asset, t.Kind, t.Amount, err)
	}
	// Output:
	// 1 main {"e":"ACCOUNT_UPDATE"} <nil>
	// 2026-11-01 BTC COMMISSION -0.00010000 <nil>
}
