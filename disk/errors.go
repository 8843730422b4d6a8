package disk

import "errors"

// ErrLocked is a lock that somebody else holds, most often another process.
var ErrLocked = errors.New("locked by another process")
