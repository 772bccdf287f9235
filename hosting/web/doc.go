// Package web serves HTTP: units of work as handlers, each request in a scope of its own.
//
//	var Module = fx.Module("orders",
//		di.Scoped(NewTx),
//		di.Singleton(NewOrders),
//		web.Group("/orders", RequireUser,
//			web.Handle("POST /", (*Orders).Place),
//			web.Handle("GET /{id}", (*Orders).Get),
//		),
//	)
//
//	func main() { app.Main(orders.Module, web.Serve(":8080")) }
//
// [Handle] declares what answers a pattern of net/http's ServeMux, [Serve] where the application listens. All
// handlers of an application are one handler, served by every Serve. What is declared but never served does no harm, so a
// module can be tested without a listener, or over one in memory: see package webtest.
//
// # A request
//
// A request passes the middleware of [Use], then the ServeMux, then the wrappers of [Group] and scopes.Around,
// then its unit. Middleware has no scope; a wrapper has the scope of the request, and both may answer themselves. The unit is
// given the http.ResponseWriter, the *http.Request and its context, which ends when the client goes away; so is every scoped
// constructor of its scope. Handlers run at once, each in a goroutine of net/http's.
//
// Every request has an X-Request-Id: the client's, if that is 1 to 64 of [A-Za-z0-9._-], or else a new one. Middleware and units
// find it in the header of the request, and the client in that of the answer.
//
// # Errors
//
// An error that a unit returns becomes an answer: see [Errors] and [Error]. One that comes when the answer has begun
// can no longer be told: it is reported, and the connection is cut, so that the client does not take half an answer for a whole one.
// A panic counts as an error; http.ErrAbortHandler keeps its meaning. What a unit returns because its client has
// gone is not reported.
//
// # Start and stop
//
// Servers start after all services, loops and timers, and stop before them. At the stop nothing new is accepted, idle
// connections are closed, and requests whose headers have been received are answered; after the grace period of the
// application the contexts of those that are left end with cause lifecycle.ErrStopping.
package web
