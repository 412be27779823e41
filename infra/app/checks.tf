# What can be known to be wrong before anything is made.

resource "terraform_data" "checks" {
  lifecycle {
    precondition {
      condition     = contains(keys(local.platform.kafka.topics), var.topic)
      error_message = "platform has no topic ${var.topic}; it has: ${join(", ", keys(local.platform.kafka.topics))}."
    }

    precondition {
      condition     = var.registry_role != null || contains(keys(local.platform.registry.schema_arns), local.schema_name)
      error_message = "platform has no schema ${local.schema_name}; it has: ${join(", ", keys(local.platform.registry.schema_arns))}."
    }

    precondition {
      condition     = var.sink.topic == null || contains(keys(local.platform.kafka.topics), coalesce(var.sink.topic, "none"))
      error_message = "platform has no topic ${coalesce(var.sink.topic, "none")} for the sink kafka; it has: ${join(", ", keys(local.platform.kafka.topics))}."
    }

    precondition {
      condition     = var.registry_role != null || local.target_schema_name == null || contains(keys(local.platform.registry.schema_arns), coalesce(local.target_schema_name, "none"))
      error_message = "platform has no schema ${coalesce(local.target_schema_name, "none")} for the sink kafka; it has: ${join(", ", keys(local.platform.registry.schema_arns))}."
    }

    precondition {
      condition     = local.platform.region == var.region && local.platform.environment == var.environment && local.platform.name == var.name
      error_message = "platform is ${local.platform.name} ${local.platform.environment} in ${local.platform.region}, this is ${var.name} ${var.environment} in ${var.region}."
    }

    precondition {
      condition     = (var.registry_role == null && var.kafka_role == null) || local.platform.network.egress == "nat" || contains(local.platform.network.endpoints, "sts")
      error_message = "A role is assumed through STS, which cannot be reached: apply platform with more_endpoints = [\"sts\"] first."
    }

    precondition {
      condition     = local.common_settings["registry.region"] == local.platform.region || local.platform.network.egress == "nat"
      error_message = "The endpoint for Glue is one of ${local.platform.region}: a registry of ${local.common_settings["registry.region"]} needs egress = \"nat\" in platform."
    }

    precondition {
      condition     = var.sink.kind != "http" || local.platform.network.egress == "nat"
      error_message = "A webhook is outside of the VPC, where tasks cannot reach it: sink.kind = \"http\" needs egress = \"nat\" in platform."
    }

    precondition {
      condition     = alltrue([for settings in [var.producer.settings, var.consumer.settings] : contains(["info", "debug", "trace"], lookup(settings, "log.level", "info"))])
      error_message = "log.level must be info, debug or trace: alarms look at lines of level info."
    }

    precondition {
      condition     = length(setintersection(local.decided, concat(keys(var.producer.settings), keys(var.consumer.settings)))) == 0
      error_message = "Settings that Terraform decides on, or that have a variable of their own: ${join(", ", setintersection(local.decided, concat(keys(var.producer.settings), keys(var.consumer.settings))))}."
    }

    precondition {
      condition     = alltrue([for key in keys(var.consumer.settings) : !startswith(key, "sinks.") && !startswith(key, "route.")])
      error_message = "A service has one sink, whose rights it gets: part records by consumer.settings[\"transform.where\"] among services with a group each."
    }

    precondition {
      condition     = local.dead_letters != null || !contains([local.producer_settings["dead_letter.policy"], local.consumer_settings["dead_letter.policy"]], "topic")
      error_message = "platform has no dead letters for ${var.topic}: dead_letter.policy must be stop or log."
    }

    precondition {
      condition     = local.topic.dead_letters != null || !var.ops_access.tasks
      error_message = "The topic has no dead letters, so there is nothing to replay: ops_access.tasks needs them."
    }

    precondition {
      condition     = var.consumer.maximum <= local.topic.partitions
      error_message = "A topic of ${local.topic.partitions} partitions has no work for ${var.consumer.maximum} consumers: lower consumer.maximum, or add partitions."
    }

    precondition {
      condition     = !var.ops_access.port_forwarding || local.platform.network.egress == "nat" || contains(local.platform.network.endpoints, "ssmmessages")
      error_message = "The machine that forwards ports cannot reach SSM: apply platform with ops_access = true first."
    }
  }
}
