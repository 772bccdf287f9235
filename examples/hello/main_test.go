package main_test

import (
	"io"
	"net/http"
	"testing"
	"testing/synctest"

	"github.com/berth-go/berth/app/apptest"
	hello "github.com/berth-go/berth/examples/hello"
	"github.com/berth-go/berth/hosting/web/webtest"
)

func TestHelloGreetsByNameAndCounts(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var client *http.Client
		apptest.Start(t, hello.Module, webtest.Client(&client))

		for _, want := range []string{"Hello, ada!\nYou are number 1.\n", "Hello, ada!\nYou are number 2.\n"} {
			answer, err := client.Get("http://localhost/hello/ada")
			if err != nil {
				t.Fatal(err)
			}
			defer answer.Body.Close()
			if got, err := io.ReadAll(answer.Body); err != nil || string(got) != want {
				t.Errorf("answer is %q, %v, want %q", got, err, want)
			}
		}
	})
}
