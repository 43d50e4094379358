// Package storetest says what a deletion.Store must do: one suite for every database. A store's own tests call [Run].
//
// All tests of a run share one store, each with an account of its own: what a test sees of another one's rows is a bug that
// fails it.
package storetest
