package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"poise/account"
	"poise/follower"
	"poise/store"
)

// replayBlock is how many messages share a block, and so an fsync.
const replayBlock = 1024

func newReplay() *cobra.Command {
	var o replayOptions
	c := &cobra.Command{
		Use:   "replay FILE --account NAME",
		Short: "Put recorded messages into a store, as if heard",
		Long: `replay reads recorded messages, one a line, into the store as if they were heard
on one connection: each is made durable, folded into the account's books, and
explained in the ledger. Then it shows what the account holds, and why.

A message that cannot be read is kept too and opens an incident, told on standard
error as FILE:line:column. --sample replays an embedded recording, in memory
unless --store names a file.`,
		Example: "  poise replay --sample\n  poise replay frames.jsonl --account main\n  zcat day.gz | poise replay - --account main --store desk.db",
		Args: func(c *cobra.Command, args []string) error {
			if o.sample {
				return noArgs(c, args)
			}
			return oneArg("a FILE of messages, or - (or --sample for the embedded ones)")(c, args)
		},
		RunE: func(c *cobra.Command, args []string) error {
			return o.run(c, args)
		},
	}
	c.Flags().StringVar(&o.account, "account", "", "the account that the messages are of (needed)")
	c.Flags().BoolVar(&o.sample, "sample", false, "replay the embedded sample")
	storeFlag(c, &o.store)
	jsonFlag(c, &o.json)
	return c
}

type replayOptions struct {
	account, store string
	sample, json   bool
}

func (o *replayOptions) run(c *cobra.Command, args []string) error {
	in, closer, err := o.open(c, args)
	if err != nil {
		return err
	}
	defer closer.Close()
	s, err := openStore(c.Context(), o.store)
	if err != nil {
		return err
	}
	defer s.Close()
	k, err := follower.OpenKeeper(c.Context(), s, store.PartitionOf(o.account))
	if err != nil {
		return err
	}
	p := startProgress(c.ErrOrStderr(), "messages")
	r := replay{k: k, in: in, account: o.account, errs: p.over(c.ErrOrStderr()), progress: p}
	err = r.all(c.Context())
	p.done()
	if err != nil {
		return err
	}
	out := bufio.NewWriter(c.OutOrStdout())
	defer out.Flush()
	if o.json {
		err = r.writeJSON(c.Context(), s, out)
	} else {
		err = r.tell(c.Context(), s, out)
	}
	if err == nil && r.bad > 0 {
		err = errNo
	}
	return err
}

func (o *replayOptions) open(c *cobra.Command, args []string) (*frames, io.Closer, error) {
	if o.sample {
		if o.account == "" {
			o.account = "sample"
		}
		if !c.Flags().Changed("store") {
			o.store = store.Memory
		}
		return newFrames("sample", bytes.NewReader(sample)), io.NopCloser(nil), nil
	}
	if o.account == "" {
		return nil, nil, usage("replay needs --account NAME: whose messages these are")
	}
	return openFrames(args[0], c.InOrStdin())
}

// replay is one file on its way into one account's books.
type replay struct {
	k        *follower.Keeper
	in       *frames
	account  string
	errs     io.Writer
	progress *progress

	before                  uint64 // the last position of the journal before this
	messages, bad, repeated int
}

func (r *replay) all(ctx context.Context) error {
	r.before = r.k.Head().Position
	var block []account.Record
	var lines []int
	for {
		m, err := r.in.next()
		if err != nil && !errors.Is(err, io.EOF) {
			return err
		}
		if err == nil {
			block = append(block, account.Record{Account: r.account, Kind: account.Frame, Data: m.data})
			lines = append(lines, m.line)
		}
		if err != nil {
			block = append(block, stopRecord(r.account, r.in.name))
			lines = append(lines, 0)
		}
		if err != nil || len(block) >= replayBlock {
			if err := r.keep(ctx, block, lines); err != nil {
				return err
			}
			block, lines = block[:0], lines[:0]
		}
		if err != nil {
			return r.k.Flush(ctx)
		}
	}
}

// stopRecord says that the recording ended: nothing can confirm any more what
// is unexplained.
func stopRecord(name, file string) account.Record {
	data, _ := json.Marshal(account.LineEvent{Event: account.LineStop, Detail: "end of " + file})
	return account.Record{Account: name, Kind: account.Line, Data: data}
}

func (r *replay) keep(ctx context.Context, block []account.Record, lines []int) error {
	deltas, err := r.k.Keep(ctx, block)
	if err != nil {
		return err
	}
	for i := range deltas {
		r.count(&deltas[i], lines[i], block[i].Data)
	}
	r.progress.set(int64(r.messages))
	return nil
}

func (r *replay) count(d *account.Delta, line int, data []byte) {
	if line > 0 {
		r.messages++
	}
	if d.Repeated {
		r.repeated++
	}
	for _, in := range d.Opened {
		if in.Kind == account.IncidentUnreadable {
			r.bad++
			fmt.Fprintln(r.errs, printable(r.complaint(in, line, data)))
		}
	}
}
