// Package secret holds passwords and keys between the place that reads them and the one that sends them.
//
// A Value masks itself however it is printed, as long as it stands in exported fields: fmt calls no methods of what it finds in
// others. Nor does it behind a pointer in a struct where the verb does not fit pointers, so what is handed around by pointer
// inside of structs has to format itself. ReadFile reads a Value from a file, as orchestrators mount them. The package imports
// nothing of ours.
package secret
