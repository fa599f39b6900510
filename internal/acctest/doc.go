// Package acctest runs the real Terraform against a provider that the test binary serves.
//
// A package that uses it calls [Main] in its TestMain. Its tests call [NewWorkspace], write a configuration, and run commands:
//
//	w := acctest.NewWorkspace(t, map[string]string{"main.tf": acctest.Requirements + config})
//	w.Apply() // fails the test unless the apply succeeds and the next plan is empty
//	result := w.Must(1, "plan")
//	if !acctest.Message("Error: Role not found").MatchString(result.Stderr) {
//		t.Error(result)
//	}
//
// Tests that start Terraform need TF_ACC=1.
package acctest
