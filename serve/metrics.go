package serve

import (
	"bytes"
	"context"
	"fmt"
	"net/http"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"time"

	"poise/account"
	"poise/follower"
	"poise/store"
)

// seriesMost bounds the accounts that have series of their own; the worst come
// first. What is not per account counts all.
const seriesMost = 1_000

// metrics writes the Prometheus text format by hand: all values are read when
// they are asked for, so the client library's registry, collectors and protobuf
// would be there for a few lines of printing.
func (s *Server) metrics(w http.ResponseWriter, r *http.Request) {
	var m exposition
	m.one("poise_build_info", "gauge", "1, with the version.", "1", "version", s.config.Version)
	m.one("poise_start_time_seconds", "gauge", "When the server was made, in seconds since 1970.", count(s.begun.Unix()))
	m.one("poise_goroutines", "gauge", "Goroutines of the process.", count(runtime.NumGoroutine()))
	m.one("poise_changes_clients", "gauge", "Clients that listen to changes.", count(len(s.clients)))
	m.one("poise_wrong_tokens_total", "counter", "Wrong tokens that were shown, a repeated one once.", count(s.guard.tries.count()))
	m.one("poise_changes_cut_total", "counter", "Clients of changes that were cut because they were too slow.", count(s.cut.Load()))
	if s.config.Follower != nil {
		m.stats(s.config.Follower.Stats())
		views := s.config.Follower.Accounts()
		m.accounts(views)
		m.each(worst(views), s.now())
		m.alerts(views)
		m.risk(worst(views))
	}
	m.more(s)
	m.usage(s)
	if err := m.positions(r.Context(), s); err != nil {
		s.log.Error("metrics: the ledger does not answer", "error", err)
		(&problem{Type: ledgerSilent, Status: http.StatusServiceUnavailable, Detail: "the ledger does not answer; the log says why"}).write(w, r)
		return
	}
	w.Header().Set("Content-Type", "text/plain; version=0.0.4; charset=utf-8")
	_, _ = w.Write(m.Bytes()) // the scraper has gone
}

func (s *Server) now() time.Time {
	if s.config.Exchange != nil {
		return s.config.Exchange.Now()
	}
	return time.Now()
}

// exposition is metrics in Prometheus' text format.
type exposition struct{ bytes.Buffer }

func (m *exposition) head(name, kind, help string) {
	fmt.Fprintf(m, "# HELP %s %s\n# TYPE %s %s\n", name, help, name, kind)
}

// row writes a value; labels are pairs of name and value.
func (m *exposition) row(name, value string, labels ...string) {
	m.WriteString(name)
	for i := 0; i+1 < len(labels); i += 2 {
		m.WriteByte("{,"[min(i, 1)])
		m.WriteString(labels[i] + `="` + escaped.Replace(strings.ToValidUTF8(labels[i+1], "\uFFFD")) + `"`)
	}
	if len(labels) > 0 {
		m.WriteByte('}')
	}
	m.WriteString(" " + value + "\n")
}

