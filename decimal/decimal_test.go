package decimal

import "testing"

func TestTextIsKeptDigitForDigit(t *testing.T) {
	for _, s := range []string{"0", "0.0", "0.00000000", "-0", "-0.00", "1", "-1", "7620.73025767",
		"122624.12345678", "999999999999999999999999999999999999", "0.0000000000000000000000000000001",
		"5316911983139663491615228241121378303", "18446744073709551616", "100000000000000000000"} {
		d, err := Parse(s)
		if err != nil || d.String() != s {
			t.Errorf("Parse(%q) = %q, %v", s, d.String(), err)
		}
	}
}
