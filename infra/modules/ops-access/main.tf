# What a VPN was for. Tasks that an operator starts once, with the daemons' own commands and no more rights than those need; and, if wanted, a machine
# without an open port that forwards one through SSM.

module "task" {
  source   = "../ecs-task"
  for_each = var.tasks

  platform         = var.platform
  account_id       = var.account_id
  partition        = var.partition
  name             = "ops-${each.key}"
  image            = each.value.image
  image_tag        = var.image_tag
  command          = each.value.command
  settings         = each.value.settings
  statements       = each.value.statements
  cpu              = 256
  memory           = 512
  cpu_architecture = var.cpu_architecture
  admin_port       = null
  stop_timeout     = var.stop_timeout

  log_retention_days = each.value.log_retention_days
}
