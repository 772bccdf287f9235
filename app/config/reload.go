package config

import (
	"encoding/binary"
	"hash/fnv"
	"os"
	"slices"
)

// Reload makes the sources of a [Load] be read anew while the application runs: when a file of a [File] or of the profile has
// changed, appeared or gone, when [app.Main] gets SIGHUP, and when somebody calls Reload of a [Config]. Files are looked at each
// second, by name, so that one that is replaced counts, and so does the swap of a link on the way to it, as Kubernetes does
// with a ConfigMap; a change counts when it has stood for a second. The environment and flags of a process do not change; providers of [From]
// are asked each time that something else has changed.
//
// What is read is checked like at the start, and all of it is taken or nothing: if anything is wrong, the last good settings
// stay, the log says what is wrong, and where, and the next change is tried again. Nobody sees a part of a change.
//
// With Reload the T of a [Bind] is scoped: all constructors and the unit of one unit of work get the settings of one moment, also
// of several sections, and the next unit gets the newest. What lives longer takes a *[Live][T]. Keys of the host that take effect at the next start
// only are named in the log when they change.
func Reload() Option { return Option{reload: true} }

// Reloads implements settings.Reloader.
func (l *load) Reloads() bool {
	return slices.ContainsFunc(l.sources, func(o Option) bool { return o.reload })
}

// State implements settings.Reloader: it is a hash of what the files hold.
func (l *load) State() uint64 {
	sum := fnv.New64a()
	add := func(path string) {
		text, err := regular(path)
		if err != nil {
			text = []byte(err.Error())
		}
		_, _ = sum.Write(binary.BigEndian.AppendUint64(nil, uint64(len(text))))
		_, _ = sum.Write(text)
	}
	profile, _ := profileOf()
	for _, s := range l.sources {
		if s.file == nil {
			continue
		}
		add(s.file.path)
		if profile != "" {
			add(s.file.beside(profile))
		}
	}
	return sum.Sum64()
}

// regular is what a file holds that can be read twice.
func regular(path string) ([]byte, error) {
	info, err := os.Stat(path)
	if err != nil || !info.Mode().IsRegular() {
		return nil, bare(err)
	}
	return contents(path)
}
