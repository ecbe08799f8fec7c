package config

// KnownNames are the names of all variables that are settings or name files of settings.
var KnownNames = knownNames
