package serve

import (
	"fmt"
	"time"

	"poise/account"
)

// advice is what a kind of incident is called, and what to do about an open one.
type advice struct{ Name, Do string }

var advices = map[account.IncidentKind]advice{
	account.IncidentUnexplained: {"Unexplained change", "Wait: income is asked for what is missing. If it stays open for an hour, compare with the exchange's own statement " +
		"before trusting a sum of kinds; poise reconcile shows row by row. The wallet itself is right."},
	account.IncidentIsolated: {"Isolated wallets do not add up", "Wait: the next message or snapshot brings the missing row. If it stays open, poise reconcile shows which position differs."},
	account.IncidentLate:     {"Late message", "Nothing: its rows are older than what is held and changed nothing. A snapshot confirms what is held."},
	account.IncidentUnreadable: {"Unreadable message", "Wait: a snapshot brings what it may have said, and its bytes are in the journal. If it comes again and again, report it with " +
		"what poise export messages has."},
	account.IncidentUnknown:    {"Undocumented event", "Wait: a snapshot shows whether it mattered, and it is in the journal. If it comes often, a newer poise may know it."},
	account.IncidentKeyExpired: {"Listen key expired", "Wait: a new key is asked for. If it stays open, look whether the exchange still takes the account's API key."},
	account.IncidentNoLine: {"No line was up", "Wait: lines are opened again, and a snapshot and income bring what was missed. If it lasts, look at the network, at the " +
		"exchange's status, and at the account's API key."},
}

// adviceOf is for a kind as it stands in an answer.
func adviceOf(kind string) advice {
	if a, ok := advices[account.IncidentKind(kind)]; ok {
		return a
	}
	return advice{Name: labelOf(kind)}
}

// alarms are codes of alerts for people.
var alarms = map[string]string{"lines": "Lines", "key": "Listen key", "rest": "REST", "behind": "Behind the exchange", "silent": "Silent stream", "margin": "Margin", notFollowed: "Not followed"}

func alarmOf(code string) string {
	if name, ok := alarms[code]; ok {
		return name
	}
	return code
}

// lasted is how long something was open, for people.
func lasted(opened, closed int64) string {
	d := time.Duration(max(0, closed-opened)) * time.Millisecond
	switch {
	case d < time.Second:
		return fmt.Sprintf("%d ms", d.Milliseconds())
	case d < time.Minute:
		return fmt.Sprintf("%d s", int(d.Seconds()))
	case d < time.Hour:
		return fmt.Sprintf("%d min %d s", int(d.Minutes()), int(d.Seconds())%60)
	case d < 48*time.Hour:
		return fmt.Sprintf("%d h %d min", int(d.Hours()), int(d.Minutes())%60)
	}
	return fmt.Sprintf("%d days", int(d.Hours())/24)
}
