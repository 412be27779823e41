variable "name" {
  description = "What all of it is called."
  type        = string
  default     = "gluestream"

  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{1,13}$", var.name))
    error_message = "name must be 2 to 14 lower-case letters, digits and hyphens, the first of them a letter."
  }
}

variable "environment" {
  description = "Which of several, such as dev or prod; part of every name."
  type        = string

  validation {
    condition     = can(regex("^[a-z][a-z0-9]{1,7}$", var.environment))
    error_message = "environment must be 2 to 8 lower-case letters and digits, the first of them a letter."
  }
}

variable "region" {
  description = "AWS region, with three availability zones."
  type        = string

  validation {
    condition     = can(regex("^[a-z]{2}(-[a-z]+)+-[0-9]$", var.region))
    error_message = "region must be a region of AWS, such as eu-central-1."
  }
}

variable "tags" {
  description = "Tags of every resource, beside Project, Environment, ManagedBy and Stack."
  type        = map(string)
  default     = {}
}

variable "vpc_cidr" {
  description = "Addresses of the VPC, a /16."
  type        = string
  default     = "10.0.0.0/16"

  validation {
    condition     = can(cidrnetmask(var.vpc_cidr)) && endswith(var.vpc_cidr, "/16")
    error_message = "vpc_cidr must be an IPv4 range of size /16, such as 10.0.0.0/16."
  }
}

variable "egress" {
  description = "The way out of the private subnets: endpoints (AWS's services only) or nat (everywhere, from one public subnet with nothing else in it)."
  type        = string
  default     = "endpoints"

  validation {
    condition     = contains(["endpoints", "nat"], var.egress)
    error_message = "egress must be endpoints or nat."
  }
}

variable "endpoint_zone_count" {
  description = "Zones in which interface endpoints have an address: each costs. With one, its loss takes the registry and new tasks with it."
  type        = number
  default     = 3

  validation {
    condition     = var.endpoint_zone_count >= 1 && var.endpoint_zone_count <= 3
    error_message = "endpoint_zone_count must be 1, 2 or 3."
  }
}

variable "more_endpoints" {
  description = "Further services with an interface endpoint: sts where app assumes a role, aps-workspaces where something in the VPC asks Prometheus."
  type        = list(string)
  default     = []

  validation {
    condition     = alltrue([for service in var.more_endpoints : can(regex("^[a-z0-9.-]+$", service))])
    error_message = "more_endpoints must be names of services as endpoints have them, such as sts."
  }
}

variable "ops_access" {
  description = "Whether the VPC has what app's ops_access.port_forwarding needs (endpoints of SSM)."
  type        = bool
  default     = false
}

variable "kafka" {
  description = "The MSK cluster; what each is, and its default: modules/msk."
  type = object({
    version          = optional(string, "3.9.x.kraft")
    instance_type    = optional(string, "kafka.m7g.large")
    broker_count     = optional(number, 3)
    storage_gb       = optional(object({ initial = number, maximum = number }), { initial = 100, maximum = 1000 })
    monitoring_level = optional(string, "PER_TOPIC_PER_BROKER")
    open_monitoring  = optional(bool, false)
    logs_to_s3       = optional(bool, false)
  })
  default = {}
}

variable "topics" {
  description = "Topics by name, each with the topic of its dead letters. Settings have Kafka's own names."
  type = map(object({
    partitions = number
    config     = optional(map(string), {})
    dead_letters = optional(object({
      enabled = optional(bool, true)
      topic   = optional(string)
      config  = optional(map(string), {})
    }), {})
  }))
  default = {
    orders = { partitions = 6, dead_letters = { config = { "retention.ms" = "2592000000" } } }
  }
}

variable "registry_name" {
  description = "Name of the Glue schema registry."
  type        = string
  default     = "customer"
}

variable "schemas" {
  description = "Schemas by name; file is one of schemas/."
  type = map(object({
    file          = string
    format        = optional(string, "AVRO")
    compatibility = optional(string, "BACKWARD")
    description   = optional(string)
  }))
  default = {
    orders-value = { file = "order.avsc", description = "Values of the topic orders" }
  }

  validation {
    condition     = alltrue([for schema in var.schemas : fileexists("${path.root}/../../schemas/${schema.file}")])
    error_message = "The file of a schema must be one of schemas/."
  }
}

variable "container_insights" {
  description = "What of tasks CloudWatch sees: disabled, enabled, or enhanced (alarms on memory and running tasks need one of the latter; they cost)."
  type        = string
  default     = "enhanced"

  validation {
    condition     = contains(["disabled", "enabled", "enhanced"], var.container_insights)
    error_message = "container_insights must be disabled, enabled or enhanced."
  }
}

variable "log_retention_days" {
  description = "Days for which logs are kept, here and in app."
  type        = number
  default     = 30

  validation {
    condition     = contains([1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653], var.log_retention_days)
    error_message = "log_retention_days must be one of CloudWatch's: 1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653."
  }
}

variable "alarm_email" {
  description = "Address that alarms are mailed to, or null. It has to be confirmed from the mailbox once."
  type        = string
  default     = null

  validation {
    condition     = var.alarm_email == null || can(regex("^[^@ ]+@[^@ ]+$", var.alarm_email))
    error_message = "alarm_email must be an address."
  }
}
