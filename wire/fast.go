package wire

func (d *Decoder) fastBalance(i int, row *Balance) int   { return 0 }
func (d *Decoder) fastPosition(i int, row *Position) int { return 0 }
func (d *Decoder) fastMessage(ev *Event) int             { return 0 }
