# terraform test: plans on a platform that is made up here, with made-up answers of AWS, so that nothing is called and nothing is made.

mock_provider "aws" {
  override_during = plan

  mock_data "aws_caller_identity" {
    defaults = { account_id = "000000000000" }
  }

  mock_data "aws_partition" {
    defaults = { partition = "aws" }
  }
}

variables {
  environment             = "dev"
  region                  = "eu-central-1"
  image_tag               = "0a1b2c3"
  sink                    = { kind = "stdout" }
  accept_payloads_in_logs = true

  platform = {
    name        = "gluestream"
    environment = "dev"
    region      = "eu-central-1"
    network = {
      vpc_id                     = "vpc-1"
      private_subnet_ids         = ["subnet-1", "subnet-2", "subnet-3"]
      endpoint_security_group_id = "sg-endpoints"
      s3_prefix_list_id          = "pl-s3"
      egress                     = "endpoints"
      endpoints                  = ["ecr.api", "ecr.dkr", "glue", "logs"]
    }
    kafka = {
      cluster_arn       = "arn:aws:kafka:eu-central-1:000000000000:cluster/gluestream-dev/11111111-2222-3333-4444-555555555555-1"
      cluster_name      = "gluestream-dev"
      broker_count      = 3
      bootstrap_servers = "b-1.example:9098,b-2.example:9098,b-3.example:9098"
      security_group_id = "sg-brokers"
      instance_type     = "kafka.m7g.large"
      open_monitoring   = false
      topics            = { orders = { partitions = 6, config = {}, dead_letters = { topic = "orders-dead-letters", config = { "retention.ms" = "2592000000" } } } }
    }
    registry = {
      name        = "customer"
      arn         = "arn:aws:glue:eu-central-1:000000000000:registry/customer"
      schema_arns = { orders-value = "arn:aws:glue:eu-central-1:000000000000:schema/customer/orders-value" }
    }
    repositories = {
      producer = { url = "000000000000.dkr.ecr.eu-central-1.amazonaws.com/gluestream-dev/producer", arn = "arn:aws:ecr:eu-central-1:000000000000:repository/gluestream-dev/producer" }
      consumer = { url = "000000000000.dkr.ecr.eu-central-1.amazonaws.com/gluestream-dev/consumer", arn = "arn:aws:ecr:eu-central-1:000000000000:repository/gluestream-dev/consumer" }
    }
    ecs                = { cluster_arn = "arn:aws:ecs:eu-central-1:000000000000:cluster/gluestream-dev", cluster_name = "gluestream-dev", counts_tasks = true }
    alarms_topic_arn   = "arn:aws:sns:eu-central-1:000000000000:gluestream-dev-alarms"
    kms_key_arn        = "arn:aws:kms:eu-central-1:000000000000:key/66666666-7777-8888-9999-000000000000"
    log_retention_days = 30
  }
}

run "the_producer_may_write_its_topic_and_find_its_schema" {
  command = plan

  assert {
    condition = { for statement in module.producer.task.statements : statement.Sid => [statement.Action, statement.Resource] } == {
      Connect     = [["kafka-cluster:Connect"], ["arn:aws:kafka:eu-central-1:000000000000:cluster/gluestream-dev/11111111-2222-3333-4444-555555555555-1"]]
      Idempotence = [["kafka-cluster:WriteDataIdempotently"], ["arn:aws:kafka:eu-central-1:000000000000:cluster/gluestream-dev/11111111-2222-3333-4444-555555555555-1"]]
      Write = [["kafka-cluster:DescribeTopic", "kafka-cluster:WriteData"], [
        "arn:aws:kafka:eu-central-1:000000000000:topic/gluestream-dev/11111111-2222-3333-4444-555555555555-1/orders",
      ]]
      Schema = [["glue:GetSchema", "glue:GetSchemaByDefinition", "glue:ListSchemaVersions"], [
        "arn:aws:glue:eu-central-1:000000000000:registry/customer", "arn:aws:glue:eu-central-1:000000000000:schema/customer/orders-value",
      ]]
      VersionsById = [["glue:GetSchemaVersion"], ["*"]]
    }
    error_message = "The producer may do something else."
  }
}

