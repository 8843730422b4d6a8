package engine

// The parts of a message that are the same for all of its kind, made once.

// symbolTexts are a symbol's.
type symbolTexts struct {
	position   string // {"s":"BTCUSD_PERP","pa":"
	order      string // ,"o":{"s":"BTCUSD_PERP","c":"
	commission string // ","N":"BTC
	margin     string // ,"ma":"BTC","rp":"
	sides      [3]string
}

func textsOf(s *symbol) (t symbolTexts) {
	name, coin := string(appendText(nil, "", s.terms.Symbol)), string(appendText(nil, "", s.asset.name))
	t.position = `{"s":` + name + `,"pa":"`
	t.order = `,"o":{"s":` + name + `,"c":"`
	t.commission = `","N":` + coin[:len(coin)-1]
	t.margin = `,"ma":` + coin + `,"rp":"`
	for i, side := range positionSides {
		t.sides[i] = `","ps":"` + side + `","ma":` + coin + `,"bep":"`
	}
	return t
}

func flag(v bool) int {
	if v {
		return 1
	}
	return 0
}

var flags = [2]string{"false", "true"}

// orderWords are S, o and f, by side, type and time in force.
var orderWords = func() (t [2][7][4]string) {
	for side := range t {
		for kind, o := range orderTypes {
			for force, f := range timesInForce {
				t[side][kind][force] = `","S":"` + sideName(side == 1) + `","o":"` + o + `","f":"` + f + `","q":"`
			}
		}
	}
	return t
}()

// stateWords are x and X, by execution and status.
var stateWords = func() (t [6][6]string) {
	for x, exec := range executions {
		for status, word := range statuses {
			t[x][status] = `","x":"` + exec + `","X":"` + word + `","i":`
		}
	}
	return t
}()

// termWords are m, R, wt, ot, ps and cp, in this order.
var termWords = func() (t [2][2][2][7][3][2]string) {
	for m := range t {
		for r := range t[m] {
			for w, working := range workingTypes {
				for k, original := range orderTypes {
					for p, side := range positionSides {
						for c := range flags {
							t[m][r][w][k][p][c] = `","m":` + flags[m] + `,"R":` + flags[r] + `,"wt":"` + working + `","ot":"` + original +
								`","ps":"` + side + `","cp":` + flags[c]
						}
					}
				}
			}
		}
	}
	return t
}()

// lastWords are pP, si, ss, V, pm and er, by pP and V.
var lastWords = func() (t [2][4]string) {
	for p := range t {
		for v, mode := range selfTrades {
			t[p][v] = `","pP":` + flags[p] + `,"si":0,"ss":0,"V":"` + mode + `","pm":"NONE","er":"`
		}
	}
	return t
}()
