variable "name" {
  description = "Prefix of every name, such as gluestream-dev."
  type        = string
}

variable "partition" {
  description = "AWS partition, such as aws."
  type        = string
}

variable "account_id" {
  description = "AWS account."
  type        = string
}

variable "region" {
  description = "AWS region."
  type        = string
}

variable "cidr" {
  description = "Addresses of the VPC, a /16."
  type        = string

  validation {
    condition     = can(cidrnetmask(var.cidr)) && endswith(var.cidr, "/16")
    error_message = "cidr must be an IPv4 range of size /16, such as 10.0.0.0/16."
  }
}

variable "egress" {
  description = "The way out: endpoints (AWS's services only) or nat (everywhere)."
  type        = string
  default     = "endpoints"

  validation {
    condition     = contains(["endpoints", "nat"], var.egress)
    error_message = "egress must be endpoints or nat."
  }
}

variable "endpoint_zone_count" {
  description = "Zones in which interface endpoints have an address; fewer cost less and end with their zone."
  type        = number
  default     = 3

  validation {
    condition     = var.endpoint_zone_count >= 1
    error_message = "endpoint_zone_count must be at least 1."
  }
}

variable "more_endpoints" {
  description = "Further services with an interface endpoint, such as sts or ssmmessages."
  type        = list(string)
  default     = []
}

variable "log_retention_days" {
  description = "Days for which flow logs are kept."
  type        = number
}

variable "kms_key_arn" {
  description = "Key that logs are encrypted with."
  type        = string
}
