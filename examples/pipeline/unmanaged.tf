# Warns about people who are in a role of the team file although it does not name them.
check "everybody_is_declared" {
  assert {
    condition     = length(flatten(values(local.undeclared))) == 0
    error_message = "In the role, but not in the configuration: ${join(", ", flatten(values(local.undeclared)))}"
  }
}
