//go:build !race

package acctest

// raceDetector says whether the tests were built with the race detector.
const HasRaceDetector = false
