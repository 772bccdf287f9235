package scopes_test

import (
	"context"
	"fmt"
	"log"

	"go.uber.org/fx"

	"github.com/berth-go/berth/app"
	"github.com/berth-go/berth/di"
	"github.com/berth-go/berth/scopes"
)

// A User is given to the scope of a session.
type User struct{ Name string }

// A Room is scoped: a session has one, however often it is asked for.
type Room struct{ who User }

func NewRoom(who User) (*Room, func()) {
	fmt.Println(who.Name, "enters")
	return &Room{who}, func() { fmt.Println(who.Name, "leaves") }
}

func (r *Room) Say(text string) { fmt.Printf("%s: %s\n", r.who.Name, text) }

// A Chat keeps a scope open from one message to the next, which is not shaped like a call.
type Chat struct{ scopes *scopes.Factory }

func (c *Chat) Serve(ctx context.Context, who User, messages <-chan string) error {
	scope, err := c.scopes.Open(ctx, scopes.Given(who))
	if err != nil {
		return err
	}
	defer scope.Close(ctx) // runs the cleanups
	for text := range messages {
		room, err := scopes.Get[*Room](scope)
		if err != nil {
			return err
		}
		room.Say(text)
	}
	return nil
}

// A session that lasts opens its scope explicitly.
func ExampleFactory() {
	var chat *Chat
	a := app.New(
		di.Scoped(NewRoom),
		di.Singleton(func(f *scopes.Factory) *Chat { return &Chat{f} }),
		fx.Populate(&chat),
	)
	ctx := context.Background()
	if err := a.Start(ctx); err != nil {
		log.Fatal(err)
	}
	messages := make(chan string, 2)
	messages <- "hello"
	messages <- "bye"
	close(messages)
	if err := chat.Serve(ctx, User{"Ada"}, messages); err != nil {
		log.Fatal(err)
	}
	if err := a.Stop(ctx); err != nil {
		log.Fatal(err)
	}
	// Output:
	// Ada enters
	// Ada: hello
	// Ada: bye
	// Ada leaves
}
