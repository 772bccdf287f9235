package main_test

import (
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// A disk is a small one.
type disk struct{ dir string }

// newDisk mounts a disk in memory until the end of the test, and skips the test where it may not.
func newDisk(t *testing.T) disk {
	t.Helper()
	dir, err := os.MkdirTemp("", "ordering-disk") // where others may go too, unlike t.TempDir
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.Remove(dir) })
	if out, err := exec.Command("mount", "-t", "tmpfs", "-o", "size=128m,mode=0755", "tmpfs", dir).CombinedOutput(); err != nil {
		t.Skipf("no small disk can be made, which takes root and Linux: %v: %s", err, out)
	}
	t.Cleanup(func() {
		if out, err := exec.Command("umount", dir).CombinedOutput(); err != nil {
			t.Errorf("%v: %s", err, out)
		}
	})
	return disk{dir}
}

// fill leaves no space on the disk until end is called.
func (d disk) fill(t *testing.T) (end func()) {
	file, err := os.Create(filepath.Join(d.dir, "filler"))
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	if _, err := io.Copy(file, zeros{}); err == nil {
		t.Fatal("the disk has no end")
	}
	return func() {
		if err := os.Remove(file.Name()); err != nil && !errors.Is(err, os.ErrNotExist) {
			t.Error(err)
		}
	}
}

type zeros struct{}

func (zeros) Read(b []byte) (int, error) {
	clear(b)
	return len(b), nil
}
