//go:build chaos

package main_test

var aclRows = []row{}
