variable "name" {
  description = "Name of the key's alias."
  type        = string
}

variable "description" {
  description = "What the key is for."
  type        = string
}

variable "services" {
  description = "Services of AWS that use the key on their own: logs, alarms."
  type        = set(string)
  default     = []

  validation {
    condition     = alltrue([for service in var.services : contains(["logs", "alarms"], service)])
    error_message = "Only logs and alarms are known."
  }
}

variable "deletion_window_days" {
  description = "How long a deleted key can be had back, and what it encrypted with it."
  type        = number
  default     = 30

  validation {
    condition     = var.deletion_window_days >= 7 && var.deletion_window_days <= 30
    error_message = "From 7 to 30 days."
  }
}
