// Package config reads poise.yaml: which accounts are followed, with which keys,
// into which store.
//
//	store: poise.db
//	listen: 127.0.0.1:9710
//	accounts:
//	  - name: main
//	    key: ${MAIN_KEY}
//	    secret: ${MAIN_SECRET}     # or private_key: FILE
//
// [Load] checks all of it and tells everything that is wrong at once, each as
// FILE:line:column: path: what, and how to mend it. Files are named relative to
// the configuration's own. ${VARIABLE} is replaced in values only, after the
// YAML was read, so that no variable can add a field; "$${" is a literal "${".
// Secrets are of type [Secret], which prints as nothing but that it is one.
package config
