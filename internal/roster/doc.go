// Package roster knows who is in a role: one listing shared by all who ask, and adds and removes that end in the state
// asked for, whatever happened on the way.
//
// It says what PostHog's answers mean for a membership, and knows nothing of Terraform.
package roster
