package log

import (
	"github.com/berth-go/berth/internal/logs"
)

// Levels are the levels from which on the loggers of one application write, by their names. *Levels is injectable: it
// reads and changes them at run time. A rule is for the logger of that name and those below it, with a dot between: "orders" is
// for "orders" and "orders.Repo", not for "ordersarchive". Of several that fit, the longest counts. The rule "" is for all
// loggers.
//
// A change is for loggers that were handed out before as well, and for what With, Named and Sugar made of them. The
// methods are safe for goroutines.
type Levels = logs.Levels
