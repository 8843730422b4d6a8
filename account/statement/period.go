package statement

import "time"

// Period is a span of time: From <= time < To, in Unix milliseconds.
type Period struct{ From, To int64 }

// Month returns the month of a zone: from its first moment to that of the next.
func Month(year int, month time.Month, zone *time.Location) Period {
	return Period{dayStart(year, month, 1, zone).UnixMilli(), dayStart(year, month+1, 1, zone).UnixMilli()}
}

// Days returns the ends of the zone's days that the period touches: each
// midnight after From, and To. At most most are returned; nil where there are
// more.
func (p Period) Days(zone *time.Location, most int) []int64 {
	if p.To-p.From > int64(most)*25*hour {
		return nil
	}
	var ends []int64
	year, month, day := time.UnixMilli(p.From).In(zone).Date()
	for i := 1; ; i++ {
		end := dayStart(year, month, day+i, zone).UnixMilli()
		if end >= p.To {
			break
		}
		if end > p.From && (len(ends) == 0 || end > ends[len(ends)-1]) {
			ends = append(ends, end)
		}
	}
	if p.To > p.From {
		ends = append(ends, p.To)
	}
	if len(ends) > most {
		return nil
	}
	return ends
}

const hour = 3_600_000 // ms

// dayStart returns the first moment of a day. Where clocks go forward at
// midnight there is no 00:00, and where they go back to it there are two;
// time.Date says not which it takes.
func dayStart(year int, month time.Month, day int, zone *time.Location) time.Time {
	want := time.Date(year, month, day, 0, 0, 0, 0, time.UTC)
	t := time.Date(year, month, day, 0, 0, 0, 0, zone)
	if t.Day() != want.Day() {
		return t.Add(time.Hour)
	}
	if before := t.Add(-time.Hour); before.Day() == want.Day() {
		return before
	}
	return t
}
