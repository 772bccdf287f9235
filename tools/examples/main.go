// Examples runs each program of the folder examples as an operator would: it starts
// it in an empty folder, interrupts it after two seconds, and wants a clean exit.
package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"
)

const (
	running  = 2 * time.Second  // how long a program runs before it is interrupted
	stopping = 30 * time.Second // how long it may take to stop
)

func main() {
	mains, err := filepath.Glob("../examples/*/main.go")
	if err == nil && len(mains) == 0 {
		err = errors.New("examples: no program found; run this in the folder tools")
	}
	for _, file := range mains {
		err = errors.Join(err, try(filepath.Dir(file)))
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// try builds and runs the program of a folder.
func try(folder string) error {
	name := filepath.Base(folder)
	temp, err := os.MkdirTemp("", "example-"+name)
	if err != nil {
		return err
	}
	defer os.RemoveAll(temp)

	binary := filepath.Join(temp, name)
	build := exec.Command("go", "build", "-buildvcs=false", "-o", binary, ".")
	build.Dir = folder
	if out, err := build.CombinedOutput(); err != nil {
		return fmt.Errorf("%s does not build: %w\n%s", name, err, out)
	}

	out, err := run(binary, temp)
	switch {
	case err == nil:
		fmt.Printf("%s: started and stopped\n", name)
	case strings.Contains(out, "address already in use"):
		fmt.Printf("%s: SKIPPED, its port is in use\n", name)
	default:
		return fmt.Errorf("%s failed: %w\n%s", name, err, out)
	}
	return nil
}

// run starts the program, interrupts it when its time is over, and returns what it
// printed. It is killed, and that is an error, when it does not stop.
func run(binary, folder string) (string, error) {
	ctx, cancel := context.WithTimeout(context.Background(), running)
	defer cancel()

	var out bytes.Buffer
	program := exec.CommandContext(ctx, binary)
	program.Dir = folder
	// With what it embeds: a server that the environment names belongs to others.
	program.Env = append(os.Environ(), "HTTP_ADDR=127.0.0.1:0", "DATABASE_URL=")
	program.Stdout, program.Stderr = &out, &out
	program.Cancel = func() error { return program.Process.Signal(os.Interrupt) }
	program.WaitDelay = stopping

	err := program.Run()
	if errors.Is(err, context.DeadlineExceeded) && program.ProcessState.Success() {
		err = nil // interrupted, and stopped cleanly
	}
	return out.String(), err
}
