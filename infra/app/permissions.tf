# What each task may do: what `producer permissions` and `consumer permissions` say for these settings, and nothing more. A test compares the two.

locals {
  # Names in ARNs of MSK stand behind the cluster's: topic/CLUSTER/UUID/NAME.
  topic_arn_prefix = replace(local.platform.kafka.cluster_arn, ":cluster/", ":topic/")
  group_arn_prefix = replace(local.platform.kafka.cluster_arn, ":cluster/", ":group/")
  topic_arn        = "${local.topic_arn_prefix}/${var.topic}"
  dead_letter_arns = local.dead_letters == null ? [] : ["${local.topic_arn_prefix}/${local.dead_letters.topic}"]
  registry_arn     = local.platform.registry.arn
  schema_arn       = "${replace(local.registry_arn, ":registry/", ":schema/")}/${local.schema_name}"
  schema_arns      = [local.registry_arn, local.schema_arn]

  # Whoever assumes a role has its rights in place of these.
  own_kafka       = var.kafka_role == null
  own_registry    = var.registry_role == null
  assume_kafka    = [for role in var.kafka_role[*] : { Sid = "AssumeKafka", Effect = "Allow", Action = ["sts:AssumeRole"], Resource = [role.role_arn] }]
  assume_registry = [for role in var.registry_role[*] : { Sid = "AssumeRegistry", Effect = "Allow", Action = ["sts:AssumeRole"], Resource = [role.role_arn] }]

  # Of dead letters the policy alone makes use.
  producers_letters = local.producer_settings["dead_letter.policy"] == "topic" ? local.dead_letter_arns : []
  consumers_letters = local.consumer_settings["dead_letter.policy"] == "topic" ? local.dead_letter_arns : []

  kafka_connect = { Sid = "Connect", Effect = "Allow", Action = ["kafka-cluster:Connect"], Resource = [local.platform.kafka.cluster_arn] }
  kafka_write = [
    local.kafka_connect,
    { Sid = "Idempotence", Effect = "Allow", Action = ["kafka-cluster:WriteDataIdempotently"], Resource = [local.platform.kafka.cluster_arn] },
  ]

  # A version is asked for by its id alone, which no ARN can name.
  glue_by_id = { Sid = "VersionsById", Effect = "Allow", Action = ["glue:GetSchemaVersion"], Resource = ["*"] }
  glue_find  = ["glue:GetSchema", "glue:GetSchemaByDefinition", "glue:ListSchemaVersions"]
  # To find a version or add it, with what the settings of adding ask for.
  glue_register = [
    {
      Sid    = "Schema"
      Effect = "Allow"
      Action = concat(
        ["glue:CreateSchema", "glue:RegisterSchemaVersion"], local.glue_find,
        lookup(local.producer_settings, "registry.clean_failed", "false") == "true" ? ["glue:DeleteSchemaVersions"] : [],
      )
      Resource = local.schema_arns
    },
    {
      Sid      = "Registry"
      Effect   = "Allow"
      Action   = local.producer_settings["registry.create"] == "true" ? ["glue:CreateRegistry"] : []
      Resource = [local.registry_arn]
    },
    {
      Sid      = "Tags"
      Effect   = "Allow"
      Action   = anytrue([for key in keys(local.producer_settings) : startswith(key, "registry.tags.")]) ? ["glue:TagResource"] : []
      Resource = [local.schema_arn]
    },
    {
      # This goes by the version's id as well.
      Sid      = "Metadata"
      Effect   = "Allow"
      Action   = anytrue([for key in keys(local.producer_settings) : startswith(key, "registry.metadata.")]) ? ["glue:PutSchemaVersionMetadata"] : []
      Resource = ["*"]
    },
  ]
  producers_schema = {
    lookup   = [{ Sid = "Schema", Effect = "Allow", Action = local.glue_find, Resource = local.schema_arns }]
    register = local.glue_register
    latest   = []
    version  = []
    id       = []
  }[local.producer_settings["registry.resolution"]]
  # Which the consumer asks for by the schema's name.
  lists_versions = strcontains(lookup(local.consumer_settings, "registry.prewarm", ""), "latest")

  # s3://BUCKET/PREFIX: files of the topic below it, and with a key of the account's own what S3 asks of that.
  sink_parts  = var.sink.url == null ? [] : split("/", trimprefix(var.sink.url, "s3://"))
  sink_bucket = [for bucket in slice(local.sink_parts, 0, min(1, length(local.sink_parts))) : "arn:${local.partition}:s3:::${bucket}"]
  sink_files  = [for bucket in local.sink_bucket : join("/", concat([bucket], slice(local.sink_parts, 1, length(local.sink_parts)), [var.topic, "*"]))]
  sink_statements = [for statement in [
    { Sid = "Bucket", Effect = "Allow", Action = ["s3:ListBucket"], Resource = local.sink_bucket },
    { Sid = "Files", Effect = "Allow", Action = ["s3:DeleteObject", "s3:PutObject"], Resource = local.sink_files },
    { Sid = "Key", Effect = "Allow", Action = ["kms:GenerateDataKey"], Resource = var.sink.kind == "object_store" ? var.sink.kms_key_arn[*] : [] },
  ] : statement if length(statement.Resource) > 0]

  producer_statements = concat(
    [for statement in concat(local.kafka_write, [
      { Sid = "Write", Effect = "Allow", Action = ["kafka-cluster:DescribeTopic", "kafka-cluster:WriteData"], Resource = [local.topic_arn] },
    ]) : statement if local.own_kafka],
    [for statement in concat(local.producers_schema, [local.glue_by_id]) : statement if local.own_registry && length(statement.Action) > 0],
    local.assume_kafka,
    local.assume_registry,
  )

  # The topic of the sink kafka; its schema is asked for as those of records are.
  sink_topics = [for topic in var.sink.topic[*] : "${local.topic_arn_prefix}/${topic}"]

  consumer_statements = concat(
    [for statement in concat(length(local.consumers_letters) + length(local.sink_topics) == 0 ? [local.kafka_connect] : local.kafka_write, [
      { Sid = "Read", Effect = "Allow", Action = ["kafka-cluster:DescribeTopic", "kafka-cluster:ReadData"], Resource = [local.topic_arn] },
      { Sid = "Group", Effect = "Allow", Action = ["kafka-cluster:AlterGroup", "kafka-cluster:DescribeGroup"], Resource = ["${local.group_arn_prefix}/${var.group_id}"] },
      {
        # It looks whether their topic is compacted.
        Sid      = "DeadLetters"
        Effect   = "Allow"
        Action   = ["kafka-cluster:DescribeTopic", "kafka-cluster:DescribeTopicDynamicConfiguration", "kafka-cluster:WriteData"]
        Resource = local.consumers_letters
      },
      { Sid = "Target", Effect = "Allow", Action = ["kafka-cluster:DescribeTopic", "kafka-cluster:WriteData"], Resource = local.sink_topics },
    ]) : statement if local.own_kafka && length(statement.Resource) > 0],
    [for statement in [
      local.glue_by_id,
      { Sid = "Schema", Effect = "Allow", Action = local.lists_versions ? ["glue:ListSchemaVersions"] : [], Resource = local.schema_arns },
    ] : statement if local.own_registry && length(statement.Action) > 0],
    local.sink_statements,
    local.assume_kafka,
    local.assume_registry,
  )

  # topics ensure, with --check and --add-partitions, and schema list, show, check and register.
  ops_producer_statements = concat(
    [for statement in [
      local.kafka_connect,
      {
        Sid    = "Topics"
        Effect = "Allow"
        Action = [
          "kafka-cluster:AlterTopic", "kafka-cluster:CreateTopic", "kafka-cluster:DescribeTopic",
          "kafka-cluster:DescribeTopicDynamicConfiguration",
        ]
        Resource = concat([local.topic_arn], local.producers_letters)
      },
    ] : statement if local.own_kafka],
    [for statement in concat(local.glue_register, [
      { Sid = "Schemas", Effect = "Allow", Action = ["glue:ListSchemas"], Resource = [local.registry_arn] },
      local.glue_by_id,
    ]) : statement if local.own_registry && length(statement.Action) > 0],
    local.assume_kafka,
    local.assume_registry,
  )

  # replay: reads dead letters in a group of its own, writes the topic, and has nothing to ask the registry.
  ops_consumer_statements = concat(
    [for statement in concat(local.kafka_write, [
      { Sid = "Letters", Effect = "Allow", Action = ["kafka-cluster:DescribeTopic", "kafka-cluster:ReadData"], Resource = local.dead_letter_arns },
      { Sid = "Group", Effect = "Allow", Action = ["kafka-cluster:AlterGroup", "kafka-cluster:DescribeGroup"], Resource = ["${local.group_arn_prefix}/${var.group_id}-replay"] },
      { Sid = "Write", Effect = "Allow", Action = ["kafka-cluster:DescribeTopic", "kafka-cluster:WriteData"], Resource = [local.topic_arn] },
    ]) : statement if local.own_kafka && length(statement.Resource) > 0],
    local.assume_kafka,
  )

  # tail: reads the topic in no group.
  ops_tail_statements = concat(
    [for statement in [
      local.kafka_connect,
      { Sid = "Read", Effect = "Allow", Action = ["kafka-cluster:DescribeTopic", "kafka-cluster:ReadData"], Resource = [local.topic_arn] },
    ] : statement if local.own_kafka],
    [for statement in [local.glue_by_id] : statement if local.own_registry],
    local.assume_kafka,
    local.assume_registry,
  )
}
