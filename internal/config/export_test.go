package config

// OldNames are the new names of variables by the old ones.
var OldNames = oldNames

// KnownNames are the names of all variables that are settings or name files of settings.
var KnownNames = knownNames

// Renamed are the new names of settings by their old ones.
var Renamed = renamed
