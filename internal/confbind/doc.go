// Package confbind holds the settings of an application as data, and sets structs from them.
//
// A [Source] is a tree of what a file, the environment and the like say; each [Node] knows where it stands. A [Schema] is
// what there is to set: the keys of all sections that somebody binds. [Compose] checks sources against a schema and makes one
// [Snapshot] of them, which never changes, and [Bind] sets a struct from a snapshot. A reload composes another snapshot.
//
// All that is wrong is reported, by key and place, and never a value: what stands in a configuration may be a secret,
// and be it because somebody put it under the wrong key.
package confbind
