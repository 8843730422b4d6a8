package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"poise/wire"
)

func newDecode() *cobra.Command {
	var asJSON bool
	c := &cobra.Command{
		Use:   "decode [FILE|-]",
		Short: "Read messages of the user data stream, one a line",
		Long: `decode reads messages of the user data stream, one a line, bare or in the
{"stream","data"} envelope, and prints what they say: as tables, or with --json
as one JSON object a line with decimals as strings and absent fields left out.

A bad message is told on standard error as FILE:line:column: field path: what is
wrong; the others are still read, and the exit code is 1.`,
		Example: "  poise decode frames.jsonl\n  poise decode --json - < frames.jsonl",
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) > 1 {
				return usage("decode takes one file, got %d", len(args))
			}
			return nil
		},
		RunE: func(c *cobra.Command, args []string) error {
			name := "-"
			if len(args) == 1 {
				name = args[0]
			}
			in, closer, err := openFrames(name, c.InOrStdin())
			if err != nil {
				return err
			}
			defer closer.Close()
			out := bufio.NewWriter(c.OutOrStdout())
			defer out.Flush()
			show := tellEvent
			if asJSON {
				show = writeEventJSON
			}
			return decodeAll(in, out, c.ErrOrStderr(), show)
		},
	}
	jsonFlag(c, &asJSON)
	return c
}

// decodeAll shows each message and tells each bad one; errNo when there was one.
func decodeAll(in *frames, out *bufio.Writer, errs io.Writer, show func(io.Writer, frame, *wire.Event) error) error {
	var dec wire.Decoder
	var ev wire.Event
	bad := 0
	for {
		m, err := in.next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return err
		}
		if err := dec.Decode(m.data, &ev); err != nil {
			bad++
			out.Flush()
			fmt.Fprintln(errs, printable(complaint(err, in.name, m.line)))
			continue
		}
		if err := show(out, m, &ev); err != nil {
			return err
		}
	}
	if bad > 0 {
		return errNo
	}
	return nil
}

// complaint is FILE:line:column: path: what is wrong, for a message that starts
// on the given line.
func complaint(err error, file string, line int) string {
	var e *wire.Error
	if !errors.As(err, &e) {
		return fmt.Sprintf("%s:%d: %v", file, line, err)
	}
	at := *e
	at.Line += line - 1
	return at.In(file)
}

// writeEventJSON writes one message as a line of JSON.
func writeEventJSON(w io.Writer, m frame, ev *wire.Event) error {
	return json.NewEncoder(w).Encode(eventJSON(m, ev))
}

// tellEvent writes one message for a person.
func tellEvent(w io.Writer, m frame, ev *wire.Event) error {
	fmt.Fprintf(w, "%d: %s", m.line, nameOf(ev))
	for _, s := range []string{ev.Account.Reason, when(ev.Time), ev.Alias} {
		if s != "" && !(ev.Type != wire.AccountUpdate && s == ev.Account.Reason) {
			fmt.Fprintf(w, "  %s", printable(s))
		}
	}
	fmt.Fprintln(w)
	if err := tellBody(w, ev); err != nil {
		return err
	}
	return tellExtras(w, ev)
}

// tellExtras shows what the exchange wrote and the documentation does not have.
func tellExtras(w io.Writer, ev *wire.Event) error {
	t := newTable("not documented", "value")
	add := func(where string, es []wire.Extra) {
		for _, e := range es {
			t.add(printable(where+e.Key), printable(string(e.Value)))
		}
	}
	add("", ev.Extra)
	add("a.", ev.Account.Extra)
	for i := range ev.Account.Balances {
		add(fmt.Sprintf("a.B[%d].", i), ev.Account.Balances[i].Extra)
	}
	for i := range ev.Account.Positions {
		add(fmt.Sprintf("a.P[%d].", i), ev.Account.Positions[i].Extra)
	}
	add("o.", ev.Order.Extra)
	add("o.", ev.Algo.Extra)
	return t.print(w, "  ")
}

