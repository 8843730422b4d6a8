package store

import (
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// Every statement of the ledger is prepared by a real PostgreSQL, over the
// schema that the same migrations make there. POISE_POSTGRES is where one is,
// as psql takes it; without it, one is started if it is installed.
func TestPostgreSQLTakesTheLedgersSQL(t *testing.T) {
	address := os.Getenv("POISE_POSTGRES")
	if address == "" {
		address = startPostgres(t)
	}
	var script strings.Builder
	script.WriteString("BEGIN;\n")
	files, err := fs.Glob(migrations, "migrations/ledger/*.sql")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range files {
		text, err := migrations.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		up, _, _ := strings.Cut(string(text), "-- +goose Down")
		script.WriteString(up)
	}
	for i, q := range ledgerStatements() {
		fmt.Fprintf(&script, "PREPARE q%d AS %s;\n", i, q)
	}
	script.WriteString("ROLLBACK;\n")
	c := exec.Command("psql", "-X", "-q", "-v", "ON_ERROR_STOP=1", "-d", address)
	c.Stdin = strings.NewReader(script.String())
	if out, err := c.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
}

// ledgerStatements is each statement that the ledger runs, with every condition
// that a query can have.
func ledgerStatements() []string {
	list := []string{sqlCursorFirst, sqlCursorMove, sqlRevise, sqlTotal, sqlTotalEnd,
		sqlMark, sqlMarkBook, sqlMarks, sqlMarkEnd, sqlMarkMove, sqlMarkDrop, sqlMarkAt}
	for _, in := range inserts {
		for _, n := range insertSizes {
			list = append(list, in.query(n))
		}
	}
	queries := []*query{cursorQuery(1), checkpointQuery("a"), accountsQuery(), leveragesQuery("a"),
		balancesQuery("a", Latest), balancesQuery("a", 5), positionsQuery("a", Latest), positionsQuery("a", 5),
		(&EntryFilter{Account: "a", Asset: "b", Kind: "c", From: 1, To: 2, Newest: true, After: &EntryKey{"a", 1, "b", 2}}).query(),
		(&TotalFilter{Account: "a", Asset: "b", Kind: "c", From: "d", To: "e"}).query(),
		(&HistoryFilter{Account: "a", Symbol: "b", Side: "c", From: 1, To: 2, After: &HistoryKey{"a", "b", 1, 2}}).query(),
		(&IncidentFilter{Account: "a", Open: true, After: &Incident{Account: "a"}}).query(),
	}
	for _, t := range tables {
		queries = append(queries, t.query(make([]any, len(t.keys))))
	}
	for _, q := range queries {
		list = append(list, q.text.String())
	}
	return list
}

// startPostgres starts a server that ends with the test, or skips it.
func startPostgres(t *testing.T) (address string) {
	bin := ""
	if found, _ := filepath.Glob("/usr/lib/postgresql/*/bin/initdb"); len(found) > 0 {
		bin = filepath.Dir(found[len(found)-1])
	} else if path, err := exec.LookPath("initdb"); err == nil {
		bin = filepath.Dir(path)
	}
	if _, err := exec.LookPath("psql"); err != nil || bin == "" {
		t.Skip("no PostgreSQL here; set POISE_POSTGRES")
	}
	dir, err := os.MkdirTemp("", "poise-pg")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	data := filepath.Join(dir, "data")
	run := func(name string, args ...string) error {
		c := asUser(exec.Command(filepath.Join(bin, name), args...), dir)
		out, err := c.CombinedOutput()
		if err != nil {
			return fmt.Errorf("%s: %w %s", name, err, out)
		}
		return nil
	}
	if err := run("initdb", "-D", data, "-U", "poise", "-A", "trust", "-N", "-E", "UTF8", "--locale=C"); err != nil {
		t.Skip("PostgreSQL cannot be set up here: ", err)
	}
	if err := run("pg_ctl", "-D", data, "-w", "-l", filepath.Join(dir, "log"), "-o", "-c listen_addresses='' -c fsync=off -k "+dir, "start"); err != nil {
		t.Skip("PostgreSQL cannot be started here: ", err)
	}
	t.Cleanup(func() {
		if err := run("pg_ctl", "-D", data, "-m", "immediate", "stop"); err != nil {
			t.Error(err)
		}
	})
	return "host=" + dir + " user=poise dbname=postgres"
}