var escaped = strings.NewReplacer(`\`, `\\`, `"`, `\"`, "\n", `\n`)

func (m *exposition) one(name, kind, help, value string, labels ...string) {
	m.head(name, kind, help)
	m.row(name, value, labels...)
}

func count[N int | int64 | uint64](n N) string { return fmt.Sprint(n) }

// seconds writes a duration to the millisecond.
func seconds(d time.Duration) string {
	ms := max(0, d.Milliseconds())
	return fmt.Sprintf("%d.%03d", ms/1000, ms%1000)
}

func (m *exposition) stats(st follower.Stats) {
	for _, c := range []struct {
		name, help string
		n          int64
	}{
		{"records", "Records that are durable.", st.Records},
		{"messages", "Messages of streams that are durable.", st.Frames},
		{"record_bytes", "Bytes of durable records.", st.Bytes},
		{"repeated", "Messages that another line had brought.", st.Repeated},
		{"snapshots", "Snapshots taken by REST.", st.Snapshots},
		{"repairs", "Times income was asked for what was unexplained.", st.Repairs},
		{"silences", "Times REST knew what the stream had not told.", st.Silences},
		{"rest_failures", "Calls of REST that failed.", st.RESTFailures},
		{"troubles", "Troubles of listen keys and lines.", st.Troubles},
	} {
		m.one("poise_"+c.name+"_total", "counter", c.help, count(c.n))
	}
	m.head("poise_incidents_total", "counter", "Incidents that were opened or happened again, by kind.")
	for _, kind := range incidentKinds {
		m.row("poise_incidents_total", count(st.Incidents[kind]), "kind", string(kind))
	}
	m.one("poise_ledger_behind_records", "gauge", "Records of the journal that the ledger has still to write.", count(st.LedgerBehind))
	m.one("poise_durable_lag_seconds", "gauge", "From a message's arrival to its durability, mean of the last ones.", micros(st.Lag))
	m.one("poise_event_lag_seconds", "gauge", "From a message's E, by the exchange's clock, to its durability, mean of the last ones.", micros(st.EventLag))
}

// micros writes a duration to the microsecond.
func micros(d time.Duration) string {
	us := max(0, d.Microseconds())
	return fmt.Sprintf("%d.%06d", us/1_000_000, us%1_000_000)
}

var incidentKinds = []account.IncidentKind{account.IncidentUnexplained, account.IncidentIsolated, account.IncidentLate, account.IncidentUnreadable,
	account.IncidentUnknown, account.IncidentKeyExpired, account.IncidentNoLine}

var statuses = []string{follower.Starting, follower.Live, follower.Degraded, follower.Down}

// accounts writes what is counted over all accounts.
func (m *exposition) accounts(views []*follower.View) {
	byStatus, byKind := map[string]int{}, map[account.IncidentKind]int{}
	for _, v := range views {
		byStatus[v.Status]++
		for i := range v.Incidents {
			byKind[v.Incidents[i].Kind]++
		}
	}
	m.head("poise_accounts", "gauge", "Followed accounts, by status.")
	for _, status := range statuses {
		m.row("poise_accounts", count(byStatus[status]), "status", status)
	}
	m.head("poise_incidents_open", "gauge", "Incidents that are open, by kind.")
	for _, kind := range incidentKinds {
		m.row("poise_incidents_open", count(byKind[kind]), "kind", string(kind))
	}
}

// worst returns the accounts that have series of their own.
func worst(views []*follower.View) []*follower.View {
	if len(views) <= seriesMost {
		return views
	}
	views = slices.Clone(views)
	slices.SortStableFunc(views, func(a, b *follower.View) int { return rank(a) - rank(b) })
	return views[:seriesMost]
}

func rank(v *follower.View) int {
	return slices.Index([]string{follower.Down, follower.Degraded, follower.Starting, follower.Live}, v.Status)
}

// each writes what is of one account.
func (m *exposition) each(views []*follower.View, now time.Time) {
	gauge := func(name, help string, value func(*follower.View) string) {
		m.head(name, "gauge", help)
		for _, v := range views {
			if text := value(v); text != "" {
				m.row(name, text, "account", v.Name)
			}
		}
	}
	m.head("poise_account_status", "gauge", "1 for the status that the account has.")
	for _, v := range views {
		for _, status := range statuses {
			m.row("poise_account_status", map[bool]string{true: "1", false: "0"}[v.Status == status], "account", v.Name, "status", status)
		}
	}
	gauge("poise_account_lines_up", "Lines that are up.", linesUp)
	gauge("poise_account_incidents_open", "Incidents that are open.", func(v *follower.View) string { return count(len(v.Incidents)) })
	gauge("poise_account_alerts", "What is wrong now, beside incidents.", func(v *follower.View) string { return count(len(v.Alerts)) })
	gauge("poise_account_event_age_seconds", "Since the newest event.", func(v *follower.View) string {
		if v.EventTime == 0 {
			return ""
		}
		return seconds(now.Sub(time.UnixMilli(v.EventTime)))
	})
	gauge("poise_account_key_age_seconds", "Since the exchange last renewed the listen key, which lives 60 minutes.", func(v *follower.View) string {
		if !v.Stream.HasKey {
			return ""
		}
		return seconds(now.Sub(v.Stream.KeyKept))
	})
	m.head("poise_account_reconnects_total", "counter", "Times a line was opened anew.")
	for _, v := range views {
		m.row("poise_account_reconnects_total", reconnects(v), "account", v.Name)
	}
	m.unexplained(views)
}

func linesUp(v *follower.View) string {
	up := 0
	for _, l := range v.Stream.Lines {
		if l.Up {
			up++
		}
	}
	return count(up)
}

func reconnects(v *follower.View) string {
	n := 0
	for _, l := range v.Stream.Lines {
		n += l.Reconnects
	}
	return count(n)
}

func (m *exposition) unexplained(views []*follower.View) {
	m.head("poise_unexplained_open", "gauge", "Changes of a wallet that nothing explains yet, by account and asset.")
	for _, v := range views {
		for i := range v.Incidents {
			if in := &v.Incidents[i]; in.Kind == account.IncidentUnexplained {
				m.row("poise_unexplained_open", count(in.Count), "account", v.Name, "asset", in.Asset)
			}
		}
	}
}

func (m *exposition) usage(s *Server) {
	if s.config.Exchange == nil {
		return
	}
	u := s.config.Exchange.Usage()
	m.one("poise_request_weight_used", "gauge", "Request weight used in this minute.", count(u.Weight))
	m.one("poise_request_weight_limit", "gauge", "Request weight that this process may use in a minute; negative for no limit.", count(u.Limit))
	m.one("poise_requests_waiting", "gauge", "Calls that wait for their turn.", count(u.Waiting))
	stopped := time.Duration(0)
	if !u.Until.IsZero() {
		stopped = time.Until(u.Until)
	}
	m.one("poise_requests_stopped_seconds", "gauge", "For how long nothing is sent, because of a 429 or 418.", seconds(stopped), "banned", strconv.FormatBool(u.Banned))
}

// positions writes how far journal and ledger are.
func (m *exposition) positions(ctx context.Context, s *Server) error {
	var journal, ledger exposition
	var head follower.Cursor
	if s.config.Follower != nil {
		head = s.config.Follower.Head()
	}
	for p := range store.Partitions {
		c, err := s.config.Ledger.Cursor(ctx, p)
		if err != nil {
			return err
		}
		if c.Position > 0 {
			ledger.row("poise_ledger_position", count(c.Position), "partition", strconv.Itoa(p))
		}
		if at := head.Position(p); at > 0 {
			journal.row("poise_journal_position", count(at), "partition", strconv.Itoa(p))
		}
	}
	m.head("poise_journal_position", "gauge", "The last record of a partition's journal.")
	m.Write(journal.Bytes())
	m.head("poise_ledger_position", "gauge", "The last record that is in the ledger.")
	m.Write(ledger.Bytes())
	return nil
}
