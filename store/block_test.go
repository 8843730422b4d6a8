package store

import (
	"bytes"
	"encoding/hex"
	"errors"
	"os"
	"strings"
	"testing"

	"poise/account"
)

func TestPartitionOfIsFNV1a(t *testing.T) {
	// FNV-1a 64 of "" is cbf29ce484222325, of "a" af63dc4c8601ec8c, of "foobar" 85944171f73967e8.
	for name, want := range map[string]int{"": 0x25, "a": 0x0c, "foobar": 0x28, "main": 8, "acc-0": 63} {
		if got := PartitionOf(name); got != want || got >= Partitions {
			t.Errorf("%q: %d, not %d", name, got, want)
		}
	}
}

func goldenBlock() Block {
	return Block{Partition: 3, Seq: 2, Prev: Sum{0xaa, 0xbb}, Records: []account.Record{
		{Account: "a", Position: 5, Kind: account.Frame, Line: 1, Received: 7, Data: []byte("{}")},
		{Account: "bc", Position: 6, Kind: account.Line, Line: 0, Received: -1, Data: nil},
	}}
}

// golden is goldenBlock, in the parts that FORMAT.md names.
const golden = "70626c6b 01 00 0003 0000000000000002 0000000000000005 00000002 00000025 00000025 00000000" +
	"0000000000000007 ffffffffffffffff aabb000000000000000000000000000000000000000000000000000000000000" +
	"94ee103081b205f1713647c3327572adac5f3c835f5c54ffc2a159aa494f6d2b" +
	"00000002 0001 01 01 0000000000000007 61 7b7d" +
	"00000000 0002 04 00 ffffffffffffffff 6263"

func TestBlockBytesAreAsSpecified(t *testing.T) {
	b := goldenBlock()
	data, err := EncodeBlock(nil, &b)
	if err != nil {
		t.Fatal(err)
	}
	if want := strings.ReplaceAll(golden, " ", ""); hex.EncodeToString(data) != want {
		t.Errorf("got\n%x, not\n%s", data, want)
	}
	if len(data) != headerSize+2*recordHead+5 {
		t.Error(len(data))
	}
}

// The codings' own bytes may change with a compressor's version; that what was
// written stays readable may not.
func TestKeptBlocksStayReadable(t *testing.T) {
	for _, name := range []string{"zstd", "s2"} {
		data, err := os.ReadFile("testdata/block-" + name + ".bin")
		if err != nil {
			t.Fatal(err)
		}
		b, err := DecodeBlock(data)
		if err != nil {
			t.Fatal(name, err)
		}
		same(t, b, keptBlock(name))
	}
}

// keptBlock is what is in testdata.
func keptBlock(coding string) Block {
	n := map[string]int{"zstd": 3, "s2": 500}[coding]
	b := Block{Partition: 9, Seq: 4, Prev: Sum{1}, Records: recordsOf(9, n)}
	for i := range b.Records {
		b.Records[i].Position = uint64(100 + i)
		b.Records[i].Data = append(b.Records[i].Data, strings.Repeat("abcdefgh", 10)...)
	}
	return b
}

// zstdBlock is one that is written with zstd.
func zstdBlock() Block {
	b := keptBlock("zstd")
	b.Records[0].Data = []byte(strings.Repeat("abcdefgh", leastZstd/8))
	return b
}

