package config

import (
	"go.uber.org/fx"

	"github.com/berth-go/berth/di"
	"github.com/berth-go/berth/internal/confbind"
	"github.com/berth-go/berth/internal/place"
	"github.com/berth-go/berth/internal/settings"
)

// Error is one thing that is wrong with the settings: a key and where it stands, never its value.
type Error = confbind.Error

// InvalidError says which section was refused by the Validate of its struct.
type InvalidError = settings.InvalidError

// Bind provides T, a struct, with the settings of a section: "grace", or "db.replica" for a section inside another. They
// are read once, when the application is built, unless there is a [Reload]; a *[Live][T] has the newest, with or without it. What is
// bound is shared, so it is only read: maps, slices and pointers in it must not be written to. The package comment says what a T looks like.
//
// If T or *T has a method Validate() error, it is called once all keys have been set; its error fails the
// application, so it should name the key and not the value. Without any [Load] T has its defaults.
//
// Options are those of a provider. To bind one struct to two sections, name one of them:
//
//	config.Bind[DB]("db"),
//	config.Bind[DB]("replica", di.Name("replica")),
//
// What is bound with di.As or di.Group has no Live.
//
// Several structs may be bound to one section; a key is known if one of them has it.
func Bind[T any](section string, opts ...di.Option) fx.Option {
	return settings.Provide(section, place.Caller(), opts, "config.Live", NewLive[T], (*Live[T]).set)
}
