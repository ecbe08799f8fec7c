// Package secret holds passwords and keys between the place that reads them and the one that sends them.
//
// A Value masks itself however it is printed, as long as it stands in exported fields: fmt calls no methods of what it finds in
// others. ReadFile reads one from a file, as orchestrators mount them. The package imports nothing of ours.
package secret
