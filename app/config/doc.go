// Package config gives a program its settings: a struct for each section of what files, the environment, flags and the
// program itself say.
//
//	type Settings struct {
//		CheckInterval time.Duration `default:"10s" doc:"how often carts are looked at"`
//		GracePeriod   time.Duration `default:"1m"`
//		Token         config.Secret
//	}
//
//	func (s Settings) Validate() error { ... } // if there is more to check than types
//
//	var Module = fx.Module("grace",
//		config.Bind[Settings]("grace"),
//		hosting.Service(NewGracePeriodManager), // func(s Settings, ...) *GracePeriodManager
//	)
//
//	func main() {
//		app.Main(grace.Module, config.Load(
//			config.File("ordering.yaml", config.Optional()),
//			config.Env("ORDERING"),
//			config.Flags(os.Args[1:]),
//		))
//	}
//
// [Bind] is for the author of a module and says what there is to set; [Load] is for the author of a program and says
// where it is set. A key that nothing sets keeps its default, so a module needs no Load to work.
//
// # Keys
//
// A key is the name of a field in snake_case, or the field's tag `key`; key:"-" is no key, and a field that is not exported
// must have that. Nested structs are nested sections, and the fields of an embedded struct stand among those of the outer one. The tag
// `default` is written as in a file; elements of a list are separated by commas. The tag `doc` is for --help.
//
// Fields may be texts, numbers, booleans, durations ("1m30s", not negative), a [Size] ("64MiB"), a [Secret], url.URL, whatever
// unmarshals itself from text (time.Time, netip.Addr, *regexp.Regexp), and structs, pointers, lists and maps of these. A struct that
// contains itself is an error.
//
// # Sources
//
// Later ones hide earlier ones, key by key, whatever their order in Load: defaults, files in the order given, files of the profile,
// providers, the environment, single variables, flags, values. Lists are replaced whole, maps are merged. A key without a value counts as
// absent. A key that nobody binds is an error, except in the environment, which is shared with other programs.
//
// # Errors
//
// All sources are read when the application is built, before anything is constructed, and all that is wrong with them and with the
// object graph is reported together. Each [Error] names its key and where that stands, and never the value, which may be a
// secret. A Validate error is an [InvalidError]; it is printed as it is, so it should name keys, as they are in a file, and
// not values. For each key that it names, the place is added.
//
// # Changes
//
// With [Reload] the sources are read anew when a file has changed, or somebody asks; T is then scoped, and what lives longer than a
// unit of work takes a *[Live].
//
// # Keys of the host
//
// The sections "app", "log" and "triggers" are the host's: app.start_timeout, app.stop_timeout, app.drain_delay and app.grace win over the
// options of package app of their names. --help lists all.
package config
