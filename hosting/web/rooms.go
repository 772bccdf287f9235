package web

import "github.com/berth-go/berth/internal/logs"

// newAnswer makes an answer with room for as many loggers as requests have taken so far, up to four. It is one piece of memory,
// so that the loggers of a request that writes no line cost no allocation; where none takes a logger there are no rooms.
func (h *host) newAnswer() (*answer, []logs.Room) {
	switch h.loggers.Load() {
	case 0:
		return new(answer), nil
	case 1:
		a := new(struct {
			answer
			rooms [1]logs.Room
		})
		return &a.answer, a.rooms[:]
	case 2:
		a := new(struct {
			answer
			rooms [2]logs.Room
		})
		return &a.answer, a.rooms[:]
	}
	a := new(struct {
		answer
		rooms [4]logs.Room
	})
	return &a.answer, a.rooms[:]
}

// note remembers how many loggers a request has taken. It does not matter if one of two at the same time is forgotten.
func (h *host) note(a *answer) {
	if n := int32(a.scope.Taken()); n > h.loggers.Load() {
		h.loggers.Store(n)
	}
}
