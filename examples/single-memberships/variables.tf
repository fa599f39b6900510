variable "team_file" {
  description = "The file that says who is in which role."
  type        = string
  default     = "team.yaml"
}
