package config

// Renamed are the new names of settings by their old ones.
var Renamed = renamed
