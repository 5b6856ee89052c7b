variable "region" {
  description = "The region that everything is in."
  type        = string
}

variable "name" {
  description = "What the repositories and the bucket are named after."
  type        = string
  default     = "document-gateway"

  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{1,15}[a-z0-9]$", var.name))
    error_message = "3 to 17 lower case letters, digits and dashes: environments add their own name, and 28 is the end."
  }
}

variable "protected" {
  description = "Whether states and images are kept from being destroyed with what they are in."
  type        = bool
  default     = true
}
