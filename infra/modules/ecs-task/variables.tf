variable "platform" {
  description = "What modules/contract says."
  type        = any
}

variable "account_id" {
  description = "AWS account."
  type        = string
}

variable "partition" {
  description = "AWS partition, such as aws."
  type        = string
}

variable "name" {
  description = "What the task is called, such as producer."
  type        = string
}

variable "image" {
  description = "Image, which is also the binary's name: producer or consumer."
  type        = string
}

variable "image_tag" {
  description = "Tag of the image."
  type        = string
}

variable "command" {
  description = "Arguments of the binary; null is its own default, run."
  type        = list(string)
  default     = null
}

variable "settings" {
  description = "Configuration by the keys of docs/CONFIGURATION.md. No secrets: they can be read in the task definition."
  type        = map(string)
}

variable "secrets" {
  description = "ARNs of secrets of Secrets Manager or of parameters of SSM by the keys of docs/CONFIGURATION.md that they are values of, and the KMS key of them if it is not AWS's own. Fargate reads them when a task starts."
  type = object({
    arns        = optional(map(string), {})
    kms_key_arn = optional(string)
  })
  default = {}
}

variable "statements" {
  description = "Statements of the task role's policy."
  type        = any
}

variable "cpu" {
  description = "Fargate's CPU units, 1024 for one CPU."
  type        = number
}

variable "memory" {
  description = "Memory in MiB."
  type        = number

  validation {
    # 512 is Fargate's smallest; a daemon with all limits at their defaults needs less than 128.
    condition     = var.memory >= 512
    error_message = "memory must be at least 512."
  }
}

variable "cpu_architecture" {
  description = "X86_64 or ARM64; images have to be built for it."
  type        = string
  default     = "X86_64"

  validation {
    condition     = contains(["X86_64", "ARM64"], var.cpu_architecture)
    error_message = "cpu_architecture must be X86_64 or ARM64."
  }
}

variable "admin_port" {
  description = "Port of /live, /ready and /metrics, or null for a task that ends by itself and has none."
  type        = number
  default     = 9464
}

variable "stop_timeout" {
  description = "Seconds between SIGTERM and SIGKILL; has to be longer than shutdown.grace."
  type        = number
  default     = 60

  validation {
    condition     = var.stop_timeout <= 120
    error_message = "stop_timeout must be at most 120, which is Fargate's most."
  }
}

variable "log_group" {
  description = "Last part of the log group's name; the task's name when null."
  type        = string
  default     = null
}

variable "log_retention_days" {
  description = "Days for which the log is kept; the platform's when null."
  type        = number
  default     = null
}

variable "log_mode" {
  description = "What happens when CloudWatch is slow: non-blocking loses lines of the log, blocking has the daemon wait. Where values of records are written to the log, only blocking loses none."
  type        = string
  default     = "non-blocking"

  validation {
    condition     = contains(["non-blocking", "blocking"], var.log_mode)
    error_message = "log_mode must be non-blocking or blocking."
  }
}
