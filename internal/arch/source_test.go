package arch_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"maps"
	"os"
	"path"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

// module is the path of the root module.
const module = "github.com/berth-go/berth"

// A source is one Go file of the root module.
type source struct {
	path string // from the root, with slashes: "app/main.go"
	fset *token.FileSet
	file *ast.File
	vars map[string]bool // the variables of the file's package
}

func (s source) dir() string { return path.Dir(s.path) }

func (s source) isTest() bool { return strings.HasSuffix(s.path, "_test.go") }

// isProgram reports whether the file belongs to a user of the framework: an example or a snippet.
func (s source) isProgram() bool { return under(s.dir(), "examples", "internal/docs/snippets") }

// plain is the example that knows nothing of the framework.
const plain = "examples/adopt"

// isPlain reports whether the file belongs to that example, but for the tests that run it with the framework.
func (s source) isPlain() bool { return under(s.dir(), plain) && !s.isTest() }

// isHelper reports whether the file belongs to a package that only tests import.
func (s source) isHelper() bool { return isHelper(s.dir()) }

func isHelper(dir string) bool {
	return strings.HasSuffix(path.Base(dir), "test") || dir == "internal/golden"
}

// isPackageVar reports whether a name stands for a variable of the package. The parser
// resolves names within a file: to nothing what another file declares.
func (s source) isPackageVar(name *ast.Ident) bool {
	return s.vars[name.Name] && (name.Obj == nil || name.Obj == s.file.Scope.Lookup(name.Name))
}

// line is the line of a node.
func (s source) line(n ast.Node) int { return s.fset.Position(n.Pos()).Line }

// imports are the packages that the file imports, by the name each has in the file.
func (s source) imports() map[string]*ast.ImportSpec {
	byName := map[string]*ast.ImportSpec{}
	for _, spec := range s.file.Imports {
		name := path.Base(importPath(spec))
		if spec.Name != nil {
			name = spec.Name.Name
		}
		byName[name] = spec
	}
	return byName
}

func importPath(spec *ast.ImportSpec) string {
	p, err := strconv.Unquote(spec.Path.Value)
	if err != nil {
		panic(err) // the parser has accepted it
	}
	return p
}

// under reports whether dir is one of the folders or below one.
func under(dir string, folders ...string) bool {
	for _, folder := range folders {
		if dir == folder || strings.HasPrefix(dir, folder+"/") {
			return true
		}
	}
	return false
}

// parse makes a source of text.
func parse(t *testing.T, path, text string) source {
	t.Helper()
	fset := token.NewFileSet()
	file, err := parser.ParseFile(fset, path, text, parser.ParseComments)
	if err != nil {
		t.Fatal(err)
	}
	return source{path: path, fset: fset, file: file, vars: packageVars(file)}
}

// packageVars are the variables that a file declares for its package.
func packageVars(file *ast.File) map[string]bool {
	vars := map[string]bool{}
	for _, decl := range file.Decls {
		if decl, ok := decl.(*ast.GenDecl); ok && decl.Tok == token.VAR {
			for _, spec := range decl.Specs {
				for _, name := range spec.(*ast.ValueSpec).Names {
					vars[name.Name] = true
				}
			}
		}
	}
	return vars
}

// sources are all Go files of the root module; nested modules keep their own rules.
func sources(t *testing.T) []source {
	t.Helper()
	root := filepath.Join("..", "..")
	var all []source
	err := filepath.WalkDir(root, func(file string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if entry.IsDir() {
			if file != root && skipped(file, entry.Name()) {
				return filepath.SkipDir
			}
			return nil
		}
		if !strings.HasSuffix(file, ".go") {
			return nil
		}
		text, err := os.ReadFile(file)
		if err != nil {
			return err
		}
		rel, err := filepath.Rel(root, file)
		if err != nil {
			return err
		}
		all = append(all, parse(t, filepath.ToSlash(rel), string(text)))
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return shareVars(all)
}

// shareVars gives each file the variables of the other files of its package.
func shareVars(all []source) []source {
	packages := map[string]map[string]bool{}
	for i, s := range all {
		if s.isTest() {
			continue
		}
		vars, ok := packages[s.dir()]
		if !ok {
			vars = map[string]bool{}
			packages[s.dir()] = vars
		}
		maps.Copy(vars, s.vars)
		all[i].vars = vars
	}
	return all
}

// skipped reports whether the go command leaves out a folder, or another module has it.
func skipped(folder, name string) bool {
	if name == "testdata" || strings.HasPrefix(name, ".") || strings.HasPrefix(name, "_") {
		return true
	}
	_, err := os.Stat(filepath.Join(folder, "go.mod"))
	return err == nil
}
