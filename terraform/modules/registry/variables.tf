variable "repositories" {
  description = "Names of the repositories, one for each image."
  type        = set(string)

  validation {
    condition     = alltrue([for name in var.repositories : can(regex("^[a-z0-9]+([._/-][a-z0-9]+)*$", name))])
    error_message = "Lower case letters, digits, and . _ / - between them."
  }
}

variable "kms_key_arn" {
  description = "Key that the images are encrypted with."
  type        = string
}

variable "keep_images" {
  description = "How many builds of main are kept. ECR does not know which one runs: far more than go by between two releases."
  type        = number
  default     = 200

  validation {
    condition     = var.keep_images >= 20
    error_message = "At least 20, or the way back is gone."
  }
}

variable "untagged_days" {
  description = "How long an image without a tag is kept."
  type        = number
  default     = 14
}

variable "force_delete" {
  description = "Whether the repositories may be destroyed with images in them."
  type        = bool
  default     = false
}
