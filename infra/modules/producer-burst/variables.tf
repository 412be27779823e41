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

variable "image_tag" {
  description = "Tag of the image."
  type        = string
}

variable "settings" {
  description = "Configuration by the keys of docs/CONFIGURATION.md. No secrets: they can be read in the task definition."
  type        = map(string)
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

variable "stop_timeout" {
  description = "Seconds between SIGTERM and SIGKILL; has to be longer than shutdown.grace."
  type        = number
  default     = 60

  validation {
    condition     = var.stop_timeout <= 120
    error_message = "stop_timeout must be at most 120, which is Fargate's most."
  }
}

variable "schedule" {
  description = "When, as EventBridge Scheduler writes it."
  type        = string
  default     = "rate(1 minute)"

  validation {
    condition     = can(regex("^(rate|cron|at)\\(.+\\)$", var.schedule))
    error_message = "schedule must be rate(…), cron(…) or at(…)."
  }
}

variable "task_count" {
  description = "Tasks of a burst."
  type        = number
  default     = 5

  validation {
    condition     = var.task_count >= 1 && var.task_count <= 10
    error_message = "task_count must be 1 to 10, which is the scheduler's most."
  }
}

variable "max_run" {
  description = "How long each task produces, with a unit, as source.max_run."
  type        = string
  default     = "60s"

  validation {
    condition     = can(regex("^[0-9]+(ms|s|m|h)$", var.max_run))
    error_message = "max_run must be a number with a unit, such as 60s."
  }
}
