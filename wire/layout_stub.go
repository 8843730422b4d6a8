package wire
type layout uint64
type eventLayout uint64
type Call struct{}
type Config struct{}
type Strategy struct{}
type Grid struct{}
type Algo struct{}
