//go:build gc && amd64 && !go1.27 && !purego

package words

import "unsafe"

// A w is a machine word that the garbage collector looks at.
type w = unsafe.Pointer

// How many words a function may take and return: each architecture passes that many in registers, or else all of
// them on the stack.
const (
	mostIn  = 8
	mostOut = 5
)

// call calls the function value at fn, which takes and gives so many words.
func call(fn unsafe.Pointer, takes, gives int, in *[mostIn]w, out *[mostOut]w) {
	switch 10*takes + gives {
	case 0:
		(*(*func())(fn))()
	case 1:
		out[0] = (*(*func() w)(fn))()
	case 2:
		out[0], out[1] = (*(*func() (w, w))(fn))()
	case 3:
		out[0], out[1], out[2] = (*(*func() (w, w, w))(fn))()
	case 4:
		out[0], out[1], out[2], out[3] = (*(*func() (w, w, w, w))(fn))()
	case 5:
		out[0], out[1], out[2], out[3], out[4] = (*(*func() (w, w, w, w, w))(fn))()
	case 10:
		(*(*func(w))(fn))(in[0])
	case 11:
		out[0] = (*(*func(w) w)(fn))(in[0])
	case 12:
		out[0], out[1] = (*(*func(w) (w, w))(fn))(in[0])
	case 13:
		out[0], out[1], out[2] = (*(*func(w) (w, w, w))(fn))(in[0])
	case 14:
		out[0], out[1], out[2], out[3] = (*(*func(w) (w, w, w, w))(fn))(in[0])
	case 15:
		out[0], out[1], out[2], out[3], out[4] = (*(*func(w) (w, w, w, w, w))(fn))(in[0])
	case 20:
		(*(*func(w, w))(fn))(in[0], in[1])
	case 21:
		out[0] = (*(*func(w, w) w)(fn))(in[0], in[1])
	case 22:
		out[0], out[1] = (*(*func(w, w) (w, w))(fn))(in[0], in[1])
	case 23:
		out[0], out[1], out[2] = (*(*func(w, w) (w, w, w))(fn))(in[0], in[1])
	case 24:
		out[0], out[1], out[2], out[3] = (*(*func(w, w) (w, w, w, w))(fn))(in[0], in[1])
	case 25:
		out[0], out[1], out[2], out[3], out[4] = (*(*func(w, w) (w, w, w, w, w))(fn))(in[0], in[1])
	case 30:
		(*(*func(w, w, w))(fn))(in[0], in[1], in[2])
	case 31:
		out[0] = (*(*func(w, w, w) w)(fn))(in[0], in[1], in[2])
	case 32:
		out[0], out[1] = (*(*func(w, w, w) (w, w))(fn))(in[0], in[1], in[2])
	case 33:
		out[0], out[1], out[2] = (*(*func(w, w, w) (w, w, w))(fn))(in[0], in[1], in[2])
	case 34:
		out[0], out[1], out[2], out[3] = (*(*func(w, w, w) (w, w, w, w))(fn))(in[0], in[1], in[2])
	case 35:
		out[0], out[1], out[2], out[3], out[4] = (*(*func(w, w, w) (w, w, w, w, w))(fn))(in[0], in[1], in[2])
	case 40:
		(*(*func(w, w, w, w))(fn))(in[0], in[1], in[2], in[3])
	case 41:
		out[0] = (*(*func(w, w, w, w) w)(fn))(in[0], in[1], in[2], in[3])
	case 42:
		out[0], out[1] = (*(*func(w, w, w, w) (w, w))(fn))(in[0], in[1], in[2], in[3])
	case 43:
		out[0], out[1], out[2] = (*(*func(w, w, w, w) (w, w, w))(fn))(in[0], in[1], in[2], in[3])
	case 44:
		out[0], out[1], out[2], out[3] = (*(*func(w, w, w, w) (w, w, w, w))(fn))(in[0], in[1], in[2], in[3])
	case 45:
		out[0], out[1], out[2], out[3], out[4] = (*(*func(w, w, w, w) (w, w, w, w, w))(fn))(in[0], in[1], in[2], in[3])
	case 50:
		(*(*func(w, w, w, w, w))(fn))(in[0], in[1], in[2], in[3], in[4])
	case 51:
		out[0] = (*(*func(w, w, w, w, w) w)(fn))(in[0], in[1], in[2], in[3], in[4])
	case 52:
		out[0], out[1] = (*(*func(w, w, w, w, w) (w, w))(fn))(in[0], in[1], in[2], in[3], in[4])
	case 53:
		out[0], out[1], out[2] = (*(*func(w, w, w, w, w) (w, w, w))(fn))(in[0], in[1], in[2], in[3], in[4])
	case 54:
		out[0], out[1], out[2], out[3] = (*(*func(w, w, w, w, w) (w, w, w, w))(fn))(in[0], in[1], in[2], in[3], in[4])
	case 55:
		out[0], out[1], out[2], out[3], out[4] = (*(*func(w, w, w, w, w) (w, w, w, w, w))(fn))(in[0], in[1], in[2], in[3], in[4])
	case 60:
		(*(*func(w, w, w, w, w, w))(fn))(in[0], in[1], in[2], in[3], in[4], in[5])
	case 61:
		out[0] = (*(*func(w, w, w, w, w, w) w)(fn))(in[0], in[1], in[2], in[3], in[4], in[5])
	case 62:
		out[0], out[1] = (*(*func(w, w, w, w, w, w) (w, w))(fn))(in[0], in[1], in[2], in[3], in[4], in[5])
	case 63:
		out[0], out[1], out[2] = (*(*func(w, w, w, w, w, w) (w, w, w))(fn))(in[0], in[1], in[2], in[3], in[4], in[5])
	case 64:
		out[0], out[1], out[2], out[3] = (*(*func(w, w, w, w, w, w) (w, w, w, w))(fn))(in[0], in[1], in[2], in[3], in[4], in[5])
	case 65:
		out[0], out[1], out[2], out[3], out[4] = (*(*func(w, w, w, w, w, w) (w, w, w, w, w))(fn))(in[0], in[1], in[2], in[3], in[4], in[5])
	case 70:
		(*(*func(w, w, w, w, w, w, w))(fn))(in[0], in[1], in[2], in[3], in[4], in[5], in[6])
	case 71:
		out[0] = (*(*func(w, w, w, w, w, w, w) w)(fn))(in[0], in[1], in[2], in[3], in[4], in[5], in[6])
	case 72:
		out[0], out[1] = (*(*func(w, w, w, w, w, w, w) (w, w))(fn))(in[0], in[1], in[2], in[3], in[4], in[5], in[6])
	case 73:
		out[0], out[1], out[2] = (*(*func(w, w, w, w, w, w, w) (w, w, w))(fn))(in[0], in[1], in[2], in[3], in[4], in[5], in[6])
	case 74:
		out[0], out[1], out[2], out[3] = (*(*func(w, w, w, w, w, w, w) (w, w, w, w))(fn))(in[0], in[1], in[2], in[3], in[4], in[5], in[6])
	case 75:
		out[0], out[1], out[2], out[3], out[4] = (*(*func(w, w, w, w, w, w, w) (w, w, w, w, w))(fn))(in[0], in[1], in[2], in[3], in[4], in[5], in[6])
	case 80:
		(*(*func(w, w, w, w, w, w, w, w))(fn))(in[0], in[1], in[2], in[3], in[4], in[5], in[6], in[7])
	case 81:
		out[0] = (*(*func(w, w, w, w, w, w, w, w) w)(fn))(in[0], in[1], in[2], in[3], in[4], in[5], in[6], in[7])
	case 82:
		out[0], out[1] = (*(*func(w, w, w, w, w, w, w, w) (w, w))(fn))(in[0], in[1], in[2], in[3], in[4], in[5], in[6], in[7])
	case 83:
		out[0], out[1], out[2] = (*(*func(w, w, w, w, w, w, w, w) (w, w, w))(fn))(in[0], in[1], in[2], in[3], in[4], in[5], in[6], in[7])
	case 84:
		out[0], out[1], out[2], out[3] = (*(*func(w, w, w, w, w, w, w, w) (w, w, w, w))(fn))(in[0], in[1], in[2], in[3], in[4], in[5], in[6], in[7])
	case 85:
		out[0], out[1], out[2], out[3], out[4] = (*(*func(w, w, w, w, w, w, w, w) (w, w, w, w, w))(fn))(in[0], in[1], in[2], in[3], in[4], in[5], in[6], in[7])
	}
}
