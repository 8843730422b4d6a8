package export

import (
	"fmt"
	"io"

	"github.com/parquet-go/parquet-go"
	"github.com/parquet-go/parquet-go/compress/zstd"
)

// A row group is in memory until it is written: so many rows, or so many bytes
// of text, whatever comes first.
const (
	groupRows  = 1 << 16
	groupBytes = 16 << 20
)

// codec is zstd with a small window: the library's own choice of level took 90 MB
// of heap where this takes 60.
var codec = &zstd.Codec{Level: zstd.SpeedFastest, Concurrency: 1}

type parquetWriter[R Row] struct {
	w           *parquet.GenericWriter[R]
	one         []R
	cells       []cell
	rows, bytes int // of the group
	most        struct{ rows, bytes int }
}

func newParquet[R Row](w io.Writer) *parquetWriter[R] {
	p := &parquetWriter[R]{
		w:   parquet.NewGenericWriter[R](w, parquet.Compression(codec), parquet.CreatedBy("poise", "", "")),
		one: make([]R, 1),
	}
	p.most.rows, p.most.bytes = groupRows, groupBytes
	return p
}

func (p *parquetWriter[R]) Write(row *R) error {
	p.one[0] = *row
	if _, err := p.w.Write(p.one); err != nil {
		return fmt.Errorf("parquet: %w", err)
	}
	p.cells = (*row).cells(p.cells[:0])
	for i := range p.cells {
		p.bytes += len(p.cells[i].text)
	}
	if p.rows++; p.rows < p.most.rows && p.bytes < p.most.bytes {
		return nil
	}
	p.rows, p.bytes = 0, 0
	if err := p.w.Flush(); err != nil {
		return fmt.Errorf("parquet: %w", err)
	}
	return nil
}

func (p *parquetWriter[R]) Close() error {
	if err := p.w.Close(); err != nil {
		return fmt.Errorf("parquet: %w", err)
	}
	return nil
}
