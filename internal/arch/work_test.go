package arch_test

import (
	"os"
	"path"
	"path/filepath"
	"strings"
	"testing"
)

// Tools stay out of the workspace: what they need would change the versions that the other modules are built with.
func TestWorkspaceHasEveryModuleButTools(t *testing.T) {
	root := filepath.Join("..", "..")
	work, err := os.ReadFile(filepath.Join(root, "go.work"))
	if err != nil {
		t.Fatal(err)
	}
	for _, pattern := range []string{"*", "*/*", "*/*/*"} {
		files, err := filepath.Glob(filepath.Join(root, filepath.FromSlash(pattern), "go.mod"))
		if err != nil {
			t.Fatal(err)
		}
		for _, file := range files {
			rel, err := filepath.Rel(root, filepath.Dir(file))
			if err != nil {
				t.Fatal(err)
			}
			module := path.Clean(filepath.ToSlash(rel))
			if listed := strings.Contains(string(work), "\t./"+module+"\n"); listed == (module == "tools") {
				t.Errorf("module %s: listed in go.work is %v", module, listed)
			}
		}
	}
}
