//go:build race

package acctest

// HasRaceDetector reports whether the tests were built with the race detector.
const HasRaceDetector = true
