package follower_test

import (
	"fmt"
	"os"
	"runtime"
	"runtime/debug"
	"strconv"
	"strings"
	"testing"
	"time"
)

// BenchmarkLiveMemory follows many accounts of two lines each and tells what one
// costs this process: heap and stacks in use after collections, and the memory
// that the system counts as resident, each more than with no account. The
// accounts have two wallets and a position. It tells how long they took to be
// live, with the exchange's limits lifted, and what they cost again after each has
// heard ten messages a line.
//
//	go test ./follower -run '^$' -bench LiveMemory -benchtime 1x
func BenchmarkLiveMemory(b *testing.B) {
	for _, n := range []int{10, 100, 1000, 2000} {
		b.Run(fmt.Sprintf("accounts=%d", n), func(b *testing.B) { benchmarkMemory(b, n) })
	}
}

func benchmarkMemory(b *testing.B, n int) {
	p := startPusher(b)
	startRig(b, p, benchFolder(b), names("warm", 1), 2).close()
	dir := benchFolder(b)
	for b.Loop() {
		heap, rss := inUse(), resident(b)
		start := time.Now()
		r := startRig(b, p, dir, names("a", n), 2)
		took := time.Since(start)
		r.written()
		r.x.Close()
		started, startedRSS := inUse()-heap, resident(b)-rss
		p.push(b, "a", 10*n, 2000, 1)
		r.frames(int64(10 * n))
		r.written()
		heard, heardRSS := inUse()-heap, resident(b)-rss
		r.close()
		kib := func(bytes int64) float64 { return float64(bytes) / float64(n) / 1024 }
		b.ReportMetric(0, "ns/op")
		b.ReportMetric(took.Seconds(), "s-start")
		b.ReportMetric(kib(started), "KiB-heap")
		b.ReportMetric(kib(startedRSS), "KiB-RSS")
		b.ReportMetric(kib(heard), "KiB-heap-heard")
		b.ReportMetric(kib(heardRSS), "KiB-RSS-heard")
	}
}

func inUse() int64 {
	for range 5 { // stacks shrink by half a collection
		runtime.GC()
	}
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.HeapInuse + m.StackInuse)
}

// resident is this process's resident memory, 0 where the system does not say,
// after what is not in use was given back.
func resident(b *testing.B) int64 {
	debug.FreeOSMemory()
	data, err := os.ReadFile("/proc/self/statm")
	if err != nil {
		return 0
	}
	fields := strings.Fields(string(data))
	pages, err := strconv.ParseInt(fields[1], 10, 64)
	if err != nil {
		b.Fatal(err)
	}
	return pages * int64(os.Getpagesize())
}
