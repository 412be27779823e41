# The daemons' own metrics: a scraper that AWS runs finds tasks by DNS, a workspace keeps what it reads, and the rules of observe/ make alarms of it.

locals {
  rules = fileset("${path.module}/../../../observe/rules", "*.yml")
}

resource "aws_prometheus_workspace" "this" {
  # With AWS's own key: the scraper does not write to a workspace that has another.
  alias = var.name

  logging_configuration {
    log_group_arn = "${aws_cloudwatch_log_group.this.arn}:*"
  }
}

resource "aws_cloudwatch_log_group" "this" {
  name              = "/${var.name}/prometheus"
  retention_in_days = var.log_retention_days
  kms_key_id        = var.kms_key_arn
}

# The files that compose mounts, as they are.
resource "aws_prometheus_rule_group_namespace" "this" {
  for_each = local.rules

  workspace_id = aws_prometheus_workspace.this.id
  name         = trimsuffix(each.key, ".yml")
  data         = file("${path.module}/../../../observe/rules/${each.key}")
}

resource "aws_prometheus_alert_manager_definition" "this" {
  workspace_id = aws_prometheus_workspace.this.id

  definition = yamlencode({
    alertmanager_config = yamlencode({
      route = {
        receiver        = "sns"
        group_by        = ["alertname", "service"]
        group_wait      = "30s"
        group_interval  = "5m"
        repeat_interval = "4h"
      }
      receivers = [{
        name = "sns"
        sns_configs = [{
          topic_arn     = var.alarms_topic_arn
          send_resolved = true
          sigv4         = { region = var.region }
        }]
      }]
    })
  })
}

resource "aws_prometheus_scraper" "this" {
  alias = var.name

  source {
    vpc {
      subnet_ids         = var.subnet_ids
      security_group_ids = [aws_security_group.this.id]
    }
  }

  destination {
    amp {
      workspace_arn = aws_prometheus_workspace.this.arn
    }
  }

  # As observe/prometheus.yml: rules and dashboards go by the job and the label service. A sample costs, so it looks less often.
  scrape_configuration = yamlencode({
    global = { scrape_interval = "30s", scrape_timeout = "10s" }
    scrape_configs = concat([{
      job_name = "gluestream"
      dns_sd_configs = [for service in var.services : {
        names            = ["${service}.${var.name}.internal"]
        type             = "A"
        port             = var.admin_port
        refresh_interval = "30s"
      }]
      relabel_configs = [{
        source_labels = ["__meta_dns_name"]
        regex         = "([^.]+)\\..*"
        target_label  = "service"
      }]
      }], [for brokers in var.brokers[*] : {
      job_name = "kafka"
      static_configs = [for exporter, port in { jmx = 11001, node = 11002 } : {
        targets = [for server in split(",", brokers.bootstrap_servers) : "${split(":", server)[0]}:${port}"]
        labels  = { exporter = exporter }
      }]
    }])
  })
}
