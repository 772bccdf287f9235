package main

import (
	"errors"
	"runtime"

	"github.com/berth-go/berth/benchmarks/internal/measure"
	"github.com/berth-go/berth/benchmarks/internal/unit"
)

// scopesKept is how many scopes are opened and closed to see what stays.
const scopesKept = 100_000

// kept compares the heap in use after garbage collections before and after many scopes. Others than Berth are
// shown after a hundredth of that, since they keep much.
func kept(pace) (f finding, err error) {
	ours, stop, err := berth("berth")
	if err != nil {
		return f, err
	}
	defer func() { err = errors.Join(err, stop()) }()
	bytes, err := keptOf(ours, scopesKept)
	if err != nil {
		return f, err
	}
	f.value = measure.SpreadOf([]float64{bytes})
	digScope, err := unit.DigScope()
	if err != nil {
		return f, err
	}
	sarulabs, err := unit.SarulabsDI()
	if err != nil {
		return f, err
	}
	for _, p := range []measure.Piece{
		calls("sarulabs/di sub-containers", sarulabs), calls("samber/do scopes", unit.SamberDo()), calls("dig.Scope, locked", digScope),
	} {
		bytes, err := keptOf(p, scopesKept/100)
		if err != nil {
			return f, err
		}
		f.notes = append(f.notes, note{p.Name, bytes})
	}
	return f, nil
}

func keptOf(p measure.Piece, n int) (bytes float64, err error) {
	if err := p.Do(n / 10); err != nil { // what is made once
		return 0, err
	}
	before := heap()
	err = p.Do(n)
	after := heap()
	runtime.KeepAlive(p)
	return max(0, float64(after)-float64(before)) / float64(n), err
}

// heap is what is in use, also after what waits for a second collection is gone.
func heap() uint64 {
	var m runtime.MemStats
	for range 3 {
		runtime.GC()
	}
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}
