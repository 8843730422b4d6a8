// Package gateway gives the engine the exchange's faces: REST under /dapi, the
// user and market streams, /ws-dapi/v1, and the operator's API.
//
// A [Gateway] is two http.Handlers, [Gateway.Exchange] and [Gateway.Operator],
// over one engine. Nothing but its loop touches the engine: each call, each
// timer and each change of a socket's streams is a task of a bounded queue, done
// one after the other, so what accounts are pushed has one order, and the same
// tasks give the same bytes. Time is the clock's: the machine's, or one that
// stands still until [Gateway.Advance].
//
// A socket costs one goroutine, which reads. Writing is done by the loop, as far
// as the kernel takes the bytes without waiting; what it does not take waits in
// the socket's own bounded queue, and a socket whose queue is full is dropped.
// So a slow reader delays nobody.
//
// With [Config.Data] what the loop is told is logged in a folder before it is
// done, and what follows from it, answers and frames, waits in one queue until the
// log is durable; the loop goes on meanwhile, so all that comes during one sync of
// the disk shares the next. New does the log again. What is derived is not logged:
// of timers only that they fired.
//
// Package venue is the way to start one in a test.
package gateway
