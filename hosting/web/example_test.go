package web_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"

	"go.uber.org/fx"
	"go.uber.org/zap"

	"github.com/berth-go/berth/app"
	"github.com/berth-go/berth/di"
	"github.com/berth-go/berth/hosting/web"
	"github.com/berth-go/berth/hosting/web/webtest"
	"github.com/berth-go/berth/scopes"
)

// A Shop is a singleton with handlers.
type Shop struct{ prices map[string]int }

func NewShop() *Shop { return &Shop{map[string]int{"tea": 3}} }

func (s *Shop) Price(w http.ResponseWriter, r *http.Request) error {
	price, ok := s.prices[r.PathValue("product")]
	if !ok {
		return &web.Error{Status: http.StatusNotFound, Title: "no such product"}
	}
	_, err := fmt.Fprintf(w, "%d euro", price)
	return err
}

// A User is scoped: the one who asks.
type User struct{ Name string }

func NewUser(r *http.Request) *User { return &User{r.Header.Get("User")} }

// KnownUser is a wrapper, middleware that has a scope.
func KnownUser(ctx context.Context, next scopes.Next, u *User) error {
	if u.Name == "" {
		return &web.Error{Status: http.StatusUnauthorized, Detail: "say who you are"}
	}
	return next(ctx)
}

// show starts an application, asks it and prints the answer.
func show(method, path, user string, opts ...fx.Option) {
	var client *http.Client
	a := app.New(append(opts, webtest.Client(&client), fx.NopLogger, app.Logger(zap.NewNop))...)
	if err := a.Start(context.Background()); err != nil {
		fmt.Println(err)
		return
	}
	defer a.Stop(context.Background())

	r, _ := http.NewRequest(method, "http://shop"+path, nil)
	r.Header.Set("User", user)
	r.Header.Set("X-Request-Id", "7")
	answer, err := client.Do(r)
	if err != nil {
		fmt.Println(err)
		return
	}
	defer answer.Body.Close()
	text, _ := io.ReadAll(answer.Body)
	fmt.Println(answer.StatusCode, string(text))
}

func ExampleHandle() {
	show("GET", "/prices/tea", "", di.Singleton(NewShop), web.Handle("GET /prices/{product}", (*Shop).Price))
	// Output: 200 3 euro
}

func ExampleError() {
	show("GET", "/prices/gold", "", di.Singleton(NewShop), web.Handle("GET /prices/{product}", (*Shop).Price))
	// Output: 404 {"title":"no such product","status":404,"request_id":"7"}
}

func ExampleGroup() {
	shop := fx.Module("shop",
		di.Singleton(NewShop),
		di.Scoped(NewUser),
		web.Group("/prices", KnownUser,
			web.Handle("GET /{product}", (*Shop).Price),
		),
	)
	show("GET", "/prices/tea", "ada", shop)
	show("GET", "/prices/tea", "", shop)
	// Output:
	// 200 3 euro
	// 401 {"title":"Unauthorized","status":401,"detail":"say who you are","request_id":"7"}
}

func ExampleErrors() {
	plain := func(w http.ResponseWriter, err error) {
		var e *web.Error
		if errors.As(err, &e) {
			http.Error(w, e.Title, e.Status)
		}
	}
	show("GET", "/prices/gold", "", web.Errors(plain), di.Singleton(NewShop), web.Handle("GET /prices/{product}", (*Shop).Price))
	// Output: 404 no such product
}

func ExampleUse() {
	greet := func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			fmt.Fprint(w, "welcome, it is ")
			next.ServeHTTP(w, r)
		})
	}
	show("GET", "/prices/tea", "", web.Use(greet), di.Singleton(NewShop), web.Handle("GET /prices/{product}", (*Shop).Price))
	// Output: 200 welcome, it is 3 euro
}

func ExampleServe() {
	type Settings struct{ Addr string }
	a := app.New(fx.NopLogger, app.Logger(zap.NewNop),
		fx.Supply(Settings{"127.0.0.1:0"}),
		web.Serve(":8080", web.With(func(s Settings) web.Option { return web.Address(s.Addr) })),
	)
	fmt.Println(a.Start(context.Background()), a.Stop(context.Background()))
	// Output: <nil> <nil>
}
