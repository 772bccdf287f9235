package fxgraph

// CompileWith is Compile with a maker of modules, and the name of the field with the functions of an option.
var CompileWith = compile