run "nobody_may_do_everything" {
  command = plan

  variables {
    ops_access = { tasks = true }
  }

  assert {
    condition = alltrue([
      for statement in flatten([for task in concat([module.producer.task, module.consumer.task], values(module.ops_access[0].tasks)) : task.statements]) :
      statement.Effect == "Allow" && alltrue([for action in statement.Action : !strcontains(action, "*")]) && (!contains(statement.Resource, "*") || statement.Action == ["glue:GetSchemaVersion"])
    ])
    error_message = "A role has a wildcard that is not argued for."
  }

  assert {
    condition = alltrue([
      for statement in concat(module.producer.task.statements, module.consumer.task.statements) :
      alltrue([for action in statement.Action : !can(regex("Create|Delete|AlterTopic|AlterCluster|Register", action))])
    ])
    error_message = "A daemon may change topics or schemas."
  }
}

run "tasks_are_hardened" {
  command = plan

  variables {
    ops_access = { tasks = true }
  }

  assert {
    condition = alltrue([for task in concat([module.producer.task, module.consumer.task], values(module.ops_access[0].tasks)) :
      task.container.readonlyRootFilesystem && task.container.user == "65532:65532" && !task.container.privileged && task.container.linuxParameters.capabilities.drop == ["ALL"] && length(task.container.linuxParameters.capabilities.add) == 0
    ])
    error_message = "A task can write its root, is somebody, or can do more than it needs."
  }

  assert {
    condition     = alltrue([for service in [module.producer.service, module.consumer.service] : !service.network_configuration[0].assign_public_ip && !service.enable_execute_command])
    error_message = "A task has an address outside, or a shell."
  }
}

run "a_stop_ends_inside_its_time" {
  command = plan

  assert {
    condition = alltrue([for task in [module.producer.task, module.consumer.task] :
      task.container.stopTimeout >= tonumber(trimsuffix({ for variable in task.container.environment : variable.name => variable.value }["GLUESTREAM_SHUTDOWN__GRACE"], "s")) + 10
    ])
    error_message = "Fargate kills a daemon that is still draining."
  }
}

run "a_deployment_that_fails_is_rolled_back" {
  command = plan

  assert {
    condition = alltrue([for service in [module.producer.service, module.consumer.service] :
      service.deployment_circuit_breaker[0].enable && service.deployment_circuit_breaker[0].rollback && service.alarms[0].rollback && length(service.alarms[0].alarm_names) == 3 && service.availability_zone_rebalancing == "ENABLED"
    ])
    error_message = "A broken version stays."
  }

  assert {
    condition     = alltrue([for task in [module.producer.task, module.consumer.task] : task.container.healthCheck.command == ["CMD", "/usr/local/bin/${task.container_name}", "healthcheck"]])
    error_message = "ECS does not ask the binary how it is."
  }
}

run "consumers_are_as_many_as_have_work" {
  command = plan

  variables {
    consumer = { minimum = 2, maximum = 6 }
  }

  assert {
    condition     = module.lag_autoscaling.bounds == { minimum = 2, maximum = 6 }
    error_message = "The service scales between other numbers."
  }
}

run "refuses_more_consumers_than_partitions" {
  command         = plan
  expect_failures = [terraform_data.checks]

  variables {
    consumer = { maximum = 7 }
  }
}

run "no_burst_unless_it_is_asked_for" {
  command = plan

  assert {
    condition     = length(module.producer_burst) == 0
    error_message = "Something starts producers every minute."
  }
}

