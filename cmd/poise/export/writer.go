package export

import (
	"fmt"
	"io"
	"time"
)

// Writer writes rows. Close ends what was written, and leaves what it was
// written to open.
type Writer[R Row] interface {
	Write(row *R) error
	Close() error
}

// Formats are the names of the formats.
var Formats = []string{"csv", "jsonl", "parquet"}

// New returns the writer of one of [Formats]; times of CSV are in the zone.
func New[R Row](w io.Writer, format string, zone *time.Location) (Writer[R], error) {
	switch format {
	case "csv":
		return newCSV[R](w, zone), nil
	case "jsonl":
		return newLines[R](w), nil
	case "parquet":
		return newParquet[R](w), nil
	}
	return nil, fmt.Errorf("%q is no format: it is csv, jsonl or parquet", format)
}
