package export

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"errors"
	"io"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/parquet-go/parquet-go"

	"poise/account"
	"poise/decimal"
	"poise/store"
)

var dec = decimal.MustParse

// odd are entries whose texts are hard to write.
func odd() []Entry {
	var rows []Entry
	for i, reason := range []string{"ORDER", "=HYPERLINK(\"http://x\",\"y\")", "+1", "-1", "@x", "\tx", "  =1+1", "＝1", "'quoted", "a,b", "say \"hi\"", "two\r\nlines", " spaces ", "ünï <&>\u2028", "", "x=1"} {
		e := store.Entry{Account: "main", Entry: account.Entry{Position: uint64(i + 1), Index: i % 3, Time: 1790812800001, Asset: "BTC", Kind: account.Commission,
			Amount: dec("-0.00001000"), Balance: dec("122624.0"), OrderID: 8886774123456790, TradeID: -1, Reason: reason}}
		rows = append(rows, OfEntry(&e))
	}
	return rows
}

func written[R Row](t *testing.T, format string, zone *time.Location, rows []R) []byte {
	t.Helper()
	var b bytes.Buffer
	w, err := New[R](&b, format, zone)
	if err != nil {
		t.Fatal(err)
	}
	for i := range rows {
		if err := w.Write(&rows[i]); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// A reader of RFC 4180 gets back each text, less the apostrophe that keeps a
// spreadsheet from calculating; amounts have none.
func TestCSVIsReadBackAndIsNoFormula(t *testing.T) {
	rows := odd()
	data := written(t, "csv", time.UTC, rows)
	if bytes.Count(data, []byte("\r\n")) != len(rows)+2 { // and one within a text
		t.Errorf("lines do not end with CRLF: %q", data)
	}
	got, err := csv.NewReader(bytes.NewReader(data)).ReadAll()
	if err != nil || len(got) != len(rows)+1 {
		t.Fatalf("%d lines (%v)", len(got), err)
	}
	if want := strings.Join(Entry{}.columns(), ","); strings.Join(got[0], ",") != want {
		t.Errorf("header is %q, not %q", got[0], want)
	}
	for i, line := range got[1:] {
		reason := line[12]
		if c := strings.TrimLeft(reason, " "); c != "" && strings.ContainsAny(c[:1], "=+-@\t\r\n") || strings.HasPrefix(c, "＝") {
			t.Errorf("a formula: %q", reason)
		}
		want := strings.ReplaceAll(rows[i].Reason, "\r\n", "\n") // as encoding/csv reads it
		if strings.TrimPrefix(reason, "'") != want {
			t.Errorf("%q is read as %q", want, reason)
		}
		if line[3] != "2026-10-01T00:00:00.001Z" || line[6] != "-0.00001000" || line[9] != "8886774123456790" || line[10] != "-1" {
			t.Errorf("values are %q", line)
		}
	}
}

func TestCSVTimesAreOfTheZone(t *testing.T) {
	data := written(t, "csv", time.FixedZone("", 2*3600), []Message{{Time: 1790812800000}, {}})
	if want := ",0,2026-10-01T02:00:00.000+02:00,0,,0,,\r\n,0,,0,,0,,\r\n"; !strings.HasSuffix(string(data), want) {
		t.Errorf("%q", data)
	}
}

// No row is still a header.
func TestCSVOfNothing(t *testing.T) {
	if got := string(written[Entry](t, "csv", time.UTC, nil)); got != strings.Join(Entry{}.columns(), ",")+"\r\n" {
		t.Errorf("%q", got)
	}
}

// Each line is an object with all columns; amounts are strings, what is not
// there is null.
func TestLinesAreReadBack(t *testing.T) {
	rows := odd()
	lines := bytes.Split(bytes.TrimSuffix(written(t, "jsonl", time.UTC, rows), []byte("\n")), []byte("\n"))
	if len(lines) != len(rows) {
		t.Fatalf("%d lines", len(lines))
	}
	for i, line := range lines {
		var got map[string]any
		if err := json.Unmarshal(line, &got); err != nil {
			t.Fatalf("%s: %v", line, err)
		}
		if len(got) != 13 || got["reason"] != rows[i].Reason || got["amount"] != "-0.00001000" || !bytes.Contains(line, []byte(`"orderId":8886774123456790,`)) {
			t.Errorf("%s", line)
		}
	}
	p := OfPosition(&store.PositionChange{Account: "a", Position: account.Position{Realized: dec("0.0"), HasRealized: true}})
	if got := string(written(t, "jsonl", time.UTC, []Position{p})); !strings.Contains(got, `"breakEvenPrice":null,"realized":"0.0",`) {
		t.Errorf("%s", got)
	}
}

// inGroups writes Parquet with smaller row groups.
func inGroups[R Row](t *testing.T, rows, size int, list []R) []byte {
	t.Helper()
	var b bytes.Buffer
	w := newParquet[R](&b)
	w.most.rows, w.most.bytes = rows, size
	for i := range list {
		if err := w.Write(&list[i]); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// The library reads back what was written, in several row groups, digit for
// digit and with types that other readers know.
func TestParquetIsReadBack(t *testing.T) {
	rows := append(odd(), odd()...)
	data := inGroups(t, 20, groupBytes, rows)
	got, err := parquet.Read[Entry](bytes.NewReader(data), int64(len(data)))
	if err != nil || !reflect.DeepEqual(got, rows) {
		t.Fatalf("%d rows of %d (%v)", len(got), len(rows), err)
	}
	f, err := parquet.OpenFile(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		t.Fatal(err)
	}
	if n := len(f.RowGroups()); n != 2 {
		t.Errorf("%d row groups", n)
	}
	types := map[string]string{"time": "TIMESTAMP(isAdjustedToUTC=true,unit=MILLIS)", "amount": "STRING", "kind": "STRING", "position": "INT(64,true)"}
	for i, field := range f.Schema().Fields() {
		if field.Name() != (Entry{}).columns()[i] {
			t.Errorf("column %d is %s", i, field.Name())
		}
		if want := types[field.Name()]; want != "" && field.Type().String() != want {
			t.Errorf("%s is %s, not %s", field.Name(), field.Type(), want)
		}
	}
	positions := []Position{OfPosition(&store.PositionChange{Account: "a", Position: account.Position{Amount: dec("-7"), Realized: dec("0.00"), HasRealized: true}}), {}}
	data = written(t, "parquet", time.UTC, positions)
	if got, err := parquet.Read[Position](bytes.NewReader(data), int64(len(data))); err != nil || !reflect.DeepEqual(got, positions) {
		t.Errorf("%+v (%v)", got, err)
	}
}

// Messages are byte for byte what was heard, and a row group of long ones is
// written before it is large.
func TestMessagesKeepTheirBytes(t *testing.T) {
	long := strings.Repeat("x", 250)
	var rows []Message
	for _, data := range []string{`{"e":"x"}`, "\xff\x00", long, long, long, long, long} {
		rows = append(rows, OfMessage(&account.Record{Account: "a", Position: 1, Kind: account.Income, Line: 2, Received: 1790812800000123456, Data: []byte(data)}))
	}
	if m := rows[0]; m.Time != 1790812800000 || m.Received != 1790812800000123456 || m.Kind != "income" || m.Encoding != "utf-8" || m.Data != `{"e":"x"}` {
		t.Errorf("%+v", m)
	}
	if m := rows[1]; m.Encoding != "base64" || m.Data != "/wA=" {
		t.Errorf("%+v", m)
	}
	data := inGroups(t, groupRows, 1000, rows)
	f, err := parquet.OpenFile(bytes.NewReader(data), int64(len(data)))
	if err != nil || len(f.RowGroups()) != 2 {
		t.Errorf("%d row groups (%v)", len(f.RowGroups()), err)
	}
	if got, err := parquet.Read[Message](bytes.NewReader(data), int64(len(data))); err != nil || !reflect.DeepEqual(got, rows) {
		t.Errorf("%d messages (%v)", len(got), err)
	}
}

type full struct{ room int }

var errFull = errors.New("full")

func (f *full) Write(b []byte) (int, error) {
	if f.room -= len(b); f.room < 0 {
		return 0, errFull
	}
	return len(b), nil
}

// A disk that is full is an error in each format, at the latest at the end.
func TestWriteErrors(t *testing.T) {
	for _, format := range Formats {
		var out io.Writer = &full{room: 8}
		w, err := New[Entry](out, format, time.UTC)
		if err != nil {
			t.Fatal(err)
		}
		e := odd()[0]
		err = w.Write(&e)
		if err = errors.Join(err, w.Close()); !errors.Is(err, errFull) {
			t.Errorf("%s: %v", format, err)
		}
	}
	if _, err := New[Entry](io.Discard, "xlsx", time.UTC); err == nil || !strings.Contains(err.Error(), `"xlsx" is no format`) {
		t.Errorf("%v", err)
	}
}
