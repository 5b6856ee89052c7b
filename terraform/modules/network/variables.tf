variable "name" {
  description = "What everything in the network is named after."
  type        = string
}

variable "cidr" {
  description = "Addresses of the VPC: a /16 to a /24, cut into sixteen parts."
  type        = string
  default     = "10.0.0.0/16"

  validation {
    condition     = can(cidrnetmask(var.cidr)) && try(tonumber(split("/", var.cidr)[1]), 0) >= 16 && try(tonumber(split("/", var.cidr)[1]), 99) <= 24
    error_message = "An IPv4 range from /16 to /24."
  }
}

variable "zones" {
  description = "How many availability zones."
  type        = number
  default     = 2

  validation {
    condition     = contains([2, 3], var.zones)
    error_message = "Two or three."
  }
}

variable "egress" {
  description = <<-EOT
    How tasks reach services of AWS. nat: one NAT gateway, whose zone all depend on. nat-per-zone: one for each.
    endpoints: none, and nothing outside of AWS can be reached, an upstream or a public registry least of all.
  EOT
  type        = string
  default     = "nat"

  validation {
    condition     = contains(["nat", "nat-per-zone", "endpoints"], var.egress)
    error_message = "nat, nat-per-zone or endpoints."
  }
}

variable "kms_key_arn" {
  description = "Key that the flow logs are encrypted with."
  type        = string
}

variable "flow_log_retention_days" {
  description = "How long flow logs are kept."
  type        = number
  default     = 90
}
