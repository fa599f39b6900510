variable "team_file" {
  description = "File with the members of each role."
  type        = string
  default     = "team.yaml"
}
