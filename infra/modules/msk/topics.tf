# Topics and, beside each, the one of its dead letters. They have what `producer topics ensure` would give them, so `--check` finds no difference.

locals {
  # Room for a record of the topic with the headers of a dead letter.
  dead_letter_headroom = 65536
  default_max_bytes    = 1048588
  topics               = { for name, topic in var.topics : name => { partitions = topic.partitions, config = topic.config } }
  dead_letters = {
    for name, topic in var.topics : coalesce(topic.dead_letters.topic, "${name}-dead-letters") => {
      partitions = topic.partitions
      config = merge({
        "cleanup.policy"    = "delete"
        "max.message.bytes" = tostring(tonumber(lookup(topic.config, "max.message.bytes", local.default_max_bytes)) + local.dead_letter_headroom)
      }, topic.dead_letters.config)
    } if topic.dead_letters.enabled
  }
}

resource "aws_msk_topic" "this" {
  for_each = merge(local.topics, local.dead_letters)

  cluster_arn        = aws_msk_cluster.this.arn
  name               = each.key
  partition_count    = each.value.partitions
  replication_factor = 3
  configs            = length(each.value.config) == 0 ? null : jsonencode(each.value.config)

  lifecycle {
    # A topic that is replaced has lost its records.
    prevent_destroy = true
  }
}
