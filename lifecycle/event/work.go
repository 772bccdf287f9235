package event

import "time"

// HookStarted means: the start of a hook has returned without error.
type HookStarted struct {
	Source
	Took time.Duration
}

// HookStopped means: the stop of a hook has returned without error.
type HookStopped struct {
	Source
	Took time.Duration
}

// HookFailed means: the start or stop of a hook returned an error, panicked or exited its goroutine.
type HookFailed struct {
	Source
	Op   string // "start" or "stop"
	Err  error
	Took time.Duration
}

// CleanupFailed means: the cleanup of a constructor's result failed, at stop or at the end of a scope.
type CleanupFailed struct {
	Source
	Err  error
	Took time.Duration
}

// TaskStarted means: a service, timer, queue or server has been started.
type TaskStarted struct {
	Source
	Took time.Duration
}

// TaskStopped means: its stop and its run have returned without error.
type TaskStopped struct {
	Source
	Took time.Duration
}

// TaskDone means: the run of a service returned nil by itself; the application goes on.
type TaskDone struct {
	Source
	Took time.Duration
}

// TaskFailed means: a stage of a service failed, or its run while the application was stopping.
type TaskFailed struct {
	Source
	Op   string // "starting", "start", "started", "run", "stopping", "stop" or "stopped"
	Err  error
	Took time.Duration
}

// Fault means: the run of a service failed by itself; the application stops because of it.
type Fault struct {
	Source
	Err  error
	Took time.Duration
}

// UnitFailed means: one call of a unit failed; the policy of its trigger decides what follows.
type UnitFailed struct {
	Source
	Err  error
	Took time.Duration
}

// TriggerNamed means: a trigger was given a name of its own because another has its default name.
type TriggerNamed struct {
	Source
	Default string
}

// Abandoned means: the engine does not wait for a call any longer; it may still be running.
type Abandoned struct {
	Source
	Op    string
	Took  time.Duration
	Stack []byte // of its goroutine
}

// ScopesOpen means: at the end of a stop scopes of that declaration were still open.
type ScopesOpen struct {
	Source
	Count int
}

func (HookStarted) event()   {}
func (HookStopped) event()   {}
func (HookFailed) event()    {}
func (CleanupFailed) event() {}
func (TaskStarted) event()   {}
func (TaskStopped) event()   {}
func (TaskDone) event()      {}
func (TaskFailed) event()    {}
func (Fault) event()         {}
func (UnitFailed) event()    {}
func (TriggerNamed) event()  {}
func (Abandoned) event()     {}
func (ScopesOpen) event()    {}
