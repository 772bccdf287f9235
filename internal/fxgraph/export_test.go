package fxgraph

// CompileWith is Compile with a maker of modules.
var CompileWith = compile