run "the_burst_of_the_demo" {
  command = plan

  variables {
    burst = { enabled = true }
  }

  assert {
    condition = (
      module.producer_burst[0].schedule.schedule_expression == "rate(1 minute)" &&
      module.producer_burst[0].schedule.target[0].ecs_parameters[0].task_count == 5 &&
      module.producer_burst[0].schedule.target[0].retry_policy[0].maximum_retry_attempts == 0 &&
      contains(module.producer_burst[0].task.container.environment, { name = "GLUESTREAM_SOURCE__MAX_RUN", value = "60s" })
    )
    error_message = "It is not five tasks of 60 s every minute."
  }

  assert {
    condition     = module.producer_burst[0].task.log_group_name == "/gluestream-dev/burst" && module.producer_burst[0].task.statements == module.producer.task.statements
    error_message = "Its starts are counted with the service's, or it may do something else."
  }

  assert {
    condition = { for statement in module.producer_burst[0].statements : statement.Sid => statement.Condition } == {
      Start     = { ArnEquals = { "ecs:cluster" = "arn:aws:ecs:eu-central-1:000000000000:cluster/gluestream-dev" } }
      Tag       = { StringEquals = { "ecs:CreateAction" = "RunTask" } }
      PassRoles = { StringEquals = { "iam:PassedToService" = "ecs-tasks.amazonaws.com" } }
    }
    error_message = "The schedule may start tasks elsewhere, or pass roles to others."
  }
}

run "a_registry_of_another_account" {
  command = plan

  variables {
    registry_role = { role_arn = "arn:aws:iam::999999999999:role/schemas", external_id = "gluestream", registry_arn = "arn:aws:glue:eu-central-1:999999999999:registry/shared" }
    platform      = merge(var.platform, { network = merge(var.platform.network, { endpoints = ["ecr.api", "ecr.dkr", "glue", "logs", "sts"] }) })
  }

  assert {
    condition = alltrue([for task in [module.producer.task, module.consumer.task] :
      [for statement in task.statements : statement.Resource if statement.Sid == "AssumeRegistry"] == [["arn:aws:iam::999999999999:role/schemas"]] &&
      length([for statement in task.statements : statement if anytrue([for action in statement.Action : startswith(action, "glue:")])]) == 0
    ])
    error_message = "A task does not assume the role, or has rights of its own on Glue."
  }

  assert {
    condition = alltrue([for pair in [["GLUESTREAM_REGISTRY__NAME", "arn:aws:glue:eu-central-1:999999999999:registry/shared"], ["GLUESTREAM_REGISTRY__REGION", "eu-central-1"], ["GLUESTREAM_REGISTRY__EXTERNAL_ID", "gluestream"]] :
      { for variable in module.consumer.task.container.environment : variable.name => variable.value }[pair[0]] == pair[1]
    ])
    error_message = "The daemons are told of another registry."
  }
}

run "refuses_a_role_without_a_way_to_sts" {
  command         = plan
  expect_failures = [terraform_data.checks]

  variables {
    registry_role = { role_arn = "arn:aws:iam::999999999999:role/schemas", registry_arn = "arn:aws:glue:eu-central-1:999999999999:registry/shared" }
  }
}

run "through_the_nat_gateway" {
  command = plan

  variables {
    platform = merge(var.platform, { network = merge(var.platform.network, { egress = "nat", endpoints = [] }) })
  }

  assert {
    condition     = module.producer.task.rules == { kafka = "sg-brokers", s3 = "pl-s3", out = "0.0.0.0/0" }
    error_message = "Tasks reach something else."
  }
}

run "through_endpoints_and_nowhere_else" {
  command = plan

  assert {
    condition     = module.producer.task.rules == { kafka = "sg-brokers", s3 = "pl-s3", out = "sg-endpoints" } && module.consumer.task.rules == module.producer.task.rules
    error_message = "Tasks reach something else."
  }
}

run "payloads_have_a_log_of_their_own" {
  command = plan

  assert {
    condition     = module.consumer.task.log_group_name == "/gluestream-dev/consumer-payloads" && module.producer.task.log_group_name == "/gluestream-dev/producer"
    error_message = "Values of records stand in the log that everybody reads."
  }
}

run "metrics_of_prometheus" {
  command = plan

  variables {
    metrics = true
  }

  assert {
    condition     = module.metrics[0].rule_files == toset(["alerts", "recording"]) && alltrue([for service in [module.producer.service, module.consumer.service] : length(service.service_registries) == 1])
    error_message = "A rule is missing, or tasks cannot be found."
  }
}

