// Package codec holds what the decode and encode tables compare: this project's
// decoder and encoder of ACCOUNT_UPDATE, the peers', and the messages.
//
// Ours decodes into exact decimals; the peers decode into strings, for none of
// them has decimals, so they do less. Each peer runs in its best light: its
// fastest safe call, memory reused where its API can, and never a message that
// it does not read right, which [CheckDecoders] and [CheckEncoders] make sure
// of before anything is timed.
package codec
