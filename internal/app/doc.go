// Package app assembles the gateway from its packages: New builds everything from settings, Run serves and drains, Reload applies changed
// settings. It is the only package that knows all others. It has no globals and reads no environment: what it needs is in Options.
package app
