# What the daemons' logs say (docs/LOGS.md): a filter counts the lines, an alarm looks at the count. `*` stands for what a line fills in, at either end
# of a text: CloudWatch knows it nowhere else.

locals {
  # At most so many lines in so many minutes; `also` has what one service alone says; runbook is the part of docs/OPERATIONS.md.
  logged = {
    GluestreamRestarting = {
      services = ["producer", "consumer"], messages = ["starting"], most = var.thresholds.starts, minutes = 15, runbook = "a-daemon-is-away"
    }
    GluestreamKafkaUnreachable = {
      services = ["producer", "consumer"], messages = ["kafka: *"], kind = "all_brokers_down", most = 0, minutes = 5, runbook = "kafka-is-away"
    }
    GluestreamKafkaRefuses = {
      services = ["producer", "consumer"], messages = ["kafka: *"], kind = "auth", most = 0, minutes = 5, runbook = "credentials-and-tokens"
    }
    GluestreamTokenRefreshFails = {
      services = ["producer", "consumer"]
      messages = ["no token for kafka", "the AWS credentials for kafka could not be read", "librdkafka takes no token"]
      most     = 2, minutes = 5, runbook = "credentials-and-tokens"
    }
    GluestreamDeliveryFailures = {
      services = ["producer"]
      messages = ["a record was refused by the broker: *", "not acknowledged within the drain's time; given up"]
      most     = 0, minutes = 5, runbook = "deliveries-that-fail"
    }
    GluestreamRecordsRejected = {
      services = ["producer"], messages = ["line *", "record rejected: *"], most = 0, minutes = 10, runbook = "rejected-records"
    }
    GluestreamSinkFails = {
      services = ["consumer"], messages = ["the sink does not take records, trying again; offsets stay where they are"], most = 0, minutes = 5, runbook = "the-sink-fails"
    }
    GluestreamDeadLetters = {
      services = ["consumer"], messages = ["record dead-lettered: *", "record skipped: *"], most = 0, minutes = 10, runbook = "dead-letters"
    }
    GluestreamDeadLettersFail = {
      services = ["consumer"], messages = ["the dead letter of *"], most = 0, minutes = 5, runbook = "dead-letters"
    }
    GluestreamRebalanceStorm = {
      services = ["consumer"], messages = ["partitions assigned", "partitions revoked"], most = var.thresholds.rebalances, minutes = 10, runbook = "rebalances"
    }
    GluestreamPartitionsLost = {
      services = ["consumer"], messages = ["partitions lost: what was not committed will be read again"], most = 0, minutes = 10, runbook = "rebalances"
    }
    GluestreamRegistryOutage = {
      services = ["producer", "consumer"], messages = ["the schema registry does not answer as it should, trying again"], most = 2, minutes = 5, runbook = "the-registry"
    }
    GluestreamRegistryDenies = {
      services = ["producer", "consumer"]
      messages = ["the schema registry refuses us, asking again in *"]
      also     = { consumer = ["the schema registry refuses; its partition waits"] }
      most     = 0, minutes = 5, runbook = "the-registry"
    }
    GluestreamSchemaKeptPrevious = {
      services = ["producer"], messages = ["*: going on with an older version"], most = 0, minutes = 5, runbook = "schemas"
    }
    GluestreamSchemaUnusable = {
      services = ["producer"], messages = ["the newest version cannot be written with: going on with the old one"], most = 0, minutes = 15, runbook = "schemas"
    }
    GluestreamSchemasStale = {
      services = ["consumer"], messages = ["a schema version in use is not confirmed any more; records are decoded with it all the same"], most = 0, minutes = 15, runbook = "schemas"
    }
    # A process that ended badly says why: the schema was refused, access was denied, a bug. Its exit code is in the line.
    GluestreamFailed = {
      services = ["producer", "consumer"], messages = ["failed", "panicked: this is a bug"], most = 0, minutes = 5, runbook = "exit-codes"
    }
    # Of the task that goes, so it says nothing against the one that comes.
    GluestreamDrainIncomplete = {
      services = ["producer", "consumer"], messages = ["the drain did not finish; giving up the rest"], most = 0, minutes = 5, runbook = "exit-codes"
    }
  }

  filters = merge([
    for alarm, line in local.logged : {
      for service in line.services : "${alarm}-${service}" => merge(line, {
        alarm = alarm, service = service, messages = concat(line.messages, lookup(lookup(line, "also", {}), service, []))
      })
    }
  ]...)

  # A line of JSON with one of these words under `message`.
  patterns = {
    for key, line in local.filters : key => format("{ (%s)%s }",
      join(" || ", [for message in line.messages : "$.message = ${jsonencode(message)}"]),
      lookup(line, "kind", null) == null ? "" : " && $.kind = ${jsonencode(lookup(line, "kind", ""))}",
    )
  }
}

resource "aws_cloudwatch_log_metric_filter" "this" {
  for_each = local.filters

  name           = "${var.name}-${each.key}"
  log_group_name = var.services[each.value.service].log_group_name
  pattern        = local.patterns[each.key]

  metric_transformation {
    namespace     = "Gluestream/${var.name}"
    name          = each.key
    value         = "1"
    default_value = "0"
    unit          = "Count"
  }
}

# They tell when something is said, and not when it is over: a failure that lasts is said more and more seldom.
resource "aws_cloudwatch_metric_alarm" "logged" {
  for_each = local.filters

  alarm_name          = "${var.name}-${each.key}"
  alarm_description   = "The log of ${each.value.service} says it: docs/OPERATIONS.md#${each.value.runbook}"
  namespace           = "Gluestream/${var.name}"
  metric_name         = each.key
  statistic           = "Sum"
  period              = each.value.minutes * 60
  evaluation_periods  = 1
  comparison_operator = "GreaterThanThreshold"
  threshold           = each.value.most
  treat_missing_data  = "notBreaching"
  alarm_actions       = local.actions

  depends_on = [aws_cloudwatch_log_metric_filter.this]
}
