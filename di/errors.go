package di

import "github.com/berth-go/berth/internal/plan"

// Lazy is a parameter whose value is built on first use, in the scope of its consumer:
//
//	func NewReport(mail di.Lazy[Mailer]) *Report
//
//	func (l Lazy[T]) Get(ctx context.Context) (T, error)
//
// Get builds it, or returns the one that the scope has; of a transient each Lazy has its own. ctx bounds only the wait
// for another goroutine. A Lazy breaks a cycle, and saves what is seldom needed. A Lazy never builds a singleton at run time: that is built
// during start, before the consumer where that is no cycle, and until the end of construction
// Get of it is scopes.ErrNotReady. After the scope has closed Get is scopes.ErrClosed. In a singleton a Lazy of
// something scoped is a [LifetimeError].
type Lazy[T any] = plan.Lazy[T]

// BuildError holds everything that is wrong with an object graph, found before anything was
// constructed. %v is one line, %+v one paragraph for each problem, with who needs what, file and line, and what to
// do. Unwrap returns the problems, so errors.As finds each of them.
type BuildError = plan.BuildError

// MissingError says that nothing provides a type that somebody needs, or that only other triggers give it.
//
//	Type        reflect.Type
//	Name, Group string
//	GivenBy     []string // the triggers that do give it, where it is given elsewhere only
//	Trace       []Step   // from who needs it to the root of the graph
type MissingError = plan.MissingError

// CycleError says that providers need each other: in its Trace, a []Step, each needs the next, and the last the first.
type CycleError = plan.CycleError

// LifetimeError says that something needs what lives shorter than itself, or that plain fx asks for something
// scoped or transient.
type LifetimeError = plan.LifetimeError

// DuplicateError says that a type is provided more than once under one name, or provided and given.
type DuplicateError = plan.DuplicateError

// ReplaceError says that a Replace, ReplaceFunc or Decorate has nothing to act on.
type ReplaceError = plan.ReplaceError

// SignatureError says that a function or an option cannot be used as it stands.
type SignatureError = plan.SignatureError

// ConstructError says which constructor, decorator or service failed, and where it stands. It wraps what that
// returned.
type ConstructError = plan.ConstructError

// Step is one line of the trace in an error.
type Step = plan.Step