run "settings_have_kafkas_own_names" {
  command = plan

  variables {
    consumer = { settings = { "kafka.properties.fetch.min.bytes" = "1024", "codec.workers" = "2" } }
  }

  assert {
    condition = alltrue([for pair in [["GLUESTREAM_KAFKA__PROPERTIES__FETCH_MIN_BYTES", "1024"], ["GLUESTREAM_CODEC__WORKERS", "2"]] :
      { for variable in module.consumer.task.container.environment : variable.name => variable.value }[pair[0]] == pair[1]
    ])
    error_message = "A setting does not reach the daemon."
  }
}

run "refuses_latest" {
  command         = plan
  expect_failures = [var.image_tag]

  variables {
    image_tag = "latest"
  }
}

run "refuses_payloads_in_logs_that_nobody_accepted" {
  command         = plan
  expect_failures = [var.accept_payloads_in_logs]

  variables {
    accept_payloads_in_logs = false
  }
}

run "refuses_a_file_that_goes_with_its_task" {
  command         = plan
  expect_failures = [var.sink]

  variables {
    sink = { kind = "file" }
  }
}

run "refuses_an_object_store_without_a_place" {
  command         = plan
  expect_failures = [var.sink]

  variables {
    sink = { kind = "object_store" }
  }
}

run "refuses_a_folder_that_goes_with_its_task" {
  command         = plan
  expect_failures = [var.sink]

  variables {
    sink = { kind = "object_store", url = "/data" }
  }
}

run "keeps_values_in_a_bucket_out_of_the_logs" {
  command = plan

  variables {
    sink                    = { kind = "object_store", url = "s3://lake/raw", kms_key_arn = "arn:aws:kms:eu-central-1:000000000000:key/k" }
    accept_payloads_in_logs = false
  }

  assert {
    condition = alltrue([
      for key, value in { "sink.kind" = "object_store", "sink.url" = "s3://lake/raw", "sink.region" = var.platform.region } : local.consumer_settings[key] == value
    ])
    error_message = "The sink does not reach the daemon."
  }

  assert {
    condition = toset(flatten([for statement in local.sink_statements : [for action in statement.Action : "${action} ${one(statement.Resource)}"]])) == toset([
      "s3:ListBucket arn:aws:s3:::lake", "s3:PutObject arn:aws:s3:::lake/raw/orders/*", "s3:DeleteObject arn:aws:s3:::lake/raw/orders/*",
      "kms:GenerateDataKey arn:aws:kms:eu-central-1:000000000000:key/k",
    ])
    error_message = "The consumer may do more or less with the bucket than it has to."
  }
}

run "refuses_a_sink_kafka_without_a_topic" {
  command         = plan
  expect_failures = [var.sink]

  variables {
    sink = { kind = "kafka" }
  }
}

run "refuses_a_sink_kafka_that_comes_back_to_its_own_topic" {
  command         = plan
  expect_failures = [var.sink]

  variables {
    sink = { kind = "kafka", topic = "orders" }
  }
}

run "refuses_a_sink_kafka_on_a_topic_that_is_not_there" {
  command         = plan
  expect_failures = [terraform_data.checks]

  variables {
    sink = { kind = "kafka", topic = "nowhere", schema_name = "orders-value" }
  }
}

run "writes_another_topic_and_no_more" {
  command = plan

  variables {
    platform                = merge(var.platform, { kafka = merge(var.platform.kafka, { topics = merge(var.platform.kafka.topics, { moved = var.platform.kafka.topics["orders"] }) }) })
    sink                    = { kind = "kafka", topic = "moved", schema_name = "orders-value" }
    accept_payloads_in_logs = false
  }

  assert {
    condition = alltrue([
      for key, value in {
        "sink.kind" = "kafka", "target.kafka.topic" = "moved", "target.registry.resolution" = "latest", "target.registry.schema_name" = "orders-value"
      } : local.consumer_settings[key] == value
    ])
    error_message = "The sink does not reach the daemon."
  }

  assert {
    condition = toset(flatten([
      for statement in local.consumer_statements : statement.Action if anytrue([for arn in statement.Resource : endswith(arn, "/moved")])
    ])) == toset(["kafka-cluster:DescribeTopic", "kafka-cluster:WriteData"])
    error_message = "The consumer may do more or less with the topic that it writes than it has to."
  }
}

