package main_test

import (
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/berth-go/berth/app/config"
)

// A configMap is a folder with ordering.yaml as Kubernetes mounts it: a link to a link that is swapped.
type configMap struct{ dir string }

func (m configMap) file() string { return filepath.Join(m.dir, "ordering.yaml") }

// swap makes text the newest generation, and removes all others.
func (m configMap) swap(t *testing.T, generation int, text string) {
	t.Helper()
	at := func(name string) string { return filepath.Join(m.dir, name) }
	name := fmt.Sprintf("..%d", generation)
	if err := errors.Join(
		os.Mkdir(at(name), 0o700),
		os.WriteFile(filepath.Join(at(name), "ordering.yaml"), []byte(text), 0o600),
		os.Symlink(name, at("..data_tmp")),
		os.Rename(at("..data_tmp"), at("..data")),
		os.RemoveAll(at(fmt.Sprintf("..%d", generation-1))),
	); err != nil {
		t.Fatal(err)
	}
	if generation == 1 {
		if err := os.Symlink(filepath.Join("..data", "ordering.yaml"), m.file()); err != nil {
			t.Fatal(err)
		}
	}
}

func TestSwapsOfAConfigMapDuringLoadLoseNothing(t *testing.T) {
	m := configMap{t.TempDir()}
	m.swap(t, 1, "orders: {grace_period: 1h}")
	synctest.Test(t, func(t *testing.T) {
		client := serve(t, inMemory(new(memory)), config.Load(config.File(m.file()), config.Reload()))
		const generations, orders = 6, 40
		placed := 0
		for g := 2; g <= generations; g++ {
			text := fmt.Sprintf("orders: {grace_period: %dm}", generations+1-g)
			if g%2 == 1 {
				text = "orders: {grace_period: soon}" // a typo, which changes nothing
			}
			m.swap(t, g, text)
			for range orders {
				placed++
				ask(t, client, "POST", "/orders", order(placed), http.StatusCreated)
				<-time.After(100 * time.Millisecond)
			}
		}
		<-time.After(time.Minute + 5*time.Second) // the last grace period, which is that of generation 6
		synctest.Wait()
		for i := 1; i <= placed; i++ {
			if got := ask(t, client, "GET", "/orders/"+orderID(i), "", http.StatusOK); !strings.Contains(got, `"awaiting validation"`) {
				t.Fatalf("order %d: %s", i, got)
			}
		}
	})
}
