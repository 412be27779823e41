# What is built on: the object that platform publishes, of the type that modules/contract gives it.

data "aws_caller_identity" "current" {}

data "aws_partition" "current" {}

data "aws_ssm_parameter" "platform" {
  count = var.platform == null ? 1 : 0

  name = "/${var.name}/${var.environment}/platform"
}

module "contract" {
  source = "../modules/contract"

  platform = var.platform != null ? var.platform : jsondecode(data.aws_ssm_parameter.platform[0].insecure_value)
}

locals {
  platform   = module.contract.platform
  name       = "${var.name}-${var.environment}"
  account_id = data.aws_caller_identity.current.account_id
  partition  = data.aws_partition.current.partition
  # The daemons' own port, and the two ends of a stop: they have to be done before Fargate loses its patience.
  admin_port     = 9464
  stop_timeout   = 60
  shutdown_grace = "45s"
}
