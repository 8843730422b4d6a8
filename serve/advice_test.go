package serve

import (
	"testing"

	"poise/account"
)

// Each kind of incident has a name and something to do.
func TestEveryIncidentHasAdvice(t *testing.T) {
	for _, kind := range incidentKinds {
		if a := adviceOf(string(kind)); a.Name == "" || a.Do == "" {
			t.Errorf("%s: %+v", kind, a)
		}
	}
	if a := adviceOf("a-kind-of-tomorrow"); a.Name != "A-kind-of-tomorrow" || a.Do != "" {
		t.Errorf("%+v", a)
	}
	if len(advices) != len(incidentKinds) {
		t.Errorf("%d kinds, %d advices", len(incidentKinds), len(advices))
	}
	if alarmOf(notFollowed) != "Not followed" || alarmOf("new") != "new" {
		t.Error(alarmOf(notFollowed), alarmOf("new"))
	}
}

func TestHowLongForPeople(t *testing.T) {
	for ms, want := range map[int64]string{-1: "0 ms", 0: "0 ms", 999: "999 ms", 1_000: "1 s", 59_999: "59 s", 60_000: "1 min 0 s", 3_599_999: "59 min 59 s",
		3_600_000: "1 h 0 min", 172_799_999: "47 h 59 min", 172_800_000: "2 days"} {
		if got := lasted(1_000, 1_000+ms); got != want {
			t.Errorf("%d ms is %q, not %q", ms, got, want)
		}
	}
	if labelOf(string(account.Opening)) == "Opening" {
		t.Error("an entry of this kind is taken for an opening balance")
	}
}
