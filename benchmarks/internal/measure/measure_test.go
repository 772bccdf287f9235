package measure_test

import (
	"errors"
	"testing"
	"time"

	"github.com/berth-go/berth/benchmarks/internal/measure"
)

// A spinner does work in proportion to its weight.
func spinner(weight int) func(int) error {
	return func(n int) error {
		for range n * weight {
			sink++
		}
		return nil
	}
}

var sink int

func TestRatioIsThatOfTheWork(t *testing.T) {
	how := measure.How{Rounds: 9, Slot: 2 * time.Millisecond}
	got, err := measure.Compare(how, measure.Piece{Name: "one", Do: spinner(1000)}, measure.Piece{Name: "three", Do: spinner(3000)},
		measure.Piece{Name: "six", Do: spinner(6000), Base: 1})
	if err != nil {
		t.Fatal(err)
	}
	if r := got[0].Ratio; r.Min != 1 || r.Max != 1 {
		t.Errorf("the first piece has ratio %v to itself, want 1", r)
	}
	if r := got[1].Ratio.Median; r < 2 || r > 4.5 {
		t.Errorf("three times the work has ratio %.2f, want about 3", r)
	}
	if r := got[2].Ratio.Median; r < 1.3 || r > 3 {
		t.Errorf("twice the work of its base has ratio %.2f, want about 2", r)
	}
}

func TestErrorOfAPieceEndsTheComparison(t *testing.T) {
	broken := errors.New("broken")
	_, err := measure.Compare(measure.How{Rounds: 1, Slot: time.Millisecond}, measure.Piece{Do: func(int) error { return broken }})
	if !errors.Is(err, broken) {
		t.Errorf("Compare returned %v, want %v", err, broken)
	}
	_, err = measure.Compare(measure.How{Rounds: 1, Slot: time.Millisecond}, measure.Parallel(measure.Piece{Do: func(int) error { return broken }}))
	if !errors.Is(err, broken) {
		t.Errorf("Compare in parallel returned %v, want %v", err, broken)
	}
}

func TestParallelDoesTheWorkOnce(t *testing.T) {
	done := make(chan int, 1000)
	p := measure.Parallel(measure.Piece{Do: func(n int) error { done <- n; return nil }})
	if err := p.Do(101); err != nil {
		t.Fatal(err)
	}
	close(done)
	sum := 0
	for n := range done {
		sum += n
	}
	if sum != 101 {
		t.Errorf("workers did the work %d times altogether, want 101", sum)
	}
}

func TestPieceIsNotDoneMoreOftenThanAllowed(t *testing.T) {
	most, fresh := 0, 0
	_, err := measure.Compare(measure.How{Rounds: 3, Slot: time.Millisecond}, measure.Piece{
		Do:    func(n int) error { most = max(most, n); return nil },
		Fresh: func() error { fresh++; return nil },
		Most:  7,
	})
	if err != nil {
		t.Fatal(err)
	}
	if most != 7 || fresh < 3 {
		t.Errorf("a piece was done %d times at once and made fresh %d times, want 7 and at least 3", most, fresh)
	}
}

func TestSpreadLiesBetweenItsEnds(t *testing.T) {
	got := measure.SpreadOf([]float64{5, 1, 4, 2, 3})
	want := measure.Spread{Median: 3, Min: 1, Low: 2, High: 4, Max: 5}
	if got != want {
		t.Errorf("SpreadOf returned %+v, want %+v", got, want)
	}
}
