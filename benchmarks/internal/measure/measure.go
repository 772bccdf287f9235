// Package measure compares pieces of work with each other, in one process and one run.
//
// A comparison has rounds. In each round every piece runs once, in an order that changes from round to round, for about
// as long as the others, after a garbage collection. What is compared are the ratios within a round: what slows down
// the whole machine for a second slows down both sides of a ratio. A result is the median of the rounds.
package measure

import (
	"cmp"
	"runtime"
	"slices"
	"sync"
	"time"
)

// A Piece is work that is measured: Do does it n times.
type Piece struct {
	Name string
	Do   func(n int) error
	// Fresh, where set, is called before each Do, outside the time.
	Fresh func() error
	// Most, where set, is the largest n.
	Most int
	// Base is the number of the piece that this one is compared with. Default: 0, the first.
	Base int
}

// How says how long a comparison takes: Rounds times about Slot for each piece.
type How struct {
	Rounds int
	Slot   time.Duration
}

// A Result is what was measured of one piece.
type Result struct {
	Name   string
	Time   time.Duration // of one piece of work, the median
	Allocs float64       // of one piece of work, the median
	Bytes  float64

	// Ratio of the time to that of the piece's base.
	Ratio Spread
}

// A Spread is the median of the rounds and how far they lie apart. Half of them lie between Low and High.
type Spread struct{ Median, Min, Low, High, Max float64 }

// Compare measures pieces, each against its base.
func Compare(how How, pieces ...Piece) ([]Result, error) {
	counts := make([]int, len(pieces))
	for i := range pieces {
		n, err := count(pieces[i], how.Slot)
		if err != nil {
			return nil, err
		}
		counts[i] = n
	}
	samples := make([][]sample, len(pieces))
	for round := range how.Rounds {
		for k := range pieces {
			i := (k + round) % len(pieces)
			if round/len(pieces)%2 == 1 { // each follows each other one
				i = len(pieces) - 1 - i
			}
			s, err := pieces[i].once(counts[i])
			if err != nil {
				return nil, err
			}
			samples[i] = append(samples[i], s)
		}
	}
	results := make([]Result, len(pieces))
	for i := range pieces {
		results[i] = summary(pieces[i].Name, samples[i], samples[pieces[i].Base])
	}
	return results, nil
}

// Parallel is a piece done on every processor at once, n times altogether.
func Parallel(p Piece) Piece {
	do := p.Do
	p.Do = func(n int) error {
		var wg sync.WaitGroup
		workers := runtime.GOMAXPROCS(0)
		errs := make([]error, workers)
		for i := range workers {
			wg.Go(func() { errs[i] = do((n + i) / workers) })
		}
		wg.Wait()
		return cmp.Or(errs...)
	}
	return p
}

// A sample is one piece in one round, for one piece of work.
type sample struct{ nanos, allocs, bytes float64 }

// once does a piece n times and measures it.
func (p Piece) once(n int) (sample, error) {
	if p.Fresh != nil {
		if err := p.Fresh(); err != nil {
			return sample{}, err
		}
	}
	runtime.GC()
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	began := time.Now()
	err := p.Do(n)
	took := time.Since(began)
	runtime.ReadMemStats(&after)
	per := 1 / float64(n)
	return sample{
		nanos:  float64(took.Nanoseconds()) * per,
		allocs: float64(after.Mallocs-before.Mallocs) * per,
		bytes:  float64(after.TotalAlloc-before.TotalAlloc) * per,
	}, err
}

// count finds how often a piece fits into a slot. It warms the piece up, too.
func count(p Piece, slot time.Duration) (int, error) {
	for n := 1; ; n *= 4 {
		if p.Most > 0 && n >= p.Most {
			return p.Most, nil
		}
		s, err := p.once(n)
		if err != nil {
			return 0, err
		}
		if took := s.nanos * float64(n); took > float64(slot)/4 {
			n = max(1, int(float64(slot)/s.nanos))
			if p.Most > 0 {
				n = min(n, p.Most)
			}
			return n, nil
		}
	}
}

func summary(name string, samples, base []sample) Result {
	var nanos, allocs, bytes, ratios []float64
	for i, s := range samples {
		nanos = append(nanos, s.nanos)
		allocs = append(allocs, s.allocs)
		bytes = append(bytes, s.bytes)
		ratios = append(ratios, s.nanos/base[i].nanos)
	}
	return Result{
		Name: name, Time: time.Duration(SpreadOf(nanos).Median), Allocs: SpreadOf(allocs).Median,
		Bytes: SpreadOf(bytes).Median, Ratio: SpreadOf(ratios),
	}
}

// SpreadOf sorts values and says where their middle and their ends are.
func SpreadOf(values []float64) Spread {
	slices.Sort(values)
	at := func(part float64) float64 {
		x := part * float64(len(values)-1)
		i := int(x)
		if i+1 >= len(values) {
			return values[i]
		}
		return values[i] + (values[i+1]-values[i])*(x-float64(i))
	}
	return Spread{Median: at(0.5), Min: at(0), Low: at(0.25), High: at(0.75), Max: at(1)}
}
