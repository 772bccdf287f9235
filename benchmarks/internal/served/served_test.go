package served_test

import (
	"testing"

	"github.com/berth-go/berth/benchmarks/internal/served"
)

// servers are both that are compared.
func servers(tb testing.TB) map[string]*served.Server {
	all := map[string]*served.Server{}
	for name, serve := range map[string]func() (*served.Server, error){"hand": served.Hand, "berth": served.Berth} {
		s, err := serve()
		if err != nil {
			tb.Fatalf("%+v", err)
		}
		tb.Cleanup(func() {
			if err := s.Stop(); err != nil {
				tb.Error(err)
			}
		})
		all[name] = s
	}
	return all
}

func TestServersAnswerBothClients(t *testing.T) {
	for name, s := range servers(t) {
		t.Run(name, func(t *testing.T) {
			ask, closed := served.HTTP(s)
			defer closed()
			if err := ask(3); err != nil {
				t.Error(err)
			}
			bare, closed, err := served.Bare(s)
			if err != nil {
				t.Fatal(err)
			}
			defer closed()
			if err := bare(3); err != nil {
				t.Error(err)
			}
		})
	}
}

func BenchmarkWeb(b *testing.B) {
	for name, s := range servers(b) {
		b.Run(name, func(b *testing.B) {
			ask, closed, err := served.Bare(s)
			if err != nil {
				b.Fatal(err)
			}
			defer closed()
			b.ReportAllocs()
			b.ResetTimer()
			if err := ask(b.N); err != nil {
				b.Fatal(err)
			}
		})
	}
}
