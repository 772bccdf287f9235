package event

import "time"

// Listening means: a server accepts connections from now on.
type Listening struct {
	Source
	Addr string // the real address: "127.0.0.1:41234"
}

// RequestFailed means: a request was answered with a status of 500 or more because its unit returned an error or
// panicked, or its answer had begun and was cut off.
type RequestFailed struct {
	Source
	RequestID string
	Status    int // 0: the answer was cut off
	Err       error
	Took      time.Duration
}

// ServerNotice means: a server reports what concerns no request: a handshake that failed, an error of
// accept, a handler that used its answer wrongly; or there are handlers and no server.
type ServerNotice struct {
	Source
	Text string
}

func (Listening) event()     {}
func (RequestFailed) event() {}
func (ServerNotice) event()  {}
