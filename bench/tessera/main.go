// Is:        Tessera's POSIX driver under the load of bench-evidence: rows of the same table.
// Is not:    part of the product, nor run by ./check; it needs Go 1.24 and the network once.
// Called by: bench/tessera/run.
// Owns:      a directory below the one given; removed at the end.
// Trust:     no input.
//
// usage: tessera DIR SECONDS RATE...
//
// Load is open-loop: record i comes at i / rate, whether or not the store keeps up, and its
// latency runs from then until its future resolves: the driver has put it in the tree on disk.
package main

import (
	"context"
	"fmt"
	"log"
	"os"
	"slices"
	"strconv"
	"sync"
	"time"

	"github.com/transparency-dev/tessera"
	"github.com/transparency-dev/tessera/storage/posix"
	"golang.org/x/mod/sumdb/note"
)

const recordLen = 200

// Batches as large and as young as make it fastest here; its defaults are 256 and 250 ms.
const (
	batchMax = 8192
	batchAge = 2 * time.Millisecond
)

func newLog(ctx context.Context, dir string) (*tessera.Appender, func(context.Context) error) {
	secret, _, err := note.GenerateKey(nil, "example.com/bench")
	if err != nil {
		log.Fatal(err)
	}
	signer, err := note.NewSigner(secret)
	if err != nil {
		log.Fatal(err)
	}
	driver, err := posix.New(ctx, posix.Config{Path: dir})
	if err != nil {
		log.Fatal(err)
	}
	options := tessera.NewAppendOptions().WithCheckpointSigner(signer).WithCheckpointInterval(time.Second).
		WithBatching(batchMax, batchAge).WithPushback(1 << 20)
	appender, stop, _, err := tessera.NewAppender(ctx, driver, options)
	if err != nil {
		log.Fatal(err)
	}
	return appender, stop
}

func measure(dir string, rate int, seconds int) {
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	appender, stop := newLog(ctx, dir)
	n := rate * seconds
	took := make([]time.Duration, n)
	failed := make([]bool, n)
	var all sync.WaitGroup
	began := time.Now()
	for i := 0; i < n; i++ {
		due := began.Add(time.Duration(i) * time.Second / time.Duration(rate))
		if wait := time.Until(due); wait > 0 {
			time.Sleep(wait)
		}
		record := make([]byte, recordLen)
		copy(record, strconv.Itoa(i))
		future := appender.Add(ctx, tessera.NewEntry(record))
		all.Add(1)
		go func() {
			defer all.Done()
			_, err := future()
			failed[i] = err != nil
			took[i] = time.Since(due)
		}()
	}
	all.Wait()
	total := time.Since(began)
	good := took[:0]
	for i, t := range took {
		if !failed[i] {
			good = append(good, t)
		}
	}
	if err := stop(ctx); err != nil {
		log.Fatal(err)
	}
	if len(good) == 0 {
		fmt.Printf("%8d  %4d ms  %-18s nothing was stored\n", rate, 0, "Tessera POSIX")
		return
	}
	slices.Sort(good)
	at := func(share float64) float64 { return float64(good[int(share*float64(len(good)-1))].Microseconds()) / 1000 }
	fmt.Printf("%8d  %4d ms  %-18s %9.0f  %8.2f  %8.2f  %8.2f  %8d refused\n", rate, 0, "Tessera POSIX",
		float64(len(good))/total.Seconds(), at(0.5), at(0.99), at(0.999), n-len(good))
}

func main() {
	if len(os.Args) < 4 {
		log.Fatal("usage: tessera DIR SECONDS RATE...")
	}
	seconds, err := strconv.Atoi(os.Args[2])
	if err != nil || seconds < 1 {
		log.Fatal("SECONDS is a whole number above 0")
	}
	for _, word := range os.Args[3:] {
		rate, err := strconv.Atoi(word)
		if err != nil || rate < 1 {
			log.Fatalf("a rate is a whole number above 0, not %q", word)
		}
		dir, err := os.MkdirTemp(os.Args[1], "bench-tessera-")
		if err != nil {
			log.Fatal(err)
		}
		measure(dir, rate, seconds)
		time.Sleep(time.Second) // its housekeeping ends
		if err := os.RemoveAll(dir); err != nil {
			log.Fatal(err)
		}
	}
}