run "shows_values_to_operators_only_where_logs_may_have_them" {
  command = plan

  variables {
    sink                    = { kind = "object_store", url = "s3://lake/raw" }
    accept_payloads_in_logs = false
    ops_access              = { tasks = true }
  }

  assert {
    condition     = toset(keys(module.ops_access[0].tasks)) == toset(["producer", "consumer"])
    error_message = "There is a task that puts values into logs that may not have them."
  }
}

run "an_operator_may_look_and_no_more" {
  command = plan

  variables {
    ops_access = { tasks = true }
  }

  assert {
    condition = alltrue([
      for statement in module.ops_access[0].tasks["tail"].statements :
      alltrue([for action in statement.Action : !can(regex("Write|Alter|Create|Delete|Register", action))])
    ])
    error_message = "Whoever looks at records may change something."
  }
}

run "refuses_a_topic_that_platform_has_not" {
  command         = plan
  expect_failures = [terraform_data.checks]

  variables {
    platform = merge(var.platform, { registry = merge(var.platform.registry, { schema_arns = {} }) })
  }
}

run "refuses_a_group_without_lag" {
  command         = plan
  expect_failures = [var.group_id]

  variables {
    group_id = "orders:group"
  }
}

run "refuses_to_forward_ports_without_ssm" {
  command         = plan
  expect_failures = [terraform_data.checks]

  variables {
    ops_access = { port_forwarding = true }
  }
}

run "refuses_a_registry_that_its_endpoint_is_not_for" {
  command         = plan
  expect_failures = [terraform_data.checks]

  variables {
    registry_role = { role_arn = "arn:aws:iam::999999999999:role/schemas", registry_arn = "arn:aws:glue:eu-west-1:999999999999:registry/shared", region = "eu-west-1" }
    platform      = merge(var.platform, { network = merge(var.platform.network, { endpoints = ["ecr.api", "ecr.dkr", "glue", "logs", "sts"] }) })
  }
}

run "refuses_another_topic" {
  command         = plan
  expect_failures = [terraform_data.checks]

  variables {
    topic = "payments"
  }
}

run "refuses_what_would_blind_the_alarms" {
  command         = plan
  expect_failures = [terraform_data.checks]

  variables {
    producer = { settings = { "log.level" = "warn" } }
  }
}

run "refuses_sizes_that_fargate_has_not" {
  command         = plan
  expect_failures = [var.producer]

  variables {
    producer = { cpu = 256, memory = 4096 }
  }
}

run "gives_a_webhook_its_secrets_and_no_right_to_others" {
  command = plan

  variables {
    sink = {
      kind                   = "http"
      http_url               = "https://hooks.example.com/records"
      http_token_secret_arn  = "arn:aws:secretsmanager:eu-central-1:000000000000:secret:webhook-AbCdEf:token::"
      http_secret_secret_arn = "arn:aws:ssm:eu-central-1:000000000000:parameter/webhook/key"
      kms_key_arn            = "arn:aws:kms:eu-central-1:000000000000:key/k"
    }
    accept_payloads_in_logs = false
    platform                = merge(var.platform, { network = merge(var.platform.network, { egress = "nat", endpoints = [] }) })
  }

  assert {
    condition = alltrue([
      for key, value in { "sink.kind" = "http", "sink.http_url" = "https://hooks.example.com/records" } : local.consumer_settings[key] == value
    ])
    error_message = "The sink does not reach the daemon."
  }

  assert {
    condition = { for secret in module.consumer.task.container.secrets : secret.name => secret.valueFrom } == {
      GLUESTREAM_SINK__HTTP_TOKEN  = "arn:aws:secretsmanager:eu-central-1:000000000000:secret:webhook-AbCdEf:token::"
      GLUESTREAM_SINK__HTTP_SECRET = "arn:aws:ssm:eu-central-1:000000000000:parameter/webhook/key"
    }
    error_message = "The secrets do not reach the daemon."
  }

  assert {
    condition = toset([
      for statement in module.consumer.task.execution_statements : "${one(statement.Action)} ${one(statement.Resource)}" if contains(["Secrets", "Parameters", "SecretsKey"], statement.Sid)
      ]) == toset([
      "secretsmanager:GetSecretValue arn:aws:secretsmanager:eu-central-1:000000000000:secret:webhook-AbCdEf",
      "ssm:GetParameters arn:aws:ssm:eu-central-1:000000000000:parameter/webhook/key",
      "kms:Decrypt arn:aws:kms:eu-central-1:000000000000:key/k",
    ])
    error_message = "Fargate may read more or less than the secrets of the webhook."
  }

  assert {
    condition     = length(local.sink_statements) == 0 && alltrue([for statement in module.producer.task.execution_statements : !contains(["Secrets", "Parameters", "SecretsKey"], statement.Sid)])
    error_message = "The daemon itself, or the producer, may do something with the webhook's secrets."
  }

  assert {
    condition     = module.consumer.task.rules.out == "0.0.0.0/0"
    error_message = "The webhook cannot be reached."
  }
}

