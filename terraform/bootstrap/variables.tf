variable "region" {
  description = "The region of all resources."
  type        = string
}

variable "name" {
  description = "The name of the repositories, and the start of the name of the bucket."
  type        = string
  default     = "document-gateway"

  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{1,15}[a-z0-9]$", var.name))
    error_message = "3 to 17 lower case letters, digits and dashes: with the name of an environment, the limit is 28."
  }
}

variable "protected" {
  description = "Whether the bucket and the repositories are protected from destruction while they have contents."
  type        = bool
  default     = true
}
