variable "name" {
  description = "The start of the names in the network."
  type        = string
}

variable "cidr" {
  description = "Addresses of the VPC: a /16 to a /24, divided into sixteen parts."
  type        = string
  default     = "10.0.0.0/16"

  validation {
    condition     = can(cidrnetmask(var.cidr)) && try(tonumber(split("/", var.cidr)[1]), 0) >= 16 && try(tonumber(split("/", var.cidr)[1]), 99) <= 24
    error_message = "Must be an IPv4 range from /16 to /24."
  }
}

variable "zones" {
  description = "The number of availability zones."
  type        = number
  default     = 2

  validation {
    condition     = contains([2, 3], var.zones)
    error_message = "Must be 2 or 3."
  }
}

variable "egress" {
  description = <<-EOT
    How tasks reach AWS services. nat: one NAT gateway, so all zones depend on its zone. nat-per-zone: one in each
    zone. endpoints: none, so tasks cannot reach anything outside AWS, such as an upstream or a public registry.
  EOT
  type        = string
  default     = "nat"

  validation {
    condition     = contains(["nat", "nat-per-zone", "endpoints"], var.egress)
    error_message = "Must be nat, nat-per-zone or endpoints."
  }
}

variable "kms_key_arn" {
  description = "ARN of the key that encrypts the flow logs."
  type        = string
}

variable "flow_log_retention_days" {
  description = "The days that flow logs are kept."
  type        = number
  default     = 90
}
