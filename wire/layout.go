package wire

// layout remembers how one object of up to 12 known keys was written: the order
// of its known keys as nibbles from the low end (a field's index plus one, 0
// ends), and from bit 48 the set of fields that were not in their usual form (a
// decimal as a JSON number, an integer as a string). Zero is the exchange's own
// order and the usual forms, as an event built by hand has it.
type layout uint64

const oddShift = 48 // of the unusual forms in a layout

// wideLayout is a layout of up to 40 known keys.
type wideLayout struct {
	order [40]uint8 // indexes plus one, 0 ends
	odd   uint64
}
