# terraform test: plans with made-up answers of AWS, so that nothing is called and nothing is made.

mock_provider "aws" {
  override_during = plan

  mock_data "aws_caller_identity" {
    defaults = { account_id = "000000000000" }
  }

  mock_data "aws_partition" {
    defaults = { partition = "aws" }
  }

  mock_data "aws_availability_zones" {
    defaults = { names = ["eu-central-1a", "eu-central-1b", "eu-central-1c"] }
  }
}

variables {
  environment = "dev"
  region      = "eu-central-1"
}

run "brokers_take_iam_over_tls_and_nothing_else" {
  command = plan

  assert {
    condition     = !module.msk.cluster.client_authentication[0].unauthenticated && module.msk.cluster.client_authentication[0].sasl[0].iam && !module.msk.cluster.client_authentication[0].sasl[0].scram
    error_message = "Brokers let in who does not come with IAM."
  }

  assert {
    condition     = module.msk.cluster.encryption_info[0].encryption_in_transit[0].client_broker == "TLS" && module.msk.cluster.encryption_info[0].encryption_in_transit[0].in_cluster
    error_message = "Something goes over the network in the clear."
  }

  assert {
    condition     = module.msk.cluster.broker_node_group_info[0].connectivity_info[0].public_access[0].type == "DISABLED"
    error_message = "Brokers are on the internet."
  }
}

run "a_record_is_safe_once_it_is_acknowledged" {
  command = plan

  assert {
    condition = alltrue([for line in ["default.replication.factor=3", "min.insync.replicas=2", "unclean.leader.election.enable=false", "auto.create.topics.enable=false"] :
    contains(split("\n", module.msk.server_properties), line)])
    error_message = "Brokers may lose what they acknowledged, or make topics up."
  }

  assert {
    condition     = alltrue([for topic in module.msk.topic_resources : topic.replication_factor == 3])
    error_message = "A topic has fewer than three copies."
  }
}

run "dead_letters_stand_beside_their_topic" {
  command = plan

  assert {
    condition     = toset(keys(module.msk.topic_resources)) == toset(["orders", "orders-dead-letters"])
    error_message = "A topic is missing, or one too many."
  }

  assert {
    condition     = module.msk.topic_resources["orders-dead-letters"].partition_count == module.msk.topic_resources["orders"].partition_count
    error_message = "Dead letters have other partitions than their topic."
  }

  assert {
    condition = jsondecode(module.msk.topic_resources["orders-dead-letters"].configs) == {
      "cleanup.policy" = "delete", "max.message.bytes" = "1114124", "retention.ms" = "2592000000"
    }
    error_message = "Dead letters are compacted, or a large record has no room among them."
  }
}

run "schemas_are_the_files_that_daemons_have" {
  command = plan

  assert {
    condition     = module.schema_registry.schemas["orders-value"].schema_definition == file("../../schemas/order.avsc")
    error_message = "The registry has another text than the producer."
  }

  assert {
    condition     = module.schema_registry.schemas["orders-value"].compatibility == "BACKWARD" && module.schema_registry.schemas["orders-value"].data_format == "AVRO"
    error_message = "The schema has another rule or another format."
  }
}

run "endpoints_and_no_way_out" {
  command = plan

  assert {
    condition     = length(module.network.public_subnets) == 0 && length(module.network.nat_gateways) == 0 && module.network.endpoints == tolist(["ecr.api", "ecr.dkr", "glue", "logs"])
    error_message = "There is a way out, or an endpoint is missing."
  }
}

run "one_gateway_in_place_of_endpoints" {
  command = plan

  variables {
    egress = "nat"
  }

  assert {
    condition     = length(module.network.public_subnets) == 1 && length(module.network.nat_gateways) == 1 && length(module.network.endpoints) == 0
    error_message = "There is not one way out."
  }
}

run "operators_reach_ssm_where_they_are_to" {
  command = plan

  variables {
    ops_access     = true
    more_endpoints = ["sts"]
  }

  assert {
    condition     = module.network.endpoints == tolist(["ecr.api", "ecr.dkr", "glue", "logs", "ssm", "ssmmessages", "sts"])
    error_message = "An endpoint is missing."
  }
}

run "express_brokers_have_no_volumes" {
  command = plan

  variables {
    kafka = { instance_type = "express.m7g.large" }
  }

  assert {
    condition     = length(module.msk.cluster.broker_node_group_info[0].storage_info) == 0 && !strcontains(module.msk.server_properties, "min.insync.replicas")
    error_message = "Express brokers are told what they refuse."
  }
}

run "logs_in_a_bucket_that_is_shut" {
  command = plan

  variables {
    kafka = { logs_to_s3 = true }
  }

  assert {
    condition     = module.msk.logs_bucket_is_shut
    error_message = "The bucket of broker logs can be opened to the public."
  }
}

run "what_app_gets" {
  command = plan

  assert {
    condition     = aws_ssm_parameter.platform.name == "/gluestream/dev/platform" && aws_ssm_parameter.platform.type == "String"
    error_message = "The parameter is called otherwise than app asks for."
  }

  assert {
    condition     = jsonencode(output.platform.kafka.topics) == jsonencode({ orders = { partitions = 6, config = {}, dead_letters = { topic = "orders-dead-letters", config = { "retention.ms" = "2592000000" } } } })
    error_message = "app is told of other topics."
  }
}

run "images_are_set_once" {
  command = plan

  assert {
    condition     = toset(keys(module.ecr.repositories)) == toset(["producer", "consumer"]) && alltrue([for repository in module.ecr.resources : repository.image_tag_mutability == "IMMUTABLE" && repository.image_scanning_configuration[0].scan_on_push])
    error_message = "A tag can be moved, or an image is not scanned."
  }
}

run "refuses_another_egress" {
  command         = plan
  expect_failures = [var.egress]

  variables {
    egress = "internet"
  }
}

run "refuses_a_region_that_is_none" {
  command         = plan
  expect_failures = [var.region]

  variables {
    region = "frankfurt"
  }
}

run "refuses_days_that_cloudwatch_has_not" {
  command         = plan
  expect_failures = [var.log_retention_days]

  variables {
    log_retention_days = 42
  }
}

run "refuses_a_name_that_aws_would" {
  command         = plan
  expect_failures = [var.name, var.environment]

  variables {
    name        = "Gluestream"
    environment = "the-long-one"
  }
}
