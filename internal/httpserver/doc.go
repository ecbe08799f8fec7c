// Package httpserver serves HTTP the way that an exposed port needs it: every client has deadlines, connections are bounded, a drain
// loses no request, a certificate can be replaced, a large response takes one system call, and every request has an id. It imports
// nothing of the gateway.
package httpserver