func TestWriteKeptBlocks(t *testing.T) {
	if os.Getenv("POISE_STORE_TESTDATA") == "" {
		t.Skip("writes testdata; set POISE_STORE_TESTDATA=1")
	}
	for _, name := range []string{"zstd", "s2"} {
		b := keptBlock(name)
		data, err := EncodeBlock(nil, &b)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile("testdata/block-"+name+".bin", data, 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

// same sees that two blocks hold the same but for the sum.
func same(t *testing.T, got, want Block) {
	t.Helper()
	if got.Partition != want.Partition || got.Seq != want.Seq || got.Prev != want.Prev || len(got.Records) != len(want.Records) {
		t.Fatalf("block %d/%d with %d records, not %d/%d with %d", got.Partition, got.Seq, len(got.Records), want.Partition, want.Seq, len(want.Records))
	}
	for i, g := range got.Records {
		w := want.Records[i]
		if g.Account != w.Account || g.Position != w.Position || g.Kind != w.Kind || g.Line != w.Line || g.Received != w.Received || !bytes.Equal(g.Data, w.Data) {
			t.Fatalf("record %d: %+v, not %+v", i, g, w)
		}
	}
}

func TestBlocksComeBackInEachCoding(t *testing.T) {
	for _, c := range []struct {
		n      int
		data   string
		coding byte
	}{
		{1, "", codingStored},
		{1, "{}", codingStored},
		{1, strings.Repeat("x", 500), codingS2},
		{1, strings.Repeat("x", leastZstd), codingZstd},
		{30, strings.Repeat("x", 500), codingZstd},
		{100, strings.Repeat("x", 500), codingS2},
		{5, strings.Repeat("xy", 500_000), codingS2},
	} {
		b := Block{Partition: 63, Seq: 1 << 40, Records: recordsOf(63, c.n)}
		for i := range b.Records {
			b.Records[i].Position, b.Records[i].Data = uint64(1<<50+i), []byte(c.data)
		}
		data, err := EncodeBlock([]byte("before"), &b)
		if err != nil {
			t.Fatal(err)
		}
		if data = data[len("before"):]; data[offCoding] != c.coding {
			t.Errorf("%d of %d bytes: coding %d, not %d", c.n, len(c.data), data[offCoding], c.coding)
		}
		got, err := DecodeBlock(data)
		if err != nil {
			t.Fatal(err)
		}
		same(t, got, b)
		if got.Sum != b.Sum || got.First() != 1<<50 || got.Last() != uint64(1<<50+c.n-1) {
			t.Error("sum or positions differ")
		}
	}
}

func TestEncodeRefusesWhatItCouldNotReadBack(t *testing.T) {
	for _, c := range []struct {
		name   string
		change func(*Block)
		want   error
	}{
		{"no record", func(b *Block) { b.Records = nil }, ErrLimit},
		{"too many records", func(b *Block) { b.Records = make([]account.Record, MaxBlockRecords+1) }, ErrLimit},
		{"too large", func(b *Block) { b.Records[1].Data = make([]byte, MaxBlockBytes) }, ErrLimit},
		{"long name", func(b *Block) { b.Records[1].Account = strings.Repeat("n", MaxAccountName+1) }, ErrLimit},
		{"position 0", func(b *Block) { b.Records[0].Position = 0 }, ErrPosition},
		{"hole", func(b *Block) { b.Records[1].Position++ }, ErrPosition},
		{"block 0", func(b *Block) { b.Seq = 0 }, ErrPosition},
		{"partition 64", func(b *Block) { b.Partition = Partitions }, ErrPartition},
		{"partition -1", func(b *Block) { b.Partition = -1 }, ErrPartition},
	} {
		b := goldenBlock()
		c.change(&b)
		if data, err := EncodeBlock(nil, &b); !errors.Is(err, c.want) || len(data) != 0 {
			t.Errorf("%s: %v", c.name, err)
		}
	}
}

func TestEveryFlippedBitIsFound(t *testing.T) {
	for _, b := range []Block{goldenBlock(), keptBlock("zstd"), zstdBlock()} {
		data, err := EncodeBlock(nil, &b)
		if err != nil {
			t.Fatal(err)
		}
		for i := range data {
			bad := bytes.Clone(data)
			bad[i] ^= 0x10
			_, err := DecodeBlock(bad)
			if want := map[bool]error{true: ErrNewer, false: ErrCorrupt}[i == offVersion]; !errors.Is(err, want) {
				t.Fatalf("byte %d: %v", i, err)
			}
		}
		for n := range len(data) {
			if _, err := DecodeBlock(data[:n]); !errors.Is(err, ErrCorrupt) {
				t.Fatalf("cut to %d: %v", n, err)
			}
		}
	}
}

// resum gives changed bytes a sum that fits, as somebody hostile would.
func resum(data []byte) []byte {
	if len(data) >= headerSize {
		be.PutUint32(data[offBody:], uint32(len(data)-headerSize))
		sum := sumOf(data)
		copy(data[offSum:], sum[:])
	}
	return data
}

func TestLyingLengthsAreRefused(t *testing.T) {
	for _, name := range []string{"stored", "zstd", "s2"} {
		b := map[string]func() Block{"stored": goldenBlock, "zstd": zstdBlock, "s2": func() Block { return keptBlock("s2") }}[name]()
		good, err := EncodeBlock(nil, &b)
		if err != nil {
			t.Fatal(err)
		}
		for _, off := range []int{offVersion, offCoding, offPartition, offSeq, offFirst, offCount, offRaw, offZero, offFrom, offTo, headerSize} {
			for _, bits := range []byte{0x01, 0x80, 0xff} {
				data := bytes.Clone(good)
				data[off] ^= bits
				got, err := DecodeBlock(resum(data))
				if err == nil && (off != offPartition && off != offSeq && off != offFirst) {
					t.Errorf("%s byte %d ^ %#x: read %d records", name, off, bits, len(got.Records))
				}
			}
		}
	}
}

func FuzzDecodeBlock(f *testing.F) {
	for _, b := range []Block{goldenBlock(), zstdBlock(), keptBlock("s2")} {
		data, err := EncodeBlock(nil, &b)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(data)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		b, err := DecodeBlock(resum(bytes.Clone(data)))
		if err != nil {
			if !errors.Is(err, ErrCorrupt) && !errors.Is(err, ErrNewer) {
				t.Fatal("unnamed", err)
			}
			return
		}
		again, err := EncodeBlock(nil, &b)
		if err != nil {
			t.Fatal("read but not written:", err)
		}
		got, err := DecodeBlock(again)
		if err != nil {
			t.Fatal(err)
		}
		same(t, got, b)
	})
}
