variable "name" {
  description = "Prefix of the repositories' names, such as gluestream-dev."
  type        = string
}

variable "images" {
  description = "Images, one repository each."
  type        = set(string)
}

variable "images_kept" {
  description = "Images that a repository keeps."
  type        = number
  default     = 100

  validation {
    condition     = var.images_kept >= 2
    error_message = "images_kept must be at least 2: the one that runs and the one before it."
  }
}

variable "kms_key_arn" {
  description = "Key that images are encrypted with."
  type        = string
}
