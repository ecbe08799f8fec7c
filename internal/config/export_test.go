package config

// Planned are the variables that are known but have no effect yet.
var Planned = planned
