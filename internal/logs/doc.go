// Package logs is what all loggers of an application have in common: their levels, by the names of loggers, and what
// they say of the unit of work in which a line is written.
//
// Package app/log names what users see of it.
package logs
