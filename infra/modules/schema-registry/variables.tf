variable "registry_name" {
  description = "Name of the registry."
  type        = string

  validation {
    condition     = can(regex("^[a-zA-Z0-9-_$#.]{1,255}$", var.registry_name))
    error_message = "registry_name must be 1 to 255 letters, digits and - _ $ # ."
  }
}

variable "description" {
  description = "What the registry is for."
  type        = string
}

variable "schemas" {
  description = "Schemas by name: format, rule of compatibility, text of the definition."
  type = map(object({
    format        = optional(string, "AVRO")
    compatibility = optional(string, "BACKWARD")
    description   = optional(string)
    definition    = string
  }))

  validation {
    condition     = alltrue([for schema in var.schemas : contains(["AVRO", "JSON", "PROTOBUF"], schema.format)])
    error_message = "The format of a schema must be AVRO, JSON or PROTOBUF."
  }

  validation {
    condition = alltrue([for schema in var.schemas : contains(
    ["NONE", "DISABLED", "BACKWARD", "BACKWARD_ALL", "FORWARD", "FORWARD_ALL", "FULL", "FULL_ALL"], schema.compatibility)])
    error_message = "The compatibility of a schema must be NONE, DISABLED, BACKWARD, BACKWARD_ALL, FORWARD, FORWARD_ALL, FULL or FULL_ALL."
  }

  validation {
    condition     = alltrue([for schema in var.schemas : length(schema.definition) <= 170000])
    error_message = "A definition must have at most 170,000 characters."
  }
}
