// Package journal keeps records in one file of a folder, in the order they were
// given, and says when each is durable. The venue logs in it what it was told
// and does it all again when it starts.
//
// Records that are given while the last ones are being written are written
// together, with one sync: whoever gives them does not wait, and hears by a
// function, in order, how far the file is durable. A file that another process
// writes is refused, and so is one of a newer format. A block that was being
// written when its process or machine stopped is cut off, since nobody was told
// that it was durable. Whatever else is not as it was written is refused with
// the place and the way to mend it. FORMAT.md has the bytes.
//
// What may not live here: any knowledge of what is in a record.
package journal
