//go:build !race

package provider

// raceDetector says whether the tests were built with the race detector.
const HasRaceDetector = false
