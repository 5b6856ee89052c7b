variable "repositories" {
  description = "Names of the repositories, one for each image."
  type        = set(string)

  validation {
    condition     = alltrue([for name in var.repositories : can(regex("^[a-z0-9]+([._/-][a-z0-9]+)*$", name))])
    error_message = "Must be lower case letters and digits, with . _ / - between them."
  }
}

variable "kms_key_arn" {
  description = "ARN of the key that encrypts the images."
  type        = string
}

variable "keep_images" {
  description = "The number of builds of main to keep. ECR does not know which one runs, so keep far more than there are between two releases."
  type        = number
  default     = 200

  validation {
    condition     = var.keep_images >= 20
    error_message = "Must be at least 20, so that a rollback has its image."
  }
}

variable "untagged_days" {
  description = "The days that an image without a tag is kept."
  type        = number
  default     = 14
}

variable "force_delete" {
  description = "Whether repositories with images may be destroyed."
  type        = bool
  default     = false
}
