// Package config gives a program its settings: a struct for each section of what files, the environment and the
// program itself say.
//
//	type Settings struct {
//		CheckInterval time.Duration `default:"10s"`
//		GracePeriod   time.Duration `default:"1m"`
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
//		))
//	}
//
// [Bind] is for the author of a module and says what there is to set; [Load] is for the author of a program and says
// where it is set. A key that nothing sets keeps its default, so a module needs no Load to work.
//
// # Keys
//
// A key is the name of a field in snake_case, or the field's tag `key`; key:"-" is no key. Nested structs are nested
// sections, and the fields of an embedded struct stand among those of the outer one. The tag `default` is written as in a
// file; elements of a list are separated by commas. Fields may be texts, numbers, booleans, durations ("1m30s", not
// negative), URLs, whatever unmarshals itself from text ([Secret], time.Time, netip.Addr, *regexp.Regexp), and structs, pointers, lists
// and maps of these.
//
// # Sources
//
// Later ones hide earlier ones, key by key: defaults, files in the order given, the environment, values. Lists are
// replaced whole. A key without a value counts as absent. Unknown keys are errors in files and values, and are ignored
// in the environment.
//
// # Errors
//
// All settings are read and checked when the application is built, before anything is constructed, and all that is wrong
// is reported together. Each [Error] names its key and where that stands, and never the value, which may be a secret.
package config