run "a_webhook_needs_no_secret" {
  command = plan

  variables {
    sink                    = { kind = "http", http_url = "https://hooks.example.com" }
    accept_payloads_in_logs = false
    platform                = merge(var.platform, { network = merge(var.platform.network, { egress = "nat", endpoints = [] }) })
  }

  assert {
    condition     = module.consumer.task.container.secrets == null && length(module.consumer.task.execution_statements) == 3
    error_message = "Fargate may read secrets that are none."
  }
}

run "refuses_a_webhook_that_tasks_cannot_reach" {
  command         = plan
  expect_failures = [terraform_data.checks]

  variables {
    sink = { kind = "http", http_url = "https://hooks.example.com/records" }
  }
}

run "refuses_a_webhook_in_the_clear" {
  command         = plan
  expect_failures = [var.sink]

  variables {
    sink = { kind = "http", http_url = "http://hooks.example.com/records" }
  }
}

run "refuses_a_webhook_with_a_secret_that_everybody_sees" {
  command         = plan
  expect_failures = [var.sink]

  variables {
    sink = { kind = "http", http_url = "https://hooks.example.com/records?code=1" }
  }
}

run "refuses_a_secret_that_is_no_arn" {
  command         = plan
  expect_failures = [var.sink]

  variables {
    sink = { kind = "http", http_url = "https://hooks.example.com/records", http_token_secret_arn = "a-token-itself" }
  }
}

run "gives_the_key_that_masks_as_a_secret" {
  command = plan

  variables {
    mask_key_secret_arn = "arn:aws:secretsmanager:eu-central-1:000000000000:secret:mask-AbCdEf"
    consumer            = { settings = { "transform.mask" = "[\"user_id\"]" } }
  }

  assert {
    condition = { for secret in module.consumer.task.container.secrets : secret.name => secret.valueFrom } == {
      GLUESTREAM_TRANSFORM__MASK_KEY = "arn:aws:secretsmanager:eu-central-1:000000000000:secret:mask-AbCdEf"
    }
    error_message = "The key does not reach the daemon."
  }

  assert {
    condition = [
      for statement in module.consumer.task.execution_statements : "${one(statement.Action)} ${one(statement.Resource)}" if contains(["Secrets", "Parameters", "SecretsKey"], statement.Sid)
    ] == ["secretsmanager:GetSecretValue arn:aws:secretsmanager:eu-central-1:000000000000:secret:mask-AbCdEf"]
    error_message = "Fargate may read more or less than the key."
  }
}

run "refuses_a_key_that_everybody_sees" {
  command         = plan
  expect_failures = [terraform_data.checks]

  variables {
    consumer = { settings = { "transform.mask_key" = "0123456789abcdef" } }
  }
}

run "refuses_a_second_sink_without_rights" {
  command         = plan
  expect_failures = [terraform_data.checks]

  variables {
    consumer = { settings = { "sinks.audit.kind" = "object_store" } }
  }
}
