package plan

import (
	"fmt"
	"reflect"
)

// A Key is what a provider provides and a parameter asks for.
type Key struct {
	Type  reflect.Type // of one member, for a group
	Name  string
	Group string
}

// String shows the key as errors do: `*sql.DB named "replica"`.
func (k Key) String() string {
	switch {
	case k.Group != "":
		return fmt.Sprintf("%v in group %q", k.Type, k.Group)
	case k.Name != "":
		return fmt.Sprintf("%v named %q", k.Type, k.Name)
	}
	return k.Type.String()
}
