variable "name" {
  description = "Name of the key's alias."
  type        = string
}

variable "description" {
  description = "The purpose of the key."
  type        = string
}

variable "services" {
  description = "AWS services that may use the key: logs, alarms."
  type        = set(string)
  default     = []

  validation {
    condition     = alltrue([for service in var.services : contains(["logs", "alarms"], service)])
    error_message = "Must be logs or alarms."
  }
}

variable "deletion_window_days" {
  description = "The days in which a deleted key, and the data that it encrypted, can be recovered."
  type        = number
  default     = 30

  validation {
    condition     = var.deletion_window_days >= 7 && var.deletion_window_days <= 30
    error_message = "Must be 7 to 30 days."
  }
}
