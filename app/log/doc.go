// Package log is what a program sees of its logs: the loggers of an application, their levels and their settings.
//
// Loggers are zap's. A constructor or unit takes a *zap.Logger, or a *slog.Logger of the standard library, and gets one that
// is named after it: "orders.Repo" for the constructor of an *orders.Repo, "orders.SendDue" for a unit. Both write to the
// same place. *[Levels] is injectable too, and says which of them write what.
//
// # Units of work
//
// What is written in a unit of work says what that belongs to: the id and route of a request, the trigger and the number
// of its turn, the number of a queue's item, and trace_id and span_id if the context of the unit is inside of an OpenTelemetry
// span. This holds for loggers that are injected into the unit or something scoped, for
// the one that [From] takes from a context, and for any injected *slog.Logger that is given the context of the unit, as with
// InfoContext. [Fields] adds what a program knows of a context, such as a tenant. A logger that a unit keeps says for ever what it
// said in the unit, but for the number of a turn or an item: that is of the one under way when the line is written.
//
// It costs a unit next to nothing before a line is written, and no allocation for up to four loggers.
//
// # Settings
//
// Every application reads the section log of its configuration, if it loads one:
//
//	log:
//	  levels:
//	    "": warn          # all loggers
//	    orders: debug     # orders, orders.Repo, orders.SendDue, ...
//	  encoding: json
//	  output: /var/log/ordering.log
//
// Without settings the default logger writes to standard error from info level on: for people if that is a terminal, else
// one line of JSON for each entry.
//
// The settings are those of the default logger. A program that makes its own, with app.Logger or any other provider of
// *zap.Logger, decides itself where that writes and from which level on; [Levels.Core] gives it the rules of this package.
//
// # Failure
//
// No line ever fails who writes it. A file that cannot be written, because its disk is full, has its lines written to
// standard error instead. A line waits for its output: where that blocks, as a pipe does that nobody reads, so do those
// who write.
package log
