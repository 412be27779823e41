variable "name" {
  description = "What all of it is called; as in platform."
  type        = string
  default     = "gluestream"

  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{1,13}$", var.name))
    error_message = "name must be 2 to 14 lower-case letters, digits and hyphens, the first of them a letter."
  }
}

variable "environment" {
  description = "Which of several; as in platform."
  type        = string

  validation {
    condition     = can(regex("^[a-z][a-z0-9]{1,7}$", var.environment))
    error_message = "environment must be 2 to 8 lower-case letters and digits, the first of them a letter."
  }
}

variable "region" {
  description = "AWS region; as in platform."
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

variable "platform" {
  description = "What to build on, as modules/contract says; read from the parameter that platform publishes when null."
  type        = any
  default     = null
}

variable "image_tag" {
  description = "Tag of the images, such as a commit. No default: a release is somebody's decision."
  type        = string

  validation {
    condition     = can(regex("^[A-Za-z0-9_][A-Za-z0-9._-]{0,127}$", var.image_tag)) && lower(var.image_tag) != "latest"
    error_message = "image_tag must name one image for good, such as a commit; latest does not."
  }
}

variable "cpu_architecture" {
  description = "X86_64 or ARM64, which costs a fifth less; images have to be built for it, and ours are tested on X86_64 only."
  type        = string
  default     = "X86_64"

  validation {
    condition     = contains(["X86_64", "ARM64"], var.cpu_architecture)
    error_message = "cpu_architecture must be X86_64 or ARM64."
  }
}

variable "topic" {
  description = "Topic that the producer writes and the consumer reads; one of platform's."
  type        = string
  default     = "orders"

  validation {
    condition     = can(regex("^[a-zA-Z0-9._-]{1,249}$", var.topic))
    error_message = "topic must be 1 to 249 letters, digits and . _ -"
  }
}

variable "schema_name" {
  description = "Schema of the topic's values; <topic>-value when null."
  type        = string
  default     = null

  validation {
    condition     = var.schema_name == null || can(regex("^[a-zA-Z0-9-_$#.]{1,255}$", var.schema_name))
    error_message = "schema_name must be 1 to 255 letters, digits and - _ $ # ."
  }
}

variable "group_id" {
  description = "The consumers' group."
  type        = string
  default     = "orders-group-01"

  validation {
    condition     = can(regex("^[!-9;-~]+$", var.group_id))
    error_message = "MSK gives no lag for a group whose name has a colon, a space or characters beyond ASCII."
  }
}

variable "producer" {
  description = "The producer: tasks, size, records a second of each task, further settings by the keys of docs/CONFIGURATION.md."
  type = object({
    desired_count = optional(number, 1)
    cpu           = optional(number, 256)
    memory        = optional(number, 512)
    rate          = optional(string, "100/s")
    settings      = optional(map(string), {})
  })
  default = {}

  validation {
    condition     = var.producer.desired_count >= 0 && var.producer.desired_count == floor(var.producer.desired_count)
    error_message = "producer.desired_count must be 0 or more."
  }

  validation {
    condition = contains(lookup({
      256  = [512, 1024, 2048]
      512  = range(1024, 4097, 1024)
      1024 = range(2048, 8193, 1024)
      2048 = range(4096, 16385, 1024)
      4096 = range(8192, 30721, 1024)
    }, tostring(var.producer.cpu), []), var.producer.memory)
    error_message = "producer.cpu and producer.memory must be a pair of Fargate's: 256 with 512, 1024 or 2048, 512 with 1024 to 4096, 1024 with 2048 to 8192, 2048 with 4096 to 16384, 4096 with 8192 to 30720."
  }

  validation {
    condition     = can(regex("^[0-9]+/(s|min|h)$", var.producer.rate))
    error_message = "producer.rate must be a number with a unit, such as 100/s."
  }
}

variable "consumer" {
  description = "The consumer: fewest and most tasks, size, lag at which there is one more and one fewer, further settings by the keys of docs/CONFIGURATION.md."
  type = object({
    minimum     = optional(number, 1)
    maximum     = optional(number, 3)
    cpu         = optional(number, 256)
    memory      = optional(number, 512)
    lag_records = optional(object({ up = number, down = number }), { up = 10000, down = 1000 })
    settings    = optional(map(string), {})
  })
  default = {}

  validation {
    condition = contains(lookup({
      256  = [512, 1024, 2048]
      512  = range(1024, 4097, 1024)
      1024 = range(2048, 8193, 1024)
      2048 = range(4096, 16385, 1024)
      4096 = range(8192, 30721, 1024)
    }, tostring(var.consumer.cpu), []), var.consumer.memory)
    error_message = "consumer.cpu and consumer.memory must be a pair of Fargate's: 256 with 512, 1024 or 2048, 512 with 1024 to 4096, 1024 with 2048 to 8192, 2048 with 4096 to 16384, 4096 with 8192 to 30720."
  }

  validation {
    condition     = var.consumer.minimum >= 1 && var.consumer.maximum >= var.consumer.minimum && floor(var.consumer.minimum) == var.consumer.minimum && floor(var.consumer.maximum) == var.consumer.maximum
    error_message = "consumer.minimum and consumer.maximum must be whole numbers, 1 <= minimum <= maximum."
  }
}

variable "sink" {
  description = "Where the consumer's values go. No default: it is what the service is for. object_store takes the url of a bucket of this account and region, the ARN of the KMS key that the bucket encrypts with if it is not S3's own, and what consumer.settings say of sink.format, sink.file_time and the like. kafka takes another topic of platform, and the schema of its values, which is <topic>-value when null; the newest version of it is written with. http takes the URL of a webhook, ARNs of the secrets (of Secrets Manager or of SSM) that are its token and the key that requests are signed with, and the ARN of the KMS key of those secrets if it is not AWS's own."
  type = object({
    kind                   = string
    url                    = optional(string)
    http_url               = optional(string)
    http_token_secret_arn  = optional(string)
    http_secret_secret_arn = optional(string)
    kms_key_arn            = optional(string)
    topic                  = optional(string)
    schema_name            = optional(string)
  })

  validation {
    condition     = contains(["stdout", "object_store", "kafka", "http"], var.sink.kind)
    error_message = "sink.kind must be stdout, object_store, kafka or http: a file would go with its task."
  }

  validation {
    condition     = (var.sink.kind == "kafka") == (var.sink.topic != null)
    error_message = "sink.topic is the topic of kafka, which needs it, and of nothing else."
  }

  validation {
    condition     = var.sink.topic == null || (can(regex("^[a-zA-Z0-9._-]{1,249}$", var.sink.topic)) && var.sink.topic != var.topic)
    error_message = "sink.topic must be 1 to 249 letters, digits and . _ - and another topic than the one that is read."
  }

  validation {
    condition     = var.sink.schema_name == null || (var.sink.kind == "kafka" && can(regex("^[a-zA-Z0-9-_$#.]{1,255}$", var.sink.schema_name)))
    error_message = "sink.schema_name must be 1 to 255 letters, digits and - _ $ # ., and is of use to kafka alone."
  }

  validation {
    condition     = (var.sink.kind == "object_store") == (var.sink.url != null)
    error_message = "sink.url is the place of object_store, which needs it, and of nothing else."
  }

  validation {
    condition     = var.sink.url == null || can(regex("^s3://[a-z0-9][a-z0-9.-]{1,61}[a-z0-9](/[A-Za-z0-9._=-]+)*$", var.sink.url))
    error_message = "sink.url must be s3://BUCKET or s3://BUCKET/PREFIX, of letters, digits and . _ = - between slashes: a folder would go with its task."
  }

  validation {
    condition     = var.sink.kms_key_arn == null || (contains(["object_store", "http"], var.sink.kind) && can(regex("^arn:[^:]+:kms:[^:]+:[0-9]{12}:key/", var.sink.kms_key_arn)))
    error_message = "sink.kms_key_arn must be the ARN of a key, and is of use to object_store and http alone."
  }

  validation {
    condition     = (var.sink.kind == "http") == (var.sink.http_url != null)
    error_message = "sink.http_url is the place of http, which needs it, and of nothing else."
  }

  validation {
    condition     = var.sink.http_url == null || can(regex("^https://[a-z0-9]([a-z0-9.-]*[a-z0-9])?(:443)?(/[A-Za-z0-9._~%/=-]*)?$", var.sink.http_url))
    error_message = "sink.http_url must be https://HOST/PATH on port 443, which is what tasks reach, and have no query: whoever sees the task definition reads it."
  }

  validation {
    condition = alltrue([for arn in [var.sink.http_token_secret_arn, var.sink.http_secret_secret_arn] :
      arn == null || (var.sink.kind == "http" && can(regex("^arn:[^:]+:(secretsmanager:[^:]+:[0-9]{12}:secret:[^:]+(:[^:]*:[^:]*:[^:]*)?|ssm:[^:]+:[0-9]{12}:parameter/[^:]+)$", arn)))
    ])
    error_message = "sink.http_token_secret_arn and sink.http_secret_secret_arn must be ARNs of secrets of Secrets Manager or of parameters of SSM, and are of use to http alone."
  }

  validation {
    condition     = var.sink.kind != "http" || var.sink.kms_key_arn == null || var.sink.http_token_secret_arn != null || var.sink.http_secret_secret_arn != null || var.mask_key_secret_arn != null
    error_message = "sink.kms_key_arn is that of secrets, and there is none: leave it away."
  }
}

variable "mask_key_secret_arn" {
  description = "ARN of the secret (of Secrets Manager or of SSM) that fields of consumer.settings[\"transform.mask\"] are masked with. Its KMS key is AWS's own, or sink.kms_key_arn under the sink http."
  type        = string
  default     = null

  validation {
    condition     = var.mask_key_secret_arn == null || can(regex("^arn:[^:]+:(secretsmanager:[^:]+:[0-9]{12}:secret:[^:]+(:[^:]*:[^:]*:[^:]*)?|ssm:[^:]+:[0-9]{12}:parameter/[^:]+)$", var.mask_key_secret_arn))
    error_message = "mask_key_secret_arn must be the ARN of a secret of Secrets Manager or of a parameter of SSM."
  }
}

variable "accept_payloads_in_logs" {
  description = "Whether the values of records may stand in CloudWatch, readable for whoever reads logs and at CloudWatch's price; needed by the sink stdout and by the operators' tail."
  type        = bool
  default     = false

  validation {
    condition     = var.accept_payloads_in_logs || var.sink.kind != "stdout"
    error_message = "The sink stdout puts every record into CloudWatch Logs: say accept_payloads_in_logs = true if that, and its price, is meant."
  }
}

variable "payload_retention_days" {
  description = "Days for which the log group with values of records is kept."
  type        = number
  default     = 7

  validation {
    condition     = contains([1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653], var.payload_retention_days)
    error_message = "payload_retention_days must be one of CloudWatch's: 1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365 and so on."
  }
}

variable "burst" {
  description = "Load in bursts, as the demo had it: so many tasks, for so long, on a schedule. Off unless enabled."
  type = object({
    enabled    = optional(bool, false)
    schedule   = optional(string, "rate(1 minute)")
    task_count = optional(number, 5)
    max_run    = optional(string, "60s")
  })
  default = {}
}

variable "registry_role" {
  description = "Where the schema registry is another account's: a role of it that may be assumed, its external id, and the registry's ARN there."
  type = object({
    role_arn     = string
    external_id  = optional(string)
    registry_arn = string
    region       = optional(string)
  })
  default = null

  validation {
    condition     = var.registry_role == null || can(regex("^arn:[a-z-]+:iam::[0-9]{12}:role/.+$", var.registry_role.role_arn))
    error_message = "registry_role.role_arn must be the ARN of a role."
  }

  validation {
    condition     = var.registry_role == null || can(regex("^arn:[a-z-]+:glue:[a-z0-9-]+:[0-9]{12}:registry/.+$", var.registry_role.registry_arn))
    error_message = "registry_role.registry_arn must be the ARN of a schema registry."
  }
}

variable "kafka_role" {
  description = "Where a role of the cluster's account is assumed to sign tokens for Kafka: its ARN and external id."
  type = object({
    role_arn    = string
    external_id = optional(string)
  })
  default = null

  validation {
    condition     = var.kafka_role == null || can(regex("^arn:[a-z-]+:iam::[0-9]{12}:role/.+$", var.kafka_role.role_arn))
    error_message = "kafka_role.role_arn must be the ARN of a role."
  }
}

variable "metrics" {
  description = "Whether AWS scrapes the daemons' metrics into a workspace of Prometheus, with the alarms of observe/rules."
  type        = bool
  default     = false
}

variable "alarm_thresholds" {
  description = "Numbers of alarms; what each is, and its default: modules/alarms."
  type = object({
    lag_records = optional(number, 10000)
    lag_seconds = optional(number, 60)
    starts      = optional(number, 10)
    rebalances  = optional(number, 60)
  })
  default = {}

  validation {
    condition     = alltrue([for threshold in values(var.alarm_thresholds) : threshold >= 0])
    error_message = "alarm_thresholds must not be negative."
  }
}

variable "ops_access" {
  description = "What an operator has in the VPC: tasks that run once (topics, schemas, replay; tail where accept_payloads_in_logs says so), and a machine that forwards ports. Off."
  type = object({
    tasks           = optional(bool, false)
    port_forwarding = optional(bool, false)
  })
  default = {}
}
