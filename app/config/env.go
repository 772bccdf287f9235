package config

import (
	"fmt"
	"os"
	"strings"

	"github.com/knadh/koanf/providers/env/v2"

	"github.com/berth-go/berth/internal/confbind"
)

// Env reads the environment variables that begin with a prefix. Two underscores separate the levels of a key:
// with the prefix "ORDERING", ORDERING_GRACE__CHECK_INTERVAL is check_interval in the section grace. The elements of a list
// are separated by commas. The keys of a map that are not all in capitals stay as they are:
// ORDERING_LOG__LEVELS__orders.GracePeriodManager.
//
// Variables that set nothing are ignored: an environment is shared with others.
func Env(prefix string) Option {
	prefix = strings.TrimRight(prefix, "_") + "_"
	variable := func(key string) string {
		if strings.ContainsAny(key, "[") {
			return ""
		}
		return "$" + prefix + strings.ToUpper(strings.ReplaceAll(key, ".", "__"))
	}
	return Option{rank: rankEnv, name: fmt.Sprintf("the environment: %s for section.key", variable("section.key")), variable: variable, read: func(r reading) (confbind.Source, error) {
		if prefix == "_" {
			return confbind.Source{}, fmt.Errorf("prefix of config.Env at %v is empty", r.loaded)
		}
		root := confbind.Section("the environment")
		_, err := env.Provider("", env.Opt{Prefix: prefix, TransformFunc: func(name, value string) (string, any) {
			r.schema.Put(root, strings.Split(strings.TrimPrefix(name, prefix), "__"), &confbind.Node{Value: value, At: "$" + name})
			return "", nil
		}}).Read()
		return confbind.Source{Root: root}, err
	}}
}

// Variable reads one key from an environment variable of another name, such as one that a platform sets:
// Variable("DATABASE_URL", "database.url"). It stands above [Env]. A variable that is empty counts as not set; a key that
// nobody binds is an error.
func Variable(name, key string) Option {
	variable := func(k string) string {
		if k != key {
			return ""
		}
		return "$" + name
	}
	return Option{rank: rankVariable, variable: variable, read: func(r reading) (confbind.Source, error) {
		root := confbind.Section("$" + name)
		if value := os.Getenv(name); value != "" {
			root.Put(r.schema.Path(key), &confbind.Node{Value: value, At: "$" + name})
		}
		return confbind.Source{Root: root, Strict: true}, nil
	}}
}