func nameOf(ev *wire.Event) string {
	if ev.Name == "" {
		return "(no event)"
	}
	return printable(ev.Name)
}

func tellBody(w io.Writer, ev *wire.Event) error {
	switch ev.Type {
	case wire.AccountUpdate:
		return tellAccount(w, &ev.Account)
	case wire.OrderTradeUpdate:
		return tellOrder(w, &ev.Order)
	case wire.Unknown:
		var raw bytes.Buffer
		if err := json.Compact(&raw, ev.Raw); err != nil {
			return err
		}
		_, err := fmt.Fprintf(w, "  %s\n", printable(raw.String()))
		return err
	}
	t := newTable("field", "value")
	for _, f := range fieldsOf(ev) {
		t.add(f.name, printable(fmt.Sprint(f.value)))
	}
	if err := t.print(w, "  "); err != nil || ev.Type != wire.MarginCall {
		return err
	}
	return tellCall(w, &ev.Call)
}

func tellAccount(w io.Writer, a *wire.Account) error {
	b := newTable("asset", "wallet.", "cross.", "change.")
	for i := range a.Balances {
		r := &a.Balances[i]
		b.add(printable(r.Asset), present(r.Fields, wire.BalanceWallet, r.Wallet), present(r.Fields, wire.BalanceCross, r.Cross),
			present(r.Fields, wire.BalanceChange, r.Change))
	}
	if err := b.print(w, "  "); err != nil {
		return err
	}
	p := newTable("symbol", "side", "contracts.", "entry USD.", "break-even USD.", "realized.", "unrealized.", "margin", "isolated wallet.", "in")
	for i := range a.Positions {
		r := &a.Positions[i]
		p.add(printable(r.Symbol), printable(r.Side), present(r.Fields, wire.PositionAmount, r.Amount),
			present(r.Fields, wire.PositionEntryPrice, r.EntryPrice), present(r.Fields, wire.PositionBreakEven, r.BreakEven),
			present(r.Fields, wire.PositionRealized, r.Realized), present(r.Fields, wire.PositionUnrealized, r.Unrealized),
			printable(r.MarginType), present(r.Fields, wire.PositionIsolatedWallet, r.IsolatedWallet), printable(r.MarginAsset))
	}
	return p.print(w, "  ")
}

// tellOrder shows what one looks for first; --json has every field.
func tellOrder(w io.Writer, o *wire.Order) error {
	t := newTable("symbol", "side", "position", "type", "execution", "status", "order>", "trade>", "contracts.", "price USD.", "commission.", "realized.", "in")
	price, quantity := o.Price, o.Quantity
	if o.TradeID != 0 {
		price, quantity = o.LastPrice, o.LastQuantity
	}
	t.add(printable(o.Symbol), printable(o.Side), printable(o.PositionSide), printable(o.OrderType), printable(o.Execution), printable(o.Status),
		fmt.Sprint(o.OrderID), fmt.Sprint(o.TradeID), quantity.String(), price.String(),
		present(o.Fields, wire.OrderCommission, o.Commission), present(o.Fields, wire.OrderRealizedProfit, o.RealizedProfit), printable(o.MarginAsset))
	return t.print(w, "  ")
}

func tellCall(w io.Writer, c *wire.Call) error {
	p := newTable("symbol", "side", "contracts.", "margin", "isolated wallet.", "mark USD.", "unrealized.", "maintenance.")
	for i := range c.Positions {
		r := &c.Positions[i]
		p.add(printable(r.Symbol), printable(r.Side), r.Amount.String(), printable(r.MarginType), r.IsolatedWallet.String(), r.Mark.String(), r.Unrealized.String(), r.Maintenance.String())
	}
	return p.print(w, "  ")
}

// present prints a value that the message has, and a dash for one it has not.
func present(have, f wire.Fields, v fmt.Stringer) string {
	if have.Has(f) {
		return v.String()
	}
	return "-"
}
